"""Pages that ask for something typed, as data."""

from dataclasses import dataclass, field
from typing import ClassVar

from torana.pages.views import Action, Frame, Notice


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to type. `before` stands in front of it, `problem` below it."""

    name: str
    label: str
    value: str = field(default="", repr=False)
    kind: str = "text"
    keyboard: str = "text"
    autocomplete: str = "off"
    longest: int = 100
    before: str = ""
    problem: str = ""
    capitals: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several things, of which one is chosen."""

    value: str
    label: str
    chosen: bool


def code_field(name: str, label: str, problem: str = "") -> Field:
    """For a one-time code of digits."""
    return Field(name, label, keyboard="numeric", autocomplete="one-time-code", longest=12, problem=problem)


@dataclass(frozen=True, slots=True)
class Questions:
    """A page that asks for something typed. `step` names it in the form, `more` are small ways aside, `fine` stands
    small below them."""

    template: ClassVar[str] = "questions.html"
    frame: Frame
    step: str
    title: str
    text: str
    fields: tuple[Field, ...]
    go: str
    more: tuple[Action, ...] = ()
    quiet: Action | None = None
    notice: Notice | None = None
    fine: str = ""
