"""From what a page shows to the page."""

from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Protocol

import jinja2
import msgspec

from torana.kit.money import grouped, inr
from torana.pages.assets import ASSETS
from torana.pages.texts.languages import LANGUAGES
from torana.pages.views import Frame

_FOLDER = Path(__file__).parent / "templates"


class View(Protocol):
    """What every page is made from. A flow may bring a view of its own with its template."""

    template: ClassVar[str]

    @property
    def frame(self) -> Frame: ...


class LiveView(View, Protocol):
    """A page whose `data-live` parts change while it is open; `live_template` makes these parts alone."""

    live_template: ClassVar[str]


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {"inr": inr, "grouped": grouped, "json": lambda value: msgspec.json.encode(value).decode()}
    made.globals |= {"asset": ASSETS.path, "sheet": lru_cache(256)(ASSETS.sheet), "languages": LANGUAGES}
    drawings: Any = made.get_template("icons.html").module
    # The same few drawings stand on every page: each is made once.
    made.globals |= {name: lru_cache(256)(getattr(drawings, name)) for name in ("icon", "monogram")}
    return made


_templates = _environment()


def render(view: View) -> bytes:
    """The whole page, UTF-8."""
    return _rendered(view.template, view).encode()


def render_live(view: LiveView) -> str:
    """The parts of a page that change while it is open, for the page to put in place."""
    return _rendered(view.live_template, view)


def _rendered(template: str, view: View) -> str:
    frame = view.frame
    return _templates.get_template(template).render(view=view, frame=frame, texts=frame.texts)
