"""What the page of a connected investor alone may ask for: `brokerLogout()` and `archiveSmallcase(iscid)`."""

from typing import Any

from torana.baskets.subject import archive
from torana.flows.context import FlowServices
from torana.investors.log_out import log_out
from torana.investors.models import Investor
from torana.kit.errors import NotFound
from torana.portal.admission.admit import DEVELOPER, Admitted, NotAdmitted


async def broker_logout(services: FlowServices, admitted: Admitted) -> dict[str, Any]:
    """The investor's logins end, at the broker where that can be, and here. Raises `NotAdmitted` for a guest."""
    investor = _connected(admitted, "brokerLogout")
    ended = await log_out(services.sessions, services.connectors, services.clock, admitted.gateway.mode, investor)
    return {"success": True, "broker": investor.broker, "endedAt": ended.value}


async def archive_investment(services: FlowServices, admitted: Admitted, iscid: str) -> dict[str, Any]:
    """What the investment lacks is left out for good. Raises `NotAdmitted` for a guest, and for an investment that the
    investor does not have."""
    gateway, investor = admitted.gateway, _connected(admitted, "archiveSmallcase")
    try:
        done = await archive(
            services.database, gateway.gateway_id, investor.investor_id, iscid[:24], services.clock.now()
        )
    except NotFound as error:
        raise NotAdmitted("invalid_request", error.message, status=404, anchor="not-found", gateway=gateway) from None
    return {"success": True, "archived": done}


def _connected(admitted: Admitted, call: str) -> Investor:
    if admitted.investor is None:
        text = DEVELOPER.connected_only(call=call)
        raise NotAdmitted("invalid_user_data", text, status=400, anchor="connected-only", gateway=admitted.gateway)
    return admitted.investor
