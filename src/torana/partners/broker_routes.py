"""What the brokers of a gateway can do, over HTTP: the table of `docs/connectors.md` for programs."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, Router, get
from litestar.datastructures import State
from litestar.openapi.spec import OpenAPIResponse, Operation

from torana.api.answers import success
from torana.api.documented import envelope, json_content
from torana.connectors.contract import (
    Capabilities,
    Evidence,
    ExecutionMode,
    MarketOrders,
    OrderType,
    PostbackProof,
    Rate,
    TicketReturn,
)
from torana.connectors.registry import BROKERS, Connectors, offered
from torana.kit.breaker import Health
from torana.partners.access import gateway_by_secret
from torana.partners.api_services import ApiServices, given
from torana.partners.models import Mode

_EXAMPLE = {
    "broker": "kite",
    "name": "Zerodha",
    "otherNames": [],
    "health": "well",
    "login": "state",
    "loginByForm": False,
    "sessionEnds": "at 06:00 IST",
    "logout": True,
    "executionMode": "server_api",
    "executionModes": ["server_api", "redirect_basket"],
    "orderTypes": ["LIMIT", "MARKET"],
    "marketOrders": "with the broker's protection",
    "amo": True,
    "cancel": True,
    "rates": [{"calls": "orders", "most": 10, "seconds": 1.0, "perApp": False}],
    "largestOrder": 100000,
    "basketLimit": 10,
    "holdings": True,
    "funds": True,
    "prices": True,
    "costs": True,
    "authorisation": True,
    "releases": True,
    "sellsPledged": True,
    "soldCountsOpen": False,
    "postback": "checksum",
    "tag": {"maxLength": 20, "echo": "exact"},
    "tagLookUp": False,
    "accountOpening": False,
    "sipAuto": False,
    "checksAddresses": True,
    "verified": {"orders": "official docs"},
    "guess": None,
}
_MAYBE_INTEGER, _MAYBE_BOOLEAN = {"type": ["integer", "null"]}, {"type": ["boolean", "null"]}
_YES = {"type": "boolean"}
_BROKER = {
    "type": "object",
    "required": list(_EXAMPLE),
    "properties": {
        "broker": {"enum": list(BROKERS), "description": "The broker's key, as in `brokers` of a transaction."},
        "name": {"type": "string"},
        "otherNames": {"type": "array", "items": {"type": "string"}},
        "health": {"enum": [*Health], "description": "How well it has been answering this process recently."},
        "login": {"enum": [*TicketReturn], "description": "How the login brings our reference back."},
        "loginByForm": _YES | {"description": "The browser comes back by a form (POST)."},
        "sessionEnds": {"type": "string"},
        "logout": _YES | {"description": "A login can be ended from here."},
        "executionMode": {"enum": [*ExecutionMode], "description": "How orders are placed here."},
        "executionModes": {"type": "array", "items": {"enum": [*ExecutionMode]}},
        "orderTypes": {"type": "array", "items": {"enum": [*OrderType]}},
        "marketOrders": {"enum": [*MarketOrders]},
        "amo": _YES,
        "cancel": _YES,
        "rates": {"type": "array", "description": "That are kept; `calls` without one are not held back."},
        "largestOrder": _MAYBE_INTEGER | {"description": "Shares; null: as the exchange says."},
        "basketLimit": _MAYBE_INTEGER | {"description": "Orders in one browser basket; null: no limit known."},
        "holdings": _YES,
        "funds": _YES,
        "prices": _YES,
        "costs": _YES | {"description": "Margin and charges before an order."},
        "authorisation": _YES | {"description": "Shares are released at the depository (eDIS) before they are sold."},
        "releases": _YES | {"description": "From here; otherwise on the broker's own pages."},
        "sellsPledged": _MAYBE_BOOLEAN | {"description": "null: not documented."},
        "soldCountsOpen": _MAYBE_BOOLEAN
        | {"description": "Whether holdings count shares in open sell orders as sold today; null: not documented."},
        "postback": {"enum": [*PostbackProof, None], "description": "How it is verified; null: it sends none."},
        "tag": {"type": ["object", "null"]},
        "tagLookUp": _YES,
        "accountOpening": _YES,
        "sipAuto": _YES | {"description": "Instalments of type auto: the broker and the rules allow them here."},
        "checksAddresses": _MAYBE_BOOLEAN | {"description": "Orders from registered addresses only; null: not known."},
        "verified": {
            "type": "object",
            "description": "Per area, what the connector was checked against.",
            "additionalProperties": {"enum": [*Evidence]},
        },
        "guess": {"type": ["string", "null"], "description": "What rests on a guess that only the broker can confirm."},
    },
}


@dataclass
class BrokersOperation(Operation):
    def __post_init__(self) -> None:
        data = {
            "type": "object",
            "required": ["brokers"],
            "properties": {"brokers": {"type": "array", "items": _BROKER}},
        }
        answer = {"success": True, "errors": None, "data": {"brokers": [_EXAMPLE]}}
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(
                description="In the order in which they are offered.",
                content=json_content(envelope(data), brokers=answer),
            ),
        }


@get(
    "/v1/{name:str}/engine/brokers",
    summary="What the gateway's brokers can do",
    tags=["Brokers"],
    operation_class=BrokersOperation,
)
async def list_brokers(request: Request[None, None, State], name: str, services: ApiServices) -> Response[bytes]:
    """The brokers that investors of this gateway may choose, as this installation has them. A transaction offers only
    those that support what its intent needs."""
    gateway = await gateway_by_secret(services.gateways, name, request.headers)
    connectors, mode = services.connectors, gateway.mode
    able = offered(connectors.available(mode), gateway.brokers)
    return success({"brokers": [_broker(one, connectors, mode) for one in able]})


def _broker(one: Capabilities, connectors: Connectors, mode: Mode) -> dict[str, Any]:
    broker = BROKERS[one.broker]
    return {
        "broker": one.broker,
        "name": one.name,
        "otherNames": list(one.other_names),
        "health": connectors.health(mode, one.broker),
        "login": one.login,
        "loginByForm": one.posts_back,
        "sessionEnds": str(one.session),
        "logout": one.logout,
        "executionMode": connectors.get(mode, one.broker).execution_mode,
        "executionModes": list(one.execution_modes),
        "orderTypes": sorted(one.order_types),
        "marketOrders": one.market,
        "amo": one.amo,
        "cancel": one.cancel,
        "rates": [_rate(rate) for rate in one.rates],
        "largestOrder": one.largest_order,
        "basketLimit": one.basket_limit,
        "holdings": one.holdings,
        "funds": one.holdings,
        "prices": one.quotes,
        "costs": one.costs,
        "authorisation": one.edis,
        "releases": one.releases is not None,
        "sellsPledged": one.sells_pledged,
        "soldCountsOpen": one.sold_counts_open,
        "postback": one.postback,
        "tag": None if one.tag is None else {"maxLength": one.tag.max_length, "echo": one.tag.echo},
        "tagLookUp": one.lookup_by_tag,
        "accountOpening": one.account_opening,
        "sipAuto": one.sip_auto,
        "checksAddresses": broker.onboarding.checks_addresses,
        "verified": dict(broker.verified),
        "guess": broker.guess or None,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {"calls": rate.calls, "most": rate.most, "seconds": rate.seconds, "perApp": rate.per_app}


def brokers_router(services: ApiServices) -> Router:
    """The route of the brokers."""
    return Router(path="", route_handlers=[list_brokers], dependencies=given(services))
