"""The simulated HDFC Securities as one dialect of the sandbox. What is a choice of ours is in the package's
docstring."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from torana.market.models import Security
from torana.sandbox import instrument_files, quote_views, reads, web
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.dialect import Credentials, Dialect, KnownApp, Route, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.hdfc import wire
from torana.sandbox.hdfc.errors import REFUSALS, REJECTS_LATER, TABLE, success
from torana.sandbox.login import SIX_DIGITS, Back, Login, Pairs, Typed
from torana.sandbox.models import Order
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token
from torana.sandbox.web import Request, Response
from torana.sandbox.world import App

BROKER = "hdfc"
HOURS = 8
PRICES_IN_A_REQUEST = 10
ORDER = OrderTable(TABLE.of_field, """
    exchange    exchange                   one of NSE BSE, not MCX
    instrument  security_id                text like [A-Z0-9]+
    -           instrument_segment         one of EQUITY, not OPTIDX OPTSTK FUTIDX FUTSTK OPTCUR FUTCUR
    side        transaction_type           one of BUY SELL
    product     product                    one of DELIVERY, not OVERNIGHT INTRADAY MTF COLL-SELL ENCASH
    order_type  order_type                 one of LIMIT MARKET, not SL SL-M SL-L
    price       price                      price, else 0
    -           trigger_price              price to 0, else 0
    quantity    quantity                   whole from 1
    disclosed   disclosed_quantity         whole from 0, else 0
    validity    validity                   one of DAY IOC, not GTD
    amo         amo                        switch, else false
    tag         external_reference_number  text upto 20 like [0-9]+, else null
""")  # fmt: skip
CHANGE = OrderTable(TABLE.of_field, """
    order_type  order_type                 one of LIMIT MARKET, not SL SL-M SL-L
    quantity    quantity                   whole from 1, else null
    price       price                      price, else 0
    -           validity                   one of DAY IOC, else null
""")  # fmt: skip


def _app_of(call: Call) -> App:
    return call.known_app(call.request.query.get("api_key", ""), TABLE.refused("app"))


def _back(back: Back) -> Pairs:
    return [("request_token", back.proof)] if back.proof else []


LOGIN = Login(
    broker=BROKER, name="HDFC Securities", until="eight hours from now", user_id_form="00000000",
    ends=lambda now: (now + timedelta(hours=HOURS)).replace(microsecond=0),
    app_of=_app_of, back=_back, sent=lambda call: [], code_seconds=300.0,
    typed=(
        Typed("password", "Password (any)", "Enter a password; any will do.", value="secret", hidden=True),
        Typed("otp", "OTP (any six digits)", "Enter an OTP of six digits.", SIX_DIGITS, "000000"),
    ),
)  # fmt: skip


def _jwt(call: Call, account: Account, app: App, token: str) -> str:
    """What the access token says of itself: three parts, of which the last one is what the simulator knows it by."""
    session = call.sessions.find(token)
    claims = {
        "sub": account.user_id, "exp": int(session.ends_at.timestamp()) if session else 0,
        "iat": int(call.exchange.now().timestamp()), "merchant": "Sandbox", "merchant_api_key": app.key,
    }  # fmt: skip
    parts = ({"alg": "HS384"}, claims)
    return ".".join(
        (*(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts), token)
    )


async def _token(call: Call) -> Response:
    app, wrong = _app_of(call), TABLE.refused("login")
    body = await call.json_object(TABLE.refused("request"))
    if body.get("apiSecret") != app.secret:
        raise TABLE.refused("app")
    account, token = LOGIN.redeem(call, app, call.request.query.get("request_token", ""), wrong)
    return web.json({"accessToken": _jwt(call, account, app, token)})


async def _whose_code(call: Call) -> Account | None:
    return call.sessions.owner_of(call.request.query.get("request_token", ""))


def _credentials(request: Request) -> Credentials | None:
    """The token stands alone in its head, without a scheme."""
    token = request.headers.get("authorization", "")
    if not token or " " in token:
        return None
    return Credentials(token.rpartition(".")[2], request.query.get("api_key", ""))


def _check(call: Call) -> None:
    if not call.request.headers.get("user-agent", "").strip():
        raise TABLE.refused("agent")
    _app_of(call)


def _security(read: dict[str, Any]) -> Security:
    found = wire.by_code(read["exchange"], read["security_id"])
    if found is None:
        raise TABLE.refused("security")
    return found


async def _place(call: Call) -> dict[str, str]:
    given = await call.json_object(TABLE.refused("request"))
    number = given.get("external_reference_number")
    if isinstance(number, int) and not isinstance(number, bool):
        given["external_reference_number"] = str(number)
    given["transaction_type"] = str(given.get("transaction_type")).upper()
    form = ORDER.form(given, _security)
    if form.order_type == "LIMIT" and not form.price:
        raise TABLE.refused("field", "Invalid value for price")
    return _taken(call.place(call.account, form.ticket(call.session.app)))


async def _modify(call: Call) -> dict[str, str]:
    change = CHANGE.change(await call.json_object(TABLE.refused("request")))
    return _taken(call.modify(replace(change, order_id=call.path["id"])))


def _cancel(call: Call) -> dict[str, str]:
    return _taken(call.exchange.cancel(call.account, call.path["id"]))


def _taken(order: Order) -> dict[str, str]:
    return {"order_id": order.order_id}


def _order(call: Call) -> list[reads.Row]:
    return [wire.ORDER(order_view(call.exchange, call.find(call.account, call.path["id"]), wire.WORDS))]


_READ_POSITIONS, _READ_PERSON = reads.positions(wire.POSITION, 2), reads.person(wire.PERSON)


def _positions(call: Call) -> dict[str, object]:
    return {"net": [{"client_id": call.account.user_id, **row} for row in _READ_POSITIONS(call)]}


def _person(call: Call) -> list[reads.Row]:
    return [_READ_PERSON(call)]


async def _prices(call: Call) -> Response:
    """By the exchange's token, a text in the request and a number in the answer."""
    wanted = (await call.json_object(TABLE.refused("request"))).get("data")
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        raise TABLE.refused("request")
    if len(wanted) > PRICES_IN_A_REQUEST:
        raise TABLE.refused("prices")
    found = [by_token(str(one.get("token")), str(one.get("exchange"))) for one in wanted]
    rows = [wire.PRICE(quote_views.quote(call.exchange, one)) for one in found if one is not None]
    return web.json({"data": rows, "meta": {"statusCode": "OK", "statusMsg": "OK"}})


@cache
def _file() -> bytes:
    return instrument_files.as_csv(instrument_files.rows(wire.SECURITY))


def _securities(call: Call) -> Response:
    return Response(200, _file(), "text/csv", [("content-encoding", "gzip")])


_V1 = routes(
    "/oapi/v1",
    ("POST", "/orders/regular", On.PLACE, _place),
    ("PUT", "/orders/regular/{id}", On.MODIFY, _modify),
    ("DELETE", "/orders/regular/{id}", On.CANCEL, _cancel),
    ("GET", "/orders", On.ORDERS, reads.book(wire.ORDER, wire.WORDS)),
    ("GET", "/orders/{id}", On.ORDER, _order),
    ("GET", "/orders/{id}/trades", On.TRADES, reads.trades(wire.TRADE_OF_ORDER, lambda call: call.path["id"])),
    ("GET", "/trades", On.TRADES, reads.trades(wire.TRADE)),
    ("GET", "/portfolio/cumulative-positions", On.POSITIONS, _positions),
    ("GET", "/portfolio/holdings", On.HOLDINGS, reads.holdings(wire.HOLDING)),
    ("GET", "/user/margins", On.FUNDS, reads.funds(wire.FUNDS)),
    ("PUT", "/fetch-ltp", On.QUOTES, _prices),
)
_API = (
    *LOGIN.routes("/oapi/v1/login", page=True),
    Route("POST", "/oapi/v1/access-token", On.TOKEN, _token, session=False, whose=_whose_code),
    Route("GET", "/oapi/v1/security-master", On.INSTRUMENTS, _securities, session=False, page=True),
    *_V1,
    *routes("/oapi/v3/user", ("GET", "/profile", On.PROFILE, _person), ("POST", "/profile", On.PROFILE, _person)),
)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={"/hdfc/api": _API},
    apps=(KnownApp("sandbox-hdfc", "sandbox-hdfc-secret", ""),),
    credentials=_credentials,
    refusals=REFUSALS,
    success=success,
    placed=lambda order_id: success({} if order_id is None else {"order_id": order_id}),
    rejects_later=REJECTS_LATER,
    check=_check,
)
