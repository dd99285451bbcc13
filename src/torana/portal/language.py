"""In which language a browser is answered: that of its visit, once this is known, until then its own."""

from functools import cache
from typing import Any

from litestar import Request

from torana.pages.texts.keys import Texts
from torana.pages.texts.languages import ENGLISH, LANGUAGES, for_browser, named
from torana.portal.admission.admit import DEVELOPER

_TEXTS = "texts"


def speak(request: Request[Any, Any, Any], wanted: str) -> Texts:
    """The words of the language that is wanted by its code, or else of the browser's; from now on for the whole
    request, whatever becomes of it."""
    texts = named(wanted) or _of_browser(request)
    request.state[_TEXTS] = texts
    return texts


def texts_for(request: Request[Any, Any, Any]) -> Texts:
    """The words for a page that says what became of the request."""
    known: Texts | None = request.state.get(_TEXTS)
    return known or _of_browser(request)


def _of_browser(request: Request[Any, Any, Any]) -> Texts:
    return for_browser(request.headers.get("accept-language", ""))


def sdk_words(texts: Texts, wanted: str) -> dict[str, Any]:
    """For the answer to the web SDK, whose own words are English: `words` of another language by these; `warnings` for
    a page that wants a language that there is not."""
    said: dict[str, Any] = {} if texts is ENGLISH else {"words": _by_english(texts.language)}
    if wanted and named(wanted) is None:
        known = ", ".join(LANGUAGES)
        said["warnings"] = [DEVELOPER.no_language(language=repr(wanted[:40]), known=known)]
    return said


@cache
def _by_english(language: str) -> dict[str, str]:
    spoken = vars(LANGUAGES[language].sdk)
    return {english: spoken[key] for key, english in vars(ENGLISH.sdk).items()}
