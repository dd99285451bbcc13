"""The languages of the portal: one file each in this folder, read and compiled when the program starts."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
from babel import Locale
from markupsafe import escape

from torana.pages.texts.keys import Texts
from torana.pages.texts.message import InvalidMessage, Message, compiled

FOLDER = Path(__file__).parent
_RANGE = re.compile(r"([a-z]{2,3})(?:-[0-9a-z]+)*(?:;q=([01](?:\.[0-9]{1,3})?))?", re.ASCII)

_BROKERS = "broker_names"
"""The one section of a language file that is no text of a page."""


class _Named:
    """Texts, or sections of them, as attributes."""

    def __init__(self, **named: Any) -> None:
        vars(self).update(named)


def read_language(file: Path, **shared: object) -> Texts:
    """The texts of a language file; `shared` are sections that it takes from another. Raises `InvalidMessage`."""
    given = tomllib.loads(file.read_text("utf-8"))
    given.pop(_BROKERS, None)
    return texts_of(file.stem, given.pop("name"), Locale.parse(given.pop("locale")), given, shared)


def texts_of(
    language: str,
    language_name: str,
    locale: Locale,
    given: Mapping[str, Mapping[str, str]],
    shared: Mapping[str, object],
) -> Texts:
    """Texts by section and key, compiled; `language` is as browsers name it, `language_name` as its speakers do. Raises
    `InvalidMessage`."""
    sections: dict[str, Any] = dict(shared)
    for section, texts in given.items():
        try:
            sections[section] = _Named(**{key: compiled(text, locale) for key, text in texts.items()})
        except InvalidMessage as fault:
            raise InvalidMessage(f"{language}, {section}: {fault}") from None
    words = escape(msgspec.json.encode(given["script"]).decode())
    named = _Named(language=language, language_name=language_name, script_words=words, **sections)
    return cast(Texts, named)


def arguments_of(texts: Texts) -> dict[str, Mapping[str, str]]:
    """The types of the arguments of every text, by `section.key`; none for a text that takes none."""
    return {
        f"{name}.{key}": text.arguments if isinstance(text, Message) else {}
        for name, section in vars(texts).items()
        if isinstance(section, _Named)
        for key, text in vars(section).items()
    }


ENGLISH = read_language(FOLDER / "en.toml")
LANGUAGES: Mapping[str, Texts] = {"en": ENGLISH} | {
    file.stem: read_language(file, developer=ENGLISH.developer)
    for file in sorted(FOLDER.glob("*.toml"))
    if file.stem != "en"
}
"""By the code that browsers name them by. What the developers of partners read is English in all of them."""


def _broker_names() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(FOLDER.glob("*.toml")):
        for broker, names in tomllib.loads(file.read_text("utf-8")).get(_BROKERS, {}).items():
            found[broker] = (*found.get(broker, ()), *names)
    return found


BROKER_NAMES = _broker_names()
"""What a broker is called in the scripts of all languages, by its key: what somebody may look for it by."""


def named(code: str, languages: Mapping[str, Texts] = LANGUAGES) -> Texts | None:
    """The language of a code such as `hi` or `hi-IN`, in any letter case; None where there is none of it."""
    return languages.get(re.split("[-_]", code.strip().lower())[0])


def for_browser(accept_language: str, languages: Mapping[str, Texts] = LANGUAGES) -> Texts:
    """The language that a browser likes best of those that there are; English where there is none."""
    best, found = 0.0, ENGLISH
    for wanted in accept_language.lower().split(","):
        match = _RANGE.fullmatch(wanted.strip().replace(" ", ""))
        liked = 0.0 if match is None else float(match[2] or 1)
        if match is not None and match[1] in languages and liked > best:
            best, found = liked, languages[match[1]]
    return found
