"""`archiveSmallcase(iscid)`: what an investment lacks is left out for good."""

from typing import Any

from torana.baskets.subject import archive
from torana.flows.context import FlowServices
from torana.kit.errors import NotFound
from torana.portal.admission.admit import DEVELOPER, Admitted, NotAdmitted


async def archive_investment(services: FlowServices, admitted: Admitted, iscid: str) -> dict[str, Any]:
    """Raises `NotAdmitted` for a guest, and for an investment that the investor does not have."""
    gateway, investor = admitted.gateway, admitted.investor
    if investor is None:
        text = DEVELOPER.connected_only(call="archiveSmallcase")
        raise NotAdmitted("invalid_user_data", text, status=400, anchor="connected-only", gateway=gateway)
    try:
        done = await archive(
            services.database, gateway.gateway_id, investor.investor_id, iscid[:24], services.clock.now()
        )
    except NotFound as error:
        raise NotAdmitted("invalid_request", error.message, status=404, anchor="not-found", gateway=gateway) from None
    return {"success": True, "archived": done}
