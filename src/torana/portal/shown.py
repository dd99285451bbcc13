"""A page on its way to the browser."""

from dataclasses import dataclass

from torana.pages.views import View
from torana.portal.log_in import Errand


@dataclass(frozen=True, slots=True)
class Shown:
    """A page to send. `form_hosts`: where a form of it may end beside here; `errand`: its cookie goes with it."""

    view: View
    status: int = 200
    form_hosts: tuple[str, ...] = ()
    errand: Errand | None = None
