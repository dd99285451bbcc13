"""A message of ICU MessageFormat, compiled once: what stands in a language file, and what a page calls.

Of the format, these parts are read: `{name}`, `plural` and `select` with `other` and `#`, `number`, `date` with a
pattern of the CLDR (IST). Ours are `money` (paise, as rupees) and `list`.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from babel import Locale
from babel.dates import format_datetime
from babel.lists import format_list
from markupsafe import Markup, escape

from torana.kit.clock import IST
from torana.kit.money import grouped, inr

Say: TypeAlias = Callable[[Mapping[str, Any]], str]
KINDS: Mapping[str, str] = {
    "": "str",
    "select": "str",
    "plural": "int",
    "number": "int",
    "money": "Paise",
    "date": "datetime",
    "list": "Sequence[str]",
}
"""The type of an argument, by what the message does with it."""


class InvalidMessage(ValueError):
    """A text of a language file that cannot be read."""


class Message:
    """A text with arguments; calling it with them, by name, gives the words. `Markup` among them is kept, and
    everything beside it escaped. `arguments` are their types by name."""

    __slots__ = ("_say", "_say_markup", "arguments")

    def __init__(self, arguments: Mapping[str, str], say: Say, say_markup: Say) -> None:
        self.arguments = arguments
        self._say = say
        self._say_markup = say_markup

    def __call__(self, **given: Any) -> str:
        stopped = False
        for one in given.values():
            if one.__class__ is Markup:
                safe = {name: escape(value) if isinstance(value, str) else value for name, value in given.items()}
                return Markup(self._say_markup(safe))  # noqa: S704  # every part of it is escaped
            stopped = stopped or (one.__class__ is str and one.endswith("."))
        said = self._say(given)
        # The full stop of a name ("Acme Pvt. Ltd.") is that of its sentence.
        return said.replace("..", ".") if stopped else said


def compiled(text: str, locale: Locale) -> str | Message:
    """A text without arguments is itself. Raises `InvalidMessage`."""
    reader = _Reader(text, locale, escaped=False)
    parts = reader.parts(top=True)
    if not reader.arguments:
        return text
    markup = _Reader(text, locale, escaped=True).parts(top=True)
    return Message(reader.arguments, _say(parts), _say(markup))


_Part: TypeAlias = str | Say
"""A piece of a template as `str.format` reads it, or what has to be worked out."""


def _say(parts: list[_Part]) -> Say:
    if not any(callable(part) for part in parts):
        return "".join(str(part) for part in parts).format_map
    says = [part if callable(part) else part.format_map for part in parts]
    if len(says) == 1:
        return says[0]
    return lambda given: "".join([say(given) for say in says])


class _Reader:
    """Reads one message from its start to its end."""

    def __init__(self, text: str, locale: Locale, *, escaped: bool) -> None:
        self._text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") if escaped else text
        self._locale = locale
        self._at = 0
        self.arguments: dict[str, str] = {}

    def parts(self, *, top: bool = False, number: str | None = None) -> list[_Part]:
        """As far as the end of the text, or of the branch in which `#` is the argument `number`."""
        parts: list[_Part] = []
        while self._at < len(self._text):
            one = self._text[self._at]
            if one == "}":
                if top:
                    raise InvalidMessage(f"a bracket closes nothing: {self._text}")
                return parts
            self._at += 1
            if one == "{":
                self._add(parts, self._argument())
            elif one == "#" and number is not None:
                parts.append(self._formatted(number, "number", ""))
            else:
                self._add(parts, one)
        if not top:
            raise InvalidMessage(f"a bracket stays open: {self._text}")
        return parts

    @staticmethod
    def _add(parts: list[_Part], part: _Part) -> None:
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)

    def _argument(self) -> _Part:
        name = self._word(",}")
        if self._next() == "}":
            self._known(name, "str")
            return f"{{{name}}}"
        kind = self._word(",}")
        if kind not in KINDS:
            raise InvalidMessage(f"{kind} is no kind of argument: {self._text}")
        self._known(name, KINDS[kind])
        if kind in ("plural", "select"):
            if self._next() != ",":
                raise InvalidMessage(f"{name} has no branches: {self._text}")
            return self._chosen(name, kind)
        style = ""
        if self._next() == ",":
            style = self._word("}")
            self._at += 1
        return self._formatted(name, kind, style)

    def _chosen(self, name: str, kind: str) -> Say:
        branches: dict[str, Say] = {}
        while (key := self._word("{}")) or not branches:
            if self._next() != "{":
                raise InvalidMessage(f"{name} has a branch without a text: {self._text}")
            branches[key] = _say(self.parts(number=name if kind == "plural" else None))
            self._at += 1
        self._at += 1
        if "other" not in branches:
            raise InvalidMessage(f"{name} has no branch for other: {self._text}")
        other = branches["other"]
        if kind == "select":
            return lambda given: branches.get(given[name], other)(given)
        form = lru_cache(1024)(self._locale.plural_form)
        if not any(key.startswith("=") for key in branches):
            return lambda given: branches.get(form(given[name]), other)(given)
        return lambda given: (branches.get(f"={given[name]}") or branches.get(form(given[name]), other))(given)

    def _formatted(self, name: str, kind: str, style: str) -> Say:
        locale = self._locale
        match kind:
            case "number":
                return lambda given: grouped(given[name])
            case "money":
                return lambda given: inr(given[name])
            case "list":
                return lambda given: format_list(list(given[name]), locale=locale)
            case _:
                return lambda given: format_datetime(given[name], style, tzinfo=IST, locale=locale)

    def _known(self, name: str, kind: str) -> None:
        if not name.isidentifier() or self.arguments.setdefault(name, kind) != kind:
            raise InvalidMessage(f"{name} is no name, or of two types: {self._text}")

    def _word(self, ends: str) -> str:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in ends:
            self._at += 1
        if self._at == len(self._text):
            raise InvalidMessage(f"a bracket stays open: {self._text}")
        return self._text[start : self._at].strip()

    def _next(self) -> str:
        self._at += 1
        return self._text[self._at - 1]
