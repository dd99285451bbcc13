"""A language that nobody speaks: the English texts in brackets, with the months of Hindi. A word of a page that stands
outside of the brackets, and is no name, comes from no text."""

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from torana.pages.texts.keys import Texts
from torana.pages.texts.languages import FOLDER, read_language

_BROKERS = (
    "Zerodha Upstox Angel One Groww paisa Alice Blue Axis Direct Securities Sky ICICI HDFC Kotak Motilal Oswal Nuvama"
)
_LANGUAGES = "English हिन्दी"
NAMES = frozenset(f"Acme Invest Kuber Wealth Advisory Torana {_LANGUAGES} {_BROKERS}".split(" "))
_WORD = re.compile(r"[^\W\d_]{2,}")
_SAID = re.compile(r"⟦[^⟦⟧]*⟧")
_SPOKEN = {"aria-label", "placeholder", "alt", "title", "data-busy", "data-funds"}


def foreign_file(folder: Path, language: str = "xx") -> Path:
    """A language file of its own."""
    given = tomllib.loads((FOLDER / "en.toml").read_text("utf-8"))
    given["locale"] = "hi_IN"
    lines = []
    for section, texts in given.items():
        if isinstance(texts, str):
            lines.append(f'{section} = "{texts}"')
            continue
        lines += [f"[{section}]", *(f'{key} = "⟦{text}⟧"' for key, text in texts.items())]
    file = folder / f"{language}.toml"
    file.write_text("\n".join(lines), "utf-8")
    return file


def foreign(folder: Path) -> Texts:
    return read_language(foreign_file(folder))


def unsaid(page: str, *names: str) -> list[str]:
    """The words of a page that no text says, but for the names of brokers, apps, shares and accounts."""
    known = {word for name in (*NAMES, *names) for word in _WORD.findall(name)}
    # A text in the middle of another stands in several pieces of the page: they are put together first.
    heard = _said_only("".join(_Heard(page).parts))
    return [word for word in _WORD.findall(heard) if word not in known and not word.isupper()]


def _said_only(text: str) -> str:
    while (without := _SAID.sub("", text)) != text:
        text = without
    return text


class _Heard(HTMLParser):
    """What a person sees or hears of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("svg", "script", "style", "q"):
            self._inside.append(tag)
        self.parts += [f"\n{value}\n" for name, value in attrs if name in _SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.parts.append(f"{data} ")


def sentences(text: str) -> Iterator[str]:
    """Two words or more that follow each other."""
    for found in re.finditer(r"[A-Za-z’']{2,} [a-z’']{2,}", text):
        yield found[0]
