"""What a client's browser sees: the login, the offsite basket, the authorisation of holdings.

Source: Kite Connect v3 documentation, login flow; offsite order execution; holdings authorisation. What a cancelled
login and a closed basket send back is not documented: the simulator sends `status=cancelled` without a request token.
What the real login asks for in two steps stands in one form here. The return of a basket carries no order ids.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

from torana.sandbox import browser_orders, depository, pages, web
from torana.sandbox.browser_orders import Line, ReviewWords, Visit
from torana.sandbox.call import Call
from torana.sandbox.depository import Authorisation, Step
from torana.sandbox.kite.errors import input_error, success
from torana.sandbox.kite.orders import read_order, read_variety
from torana.sandbox.login import SIX_DIGITS, Back, Login, Pairs, Typed, daily
from torana.sandbox.magic import LoginEnd
from torana.sandbox.prices import listed
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response
from torana.sandbox.world import App

LARGEST_BASKET = 10
_STATUS = {LoginEnd.SUCCESS: "success", LoginEnd.CANCELLED: "cancelled", LoginEnd.FAILED: "error"}
_GONE = Refused(410, "GeneralException", "Nothing is here any more. Start again from the app.")


def known_app(call: Call, key: str) -> App:
    """Raises `Refused`."""
    app = call.app(key)
    if app is None:
        raise input_error("Invalid `api_key`.")
    return app


def _app_of(call: Call) -> App:
    if call.request.query.get("v") != "3":
        raise input_error("Invalid `v`.")
    return known_app(call, call.request.query.get("api_key", ""))


def _back(back: Back) -> Pairs:
    proof = [("request_token", back.proof)] if back.proof else []
    return [("action", "login"), ("type", "login"), ("status", _STATUS[back.end]), *proof, *back.sent]


LOGIN = Login(
    broker="kite",
    name="Zerodha",
    until="06:00 tomorrow",
    ends=daily("06:00"),
    user_id_form="AA0000",
    app_of=_app_of,
    sent=lambda call: parse_qsl(call.request.query.get("redirect_params", ""), keep_blank_values=True),
    back=_back,
    typed=(
        Typed("password", "Password (any)", "Enter a password; any will do.", value="simulated", hidden=True),
        Typed("totp", "External TOTP (any six digits)", "Enter a code of six digits.", SIX_DIGITS, "0" * 6),
    ),
    code_seconds=180.0,
)


async def open_basket(call: Call) -> Response:
    """POST /connect/basket: take the orders, then show the login."""
    form = await call.request.form()
    app, lines = known_app(call, form.get("api_key", "")), read_lines(form.get("data", ""))
    visit = call.world.visits.open(app.key, form.get("redirect_params", ""))
    visit.lines = lines
    return web.redirect(f"/kite/web/connect/basket/{visit.key}", 303)


def show_basket(call: Call) -> Response:
    """GET /connect/basket/{visit}: the login, then the review."""
    visit = _visit(call)
    if visit.account is None:
        return LOGIN.page(known_app(call, visit.app), orders=len(visit.lines))
    return _review(call, visit)


async def act_on_basket(call: Call) -> Response:
    """POST /connect/basket/{visit}: log in, execute or cancel."""
    visit = _visit(call)
    app, form = known_app(call, visit.app), await call.request.form()
    match form.get("action"):
        case "cancel":
            visit.placed = True
            return LOGIN.send_back(app, Back(LoginEnd.CANCELLED, _sent(visit)))
        case "execute" if visit.account is not None:
            return _execute(call, visit, app, form)
    account = LOGIN.typed_account(call, form)
    if isinstance(account, str):
        return LOGIN.page(app, problem=account, user_name=form.get("user_id", ""), orders=len(visit.lines))
    visit.account = account
    return web.redirect(call.request.path, 303)


def _execute(call: Call, visit: Visit, app: App, form: Mapping[str, str]) -> Response:
    wrong = browser_orders.edit(visit.lines, [form.get(f"quantity_{at}") for at in range(len(visit.lines))])
    if wrong is not None:
        return _review(call, visit, f"Enter a quantity for {wrong.form.symbol}.")
    if lacking := visit.to_release():
        wanted = call.world.depository.open(visit.client, lacking)
        if depository.type_secret(call.exchange, wanted, form, otp=False) is not Step.DONE:
            return _review(call, visit, f"Authorise {', '.join(lacking)} with your TPIN first.")
    browser_orders.place(call, visit, lambda one: [call.place_in_browser(visit.client, one.ticket(app.key))])
    back = Back(LoginEnd.SUCCESS, _sent(visit), LOGIN.proof(call, visit.client, app), visit.client)
    if any(line.refusal for line in visit.lines):
        return browser_orders.result_page(visit, "Some orders were refused", onward=LOGIN.address(app, back))
    return LOGIN.send_back(app, back)


def _review(call: Call, visit: Visit, problem: str | None = None) -> Response:
    intro = f"{visit.client.user_id} at Zerodha, for {visit.app}"
    words = ReviewWords(
        "Zerodha basket", intro, ("execute", "Execute"), quantity="quantity_{}", tpin=True,
        heading="Review your orders", products={"CNC": "Delivery"},
    )  # fmt: skip
    return browser_orders.review_page(call, visit, words, problem)


def _visit(call: Call) -> Visit:
    """Raises `Refused` when it is over."""
    visit = call.world.visits.find(call.path["visit"])
    if visit is None or visit.placed:
        raise _GONE
    return visit


def _sent(visit: Visit) -> Pairs:
    return parse_qsl(visit.back, keep_blank_values=True)


def read_lines(data: str) -> list[Line]:
    """The orders of a basket: a JSON array of one to ten. Raises `Refused`."""
    try:
        given = msgspec.json.decode(data, type=list[dict[str, str | int | float | bool | None]])
    except msgspec.MsgspecError:
        raise input_error("The basket is not a JSON array of orders.") from None
    if not 1 <= len(given) <= LARGEST_BASKET:
        raise input_error(f"A basket holds one to {LARGEST_BASKET} orders.")
    return [_line(order) for order in given]


def _line(order: Mapping[str, str | int | float | bool | None]) -> Line:
    if isinstance(order.get("quantity"), bool) or not isinstance(order.get("quantity"), int):
        raise input_error("Invalid `quantity`.")
    given = {name: str(value) for name, value in order.items() if value is not None and not isinstance(value, bool)}
    form = read_order({"product": "CNC"} | given, read_variety(given.get("variety", "regular")), protected=False)
    if form.symbol not in listed():
        raise input_error(f"{form.symbol} does not exist on NSE.")
    return Line(form, editable=order.get("readonly") is not True)


async def request_authorisation(call: Call) -> Response:
    """POST /portfolio/holdings/authorise: repeated `isin` and `quantity`, or nothing for all holdings."""
    pairs = await call.request.form_pairs()
    isins, amounts = ([value for name, value in pairs if name == wanted] for wanted in ("isin", "quantity"))
    if len(isins) != len(amounts):
        raise input_error("`isin` and `quantity` do not match.")
    symbols = {security.isin: symbol for symbol, security in listed().items()}
    if not all(isin in symbols and amount.isdecimal() for isin, amount in zip(isins, amounts, strict=True)):
        raise input_error("Invalid `isin` or `quantity`.")
    quantities = {symbols[isin]: int(amount) for isin, amount in zip(isins, amounts, strict=True)}
    wanted = call.world.depository.open(call.account, quantities or None, app=call.session.app)
    return success({"request_id": wanted.key})


def show_authorisation(call: Call) -> Response:
    """GET /connect/portfolio/authorise/holdings/{key}/{id}"""
    go, leave = ("authorise", "Authorise"), ("cancel", "Cancel")
    return depository.page(_wanted(call), "Zerodha", go, leave, otp=False)


async def authorise(call: Call) -> Response:
    """The TPIN form."""
    wanted, form = _wanted(call), await call.request.form()
    agreed = form.get("action") == "authorise"
    if not agreed or depository.type_secret(call.exchange, wanted, form, otp=False) is not Step.DONE:
        wanted.step = Step.REFUSED
    status = "success" if wanted.step is Step.DONE else "error"
    return web.redirect(f"{call.request.path}/finish?status={status}", 303)


def finished(call: Call) -> Response:
    """GET …/finish?status=…"""
    agreed = call.request.query.get("status") == "success"
    text = "You can close this window." if agreed else "Nothing was authorised. You can close this window."
    return pages.render("message.html", title="Holdings authorised" if agreed else "Not authorised", text=text)


def _wanted(call: Call) -> Authorisation:
    """Raises `Refused` when it is over or another app's."""
    wanted = call.world.depository.find(call.path["id"])
    if wanted is None or wanted.over or wanted.app != call.path["key"]:
        raise _GONE
    return wanted
