"""The page on which an investor says what they want of an instalment plan."""

from dataclasses import dataclass
from typing import ClassVar

from torana.pages.forms import Choice, Field
from torana.pages.views import Action, Broker, Frame, Notice


@dataclass(frozen=True, slots=True)
class PlanView:
    """How much, how often, from when on. `choices` are those of `frequency`, below it stands `problem`."""

    template: ClassVar[str] = "plan.html"
    frame: Frame
    broker: Broker
    account: str
    title: str
    text: str
    amount: Field
    minimum: str
    choices: tuple[Choice, ...]
    problem: str
    day: Field
    first_day: str
    """The first that can be chosen, as a date field takes it."""
    quiet: Action
    notices: tuple[Notice, ...] = ()
    types: tuple[Choice, ...] = ()
    """Who places the instalments, where the investor has a choice."""
