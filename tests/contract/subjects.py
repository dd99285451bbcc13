"""What the suite runs over: every broker that is found, in every way of placing that it offers."""

from dataclasses import dataclass

from tests.brokers import Pages, known, uncovered
from torana.connectors.contract import ExecutionMode
from torana.connectors.registry import BROKERS

APP = "http://127.0.0.1:9"
"""The app's origin: nobody listens there, the browser stops at its door."""


@dataclass(frozen=True, slots=True)
class Subject:
    broker: str
    mode: ExecutionMode

    @property
    def pages(self) -> Pages:
        return known(self.broker).pages

    def __str__(self) -> str:
        return f"{self.broker}-{self.mode}"


COVERED = {name: broker for name, broker in BROKERS.items() if name not in uncovered()}
SUBJECTS = [Subject(name, mode) for name, broker in COVERED.items() for mode in broker.execution_modes]
BY_API = [subject for subject in SUBJECTS if subject.mode is ExecutionMode.SERVER_API]
BY_BASKET = [subject for subject in SUBJECTS if subject.mode is ExecutionMode.REDIRECT_BASKET]
