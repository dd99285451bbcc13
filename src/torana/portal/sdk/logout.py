"""`brokerLogout()`: the connected investor's logins end, at the broker where that can be, and here."""

from typing import Any

from torana.flows.context import FlowServices
from torana.investors.log_out import log_out
from torana.portal.admission.admit import DEVELOPER, Admitted, NotAdmitted


async def broker_logout(services: FlowServices, admitted: Admitted) -> dict[str, Any]:
    """Raises `NotAdmitted` for a guest."""
    if admitted.investor is None:
        text = DEVELOPER.connected_only(call="brokerLogout")
        raise NotAdmitted("invalid_user_data", text, status=400, anchor="connected-only", gateway=admitted.gateway)
    ended = await log_out(
        services.sessions, services.connectors, services.clock, admitted.gateway.mode, admitted.investor
    )
    return {"success": True, "broker": admitted.investor.broker, "endedAt": ended.value}
