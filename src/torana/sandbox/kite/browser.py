"""What a client's browser sees: the login, the offsite basket, the authorisation of holdings.

Source: Kite Connect v3 documentation, login flow; offsite order execution; holdings authorisation. What a cancelled
login and a closed basket send back is not documented: the simulator sends `status=cancelled` without a request token.
What the real login asks for in two steps stands in one form here. The return of a basket carries no order ids.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

from torana.sandbox.browser_orders import ReviewWords
from torana.sandbox.call import Call
from torana.sandbox.depository_pages import LinkedPage
from torana.sandbox.kite.errors import input_error, success
from torana.sandbox.kite.orders import read_order, read_variety
from torana.sandbox.login import PASSWORD, TOTP, Back, Login, Pairs, daily
from torana.sandbox.login_basket import LoginBasket
from torana.sandbox.magic import LoginEnd
from torana.sandbox.refusals import Refusal
from torana.sandbox.securities import EXCHANGES, by_isin
from torana.sandbox.visits import Line
from torana.sandbox.web import Response
from torana.sandbox.world import App

LARGEST_BASKET = 10
_STATUS = {LoginEnd.SUCCESS: "success", LoginEnd.CANCELLED: "cancelled", LoginEnd.FAILED: "error"}
_GONE = Refusal(410, "GeneralException", "Nothing is here any more. Start again from the app.")


def _known_app(call: Call, key: str) -> App:
    """Raises `Refused`."""
    return call.known_app(key, input_error("Invalid `api_key`."))


def _app_of(call: Call) -> App:
    if call.request.query.get("v") != "3":
        raise input_error("Invalid `v`.")
    return _known_app(call, call.request.query.get("api_key", ""))


def _sent(redirect_params: str) -> Pairs:
    return parse_qsl(redirect_params, keep_blank_values=True)


def _back(back: Back) -> Pairs:
    proof = [("request_token", back.proof)] if back.proof else []
    return [("action", "login"), ("type", "login"), ("status", _STATUS[back.end]), *proof, *back.sent]


LOGIN = Login(
    broker="kite", name="Zerodha", until="06:00 tomorrow", ends=daily("06:00"), user_id_form="AA0000",
    app_of=_app_of, back=_back, code_seconds=180.0,
    sent=lambda call: _sent(call.request.query.get("redirect_params", "")),
    typed=(PASSWORD, TOTP),
)  # fmt: skip


def _read_lines(form: Mapping[str, str]) -> list[Line]:
    """The orders of a basket: a JSON array of one to ten. Raises `Refused`."""
    try:
        given = msgspec.json.decode(form.get("data", ""), type=list[dict[str, str | int | float | bool | None]])
    except msgspec.MsgspecError:
        raise input_error("The basket is not a JSON array of orders.") from None
    if not 1 <= len(given) <= LARGEST_BASKET:
        raise input_error(f"A basket holds one to {LARGEST_BASKET} orders.")
    return [_line(order) for order in given]


def _line(order: Mapping[str, str | int | float | bool | None]) -> Line:
    if isinstance(order.get("quantity"), bool) or not isinstance(order.get("quantity"), int):
        raise input_error("Invalid `quantity`.")
    given = {name: str(value) for name, value in order.items() if value is not None and not isinstance(value, bool)}
    form = read_order({"product": "CNC"} | given, read_variety(given.get("variety", "regular")))
    if form.security is None:
        raise input_error(f"{form.instrument} does not exist on {form.exchange}.")
    return Line(form, editable=order.get("readonly") is not True)


async def request_authorisation(call: Call) -> Response:
    """POST /portfolio/holdings/authorise: repeated `isin` and `quantity`, or nothing for all holdings."""
    pairs = await call.request.form_pairs()
    isins, amounts = ([value for name, value in pairs if name == wanted] for wanted in ("isin", "quantity"))
    if len(isins) != len(amounts):
        raise input_error("`isin` and `quantity` do not match.")
    known = all(any(by_isin(isin, where) for where in EXCHANGES) for isin in isins)
    if not known or not all(amount.isdecimal() for amount in amounts):
        raise input_error("Invalid `isin` or `quantity`.")
    quantities = {isin: int(amount) for isin, amount in zip(isins, amounts, strict=True)}
    wanted = call.world.depository.open(call.account, quantities or None, app=call.session.app)
    return success({"request_id": wanted.key})


BASKET = LoginBasket(
    login=LOGIN,
    words=ReviewWords(
        "Zerodha basket", "{client} at Zerodha, for {app}", ("execute", "Execute"), quantity="quantity_{}", tpin=True,
        heading="Review your orders", products={"CNC": "Delivery"},
    ),
    address="/kite/web/connect/basket",
    app_of=_known_app,
    read_lines=_read_lines,
    sent=_sent,
    gone=_GONE,
)  # fmt: skip
AUTHORISATION = LinkedPage("Zerodha", _GONE)
ROUTES = (
    *LOGIN.routes("/connect/login", page=True),
    *BASKET.routes("/connect/basket"),
    *AUTHORISATION.routes("/connect/portfolio/authorise/holdings"),
)
