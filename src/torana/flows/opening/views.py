"""What the pages of an account opening show, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from torana.pages.views import Action, Broker, Frame, Notice


@dataclass(frozen=True, slots=True)
class OpeningBrokers:
    """Where to open the account."""

    template: ClassVar[str] = "opening_brokers.html"
    frame: Frame
    title: str
    text: str
    brokers: tuple[Broker, ...]
    quiet: Action
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Agree:
    """What the broker gets, before it gets it. No `rows`: it gets nothing. `notice` is all of it as text."""

    template: ClassVar[str] = "opening_agree.html"
    frame: Frame
    broker: Broker
    title: str
    text: str
    rows: tuple[tuple[str, str], ...] = field(repr=False)
    agree: Action
    quiet: Action
    notice: str = field(repr=False)
    without_details: str = field(repr=False)
    """The same for the ledger, which names nobody: what is shared without its values."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """On the way to the broker's page. With `fields` the browser posts them there as a form."""

    template: ClassVar[str] = "opening_crossing.html"
    frame: Frame
    broker: Broker
    title: str
    text: str
    url: str
    go: str
    fields: Mapping[str, str] | None = field(default=None, repr=False)
