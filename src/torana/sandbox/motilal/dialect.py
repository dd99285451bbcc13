"""The simulated Motilal Oswal as one dialect of the sandbox: its routes and two logins."""

import re

from torana.sandbox import instrument_files, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, Handler, KnownApp, orders_at_most, routes, token_in
from torana.sandbox.faults import Operation as On
from torana.sandbox.login import PASSWORD, SIX_DIGITS, Login, Typed, code_as, daily
from torana.sandbox.motilal import orders, wire
from torana.sandbox.motilal.errors import REFUSALS, TABLE, body_of, listed, success, told
from torana.sandbox.order_form import Fault
from torana.sandbox.securities import EXCHANGES
from torana.sandbox.web import Response

BROKER = "motilal"
APP = KnownApp("sandbox-motilal", "sandbox-motilal-secret", "")
_PASSWORD, _BORN_OR_PAN = "[0-9a-f]{64}", r"\d\d/\d\d/\d{4}|[A-Z]{5}\d{4}[A-Z]"


LOGIN = Login(
    broker=BROKER, name="Motilal Oswal", until="06:00 tomorrow", ends=daily("06:00"), user_id_form="AA000000",
    app_of=lambda call: call.known_app(call.request.query.get("apikey", ""), TABLE.refused("MO1004", status=400)),
    back=code_as("authtoken"), hands_over_token=True,
    typed=(
        PASSWORD,
        Typed("second", "PAN or date of birth", "Enter a PAN in capitals, or dd/mm/yyyy.", _BORN_OR_PAN, "18/10/1988"),
    ),
)  # fmt: skip


def _check(call: Call) -> None:
    """Every mandatory header, and a key that somebody has."""
    headers = call.request.headers
    TABLE.check_headers(call.request)
    TABLE.check_headers(call.request, headers["sourceid"].upper())
    call.known_app(headers.get("apikey", ""), TABLE.refused("MO2005"))


def _with_secret(call: Call) -> None:
    app = call.known_app(call.session.app, TABLE.refused("MO2005"))
    if call.request.headers.get("apisecretkey") != app.secret:
        raise TABLE.refused("MO2006")


def _with_access(call: Call) -> None:
    """Secret and access token, as the newer paths want them."""
    _with_secret(call)
    if call.request.headers.get("accesstoken") != _access_of(call):
        raise TABLE.refused("MO8001")


def _access_of(call: Call) -> str:
    return call.request.headers["authorization"][::-1]


async def _log_in_by_password(call: Call) -> Response:
    """The way of the official client. Like the page it brings the token itself."""
    given = await call.json_object(TABLE.refused("MO2002"))
    user, app = given.get("userid"), call.known_app(call.request.headers.get("apikey", ""), TABLE.refused("MO2005"))
    if not isinstance(user, str) or not user or not re.fullmatch(_PASSWORD, str(given.get("password"))):
        raise TABLE.refused("MO1000")
    if not re.fullmatch(_BORN_OR_PAN, str(given.get("2FA"))):
        raise TABLE.refused("MO1007")
    if not re.fullmatch(SIX_DIGITS, str(given.get("totp"))):
        raise TABLE.refused("MO1093")
    account = call.exchange.accounts.find(BROKER, user) or LOGIN.account(call, user)
    token = LOGIN.start(call, account, app)
    return told("Return Auth Token SUCCESS", AuthToken=token, isAuthTokenVerified="TRUE")


def _log_out(call: Call) -> Response:
    call.session.ended = True
    return told("LOGOUT SUCCESSFULL")


def _scrips(call: Call) -> Response:
    name = call.given.get("exchangename")
    if name not in EXCHANGES:
        raise TABLE.of_field("exchangename", Fault.INVALID, name)
    return told("Scrips Data", data=instrument_files.rows(wire.SCRIP, (name,)))


def _file(call: Call) -> Response:
    name = call.request.query.get("name", "")
    if name not in EXCHANGES:
        raise TABLE.refused("MO1051", status=400)
    return instrument_files.csv_answer(wire.SCRIP, (name,))


_BOOK = listed("Order Data", reads.book(wire.ORDER, wire.WORDS), "MO1013")
_TRADES = listed("Trade Data", reads.trades(wire.TRADE), "MO1014")
_HOLDINGS = listed("DP Holding Data", reads.holdings(wire.HOLDING, by_exchange=False), "MO1015")
_OF_ORDER = listed("Trade Data", reads.trades(wire.TRADE, orders.id_of), "MO1014")
_SUMMARY = listed("REPORT MARGIN SUMMARY", reads.funds(wire.MARGIN_SUMMARY))
_DETAIL = listed("REPORT MARGIN DETAIL", reads.funds(wire.MARGIN_DETAIL))
_POSITIONS = listed("Position Data", reads.positions(wire.POSITION, 2), "MO1016")
_CALLS = (
    ("login", "getprofile", "v5 v1", On.PROFILE, listed("Profile Data", reads.person(wire.PERSON))),
    ("login", "logout", "v5 v1", On.LOGOUT, _log_out),
    ("trans", "placeorder", "v2 v1", On.PLACE, orders.place),
    ("trans", "modifyorder", "v5 v2", On.MODIFY, orders.modify),
    ("trans", "cancelorder", "v2 v1", On.CANCEL, orders.cancel),
    ("book", "getorderbook", "v5 v1", On.ORDERS, _BOOK),
    ("book", "getorderdetailbyuniqueorderid", "v5 v1", On.ORDER, orders.detail),
    ("book", "gettradebook", "v4 v1", On.TRADES, _TRADES),
    ("book", "gettradedetailbyuniqueorderid", "v4", On.TRADES, _OF_ORDER),
    ("book", "getposition", "v4 v1", On.POSITIONS, _POSITIONS),
    ("report", "getdpholding", "v3 v1", On.HOLDINGS, _HOLDINGS),
    ("report", "getreportmarginsummary", "v3 v1", On.FUNDS, _SUMMARY),
    ("report", "getreportmargindetail", "v3 v1", On.FUNDS, _DETAIL),
    ("report", "getltpdata", "v3", On.QUOTES, orders.price),
    ("report", "getscripsbyexchangename", "v3 v1", On.INSTRUMENTS, _scrips),
)
"""Each in the version of the documentation, then in that of the client."""


def _calls(which: int) -> list[tuple[str, str, On, Handler]]:
    """In the first or the second of these versions, if they have it."""
    return [
        ("POST", f"/{group}/{version}/{name}", operation, handler)
        for group, name, versions, operation, handler in _CALLS
        for version in versions.split()[which : which + 1]
    ]


_API = (
    *routes("/rest", *_calls(0), check=_with_access, body=body_of),
    *routes(
        "/rest",
        *_calls(1),
        ("POST", "/report/v1/getltpdata", On.QUOTES, orders.price_in_a_list),
        body=body_of,
    ),
    *routes(
        "/rest",
        ("POST", "/login/v1/getaccesstoken", On.TOKEN, lambda call: told("", accesstoken=_access_of(call))),
        check=_with_secret,
    ),
    *routes(
        "/rest",
        ("POST", "/login/v7/authdirectapi", On.TOKEN, _log_in_by_password),
        ("POST", "/login/v4/authdirectapi", On.TOKEN, _log_in_by_password),
        session=False,
    ),
    *routes("", ("GET", "/getscripmastercsv", On.INSTRUMENTS, _file), session=False, page=True),
)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={"/motilal/api": _API, "/motilal/web": LOGIN.routes("/OpenAPI/Login.aspx", page=True)},
    apps=(APP,),
    credentials=token_in("authorization", "apikey"),
    refusals=REFUSALS,
    success=success,
    placed=orders.placed,
    rejects_later=REFUSALS.unnamed,
    limits=orders_at_most(10),
    check=_check,
)
"""The limit is one of each exchange; here of both together. Source: questions and answers."""
