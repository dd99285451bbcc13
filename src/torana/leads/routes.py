"""Leads over HTTP: the partner's look at them, and the brokers' word on how far they are."""

import re
from typing import Annotated, Any

import structlog
from litestar import Request, Response, Router, get, post
from litestar.params import Parameter

from torana.api.answers import success
from torana.api.form_fields import text_fields
from torana.api.request_ids import about
from torana.kit.errors import AccessDenied, ApiError, NotFound
from torana.leads import store
from torana.leads.progress import Leads
from torana.leads.schemas import LeadStatusOperation, lead_status
from torana.partners.access import authenticate
from torana.partners.api_services import ApiServices, given
from torana.transactions.store import find

_LEAD_ID = re.compile(r"[0-9a-f]{24}")
LARGEST_WORD = 4 * 1024
AnyRequest = Request[Any, Any, Any]
log = structlog.get_logger(__name__)


@get("/v1/{name:str}/engine/leadStatus", summary="Look up a lead", operation_class=LeadStatusOperation, tags=["Leads"])
async def status_of_lead(
    request: AnyRequest,
    name: str,
    services: ApiServices,
    lead_id: Annotated[str, Parameter(query="leadId", description="As the SDK's promise or the webhook gave it.")],
) -> Response[bytes]:
    """How far an account opening has got. A guest token sees every lead of the gateway, a connected token its own and
    those that guests began."""
    access = await authenticate(services.gateways, name, request.headers, services.clock.now())
    gateway_id = access.gateway.gateway_id
    lead = await store.find(services.database, gateway_id, lead_id) if _LEAD_ID.fullmatch(lead_id) else None
    if lead is not None:
        owner = await store.investor_of(services.database, gateway_id, lead_id)
        if access.investor_id is None or owner in (None, access.investor_id):
            about(lead.transaction_id)
            return success(lead_status(lead))
    raise NotFound(
        "LeadIdNotFound: this gateway, or this investor, has no lead with this id", errors=("LeadIdNotFound",)
    )


@post("/postback/opening/{broker:str}/{name:str}", status_code=200, include_in_schema=False)
async def opening_postback(request: AnyRequest, broker: str, name: str, services: ApiServices) -> dict[str, str]:
    """A broker says how far an account is. Only its signature is believed."""
    body = await request.body()
    if len(body) > LARGEST_WORD:
        raise ApiError("an update on a lead has at most 4 kB", status=413)
    gateway = await services.gateways.by_name(name)
    connector = None if gateway is None else services.connectors.find(gateway.mode, broker)
    if gateway is None or connector is None or connector.account_opening is None:
        raise NotFound("no accounts are opened at this broker")
    form = await text_fields(request)
    try:
        told = connector.account_opening.read(form)
    except ValueError:
        log.warning("leads.word_refused", broker=broker)
        raise AccessDenied("this update does not prove that it comes from the broker", status=403) from None
    leads = Leads(services.database, services.cipher, services.clock)
    lead = await store.find(services.database, gateway.gateway_id, told.lead_id)
    transaction = None if lead is None else await find(services.database, gateway.gateway_id, lead.transaction_id)
    if lead is None or transaction is None or lead.broker != broker:
        raise NotFound("this gateway has no such lead at this broker")
    changed = await leads.told(transaction, lead, told.status)
    return {"status": "taken" if changed else "known"}


def leads_router(services: ApiServices) -> Router:
    return Router(path="", route_handlers=[status_of_lead, opening_postback], dependencies=given(services))
