"""A page on its way to the browser."""

from dataclasses import dataclass

from torana.connectors.contract import Connector
from torana.portal.lobby import Guest, Lobby
from torana.portal.log_in import Errand
from torana.portal.views import View


@dataclass(frozen=True, slots=True)
class Shown:
    """A page to send. `form_hosts`: where a form of it may end beside here; `errand`: its cookie goes with it."""

    view: View
    status: int = 200
    form_hosts: tuple[str, ...] = ()
    errand: Errand | None = None


def connector_of(lobby: Lobby, guest: Guest) -> Connector | None:
    """The connector of the visit's broker; None before one is chosen, or when it is no longer there."""
    return lobby.connectors.find(guest.gateway.mode, guest.visit.broker) if guest.visit.broker else None
