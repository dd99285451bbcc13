"""Orders that the client's own browser brings: the offsite basket, and the authorisation of holdings.

Source: Kite Connect v3 documentation, offsite order execution; holdings authorisation. What the app gets back from a
closed basket is not documented: the simulator sends `status=cancelled`. The return carries no order ids.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

from torana.sandbox import browser_orders, depository, pages, web
from torana.sandbox.browser_orders import Line, ReviewWords, Visit
from torana.sandbox.call import Call
from torana.sandbox.depository import Authorisation, Step
from torana.sandbox.kite.errors import input_error, success
from torana.sandbox.kite.login import LOGIN, known_app
from torana.sandbox.kite.orders import read_order, read_variety
from torana.sandbox.login import Back
from torana.sandbox.magic import LoginEnd
from torana.sandbox.prices import listed
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

LARGEST_BASKET = 10
_GONE = Refused(410, "GeneralException", "Nothing is here any more. Start again from the app.")


async def open_basket(call: Call) -> Response:
    """POST /connect/basket: take the orders, then show the login."""
    form = await call.request.form()
    app = known_app(call, form.get("api_key", ""))
    lines = read_lines(form.get("data", ""))
    visit = call.world.visits.open(app.key, form.get("redirect_params", ""))
    visit.lines = lines
    return web.redirect(f"/kite/web/connect/basket/{visit.key}", 303)


async def show_basket(call: Call) -> Response:
    """GET /connect/basket/{visit}: the login, then the review."""
    visit = _visit(call)
    if visit.account is None:
        return LOGIN.page(known_app(call, visit.app), orders=len(visit.lines))
    return _review(call, visit)


async def act_on_basket(call: Call) -> Response:
    """POST /connect/basket/{visit}: log in, execute or cancel."""
    visit = _visit(call)
    app = known_app(call, visit.app)
    form = await call.request.form()
    match form.get("action"):
        case "cancel":
            visit.placed = True
            return LOGIN.send_back(app, Back(LoginEnd.CANCELLED, _sent(visit)))
        case "execute" if visit.account is not None:
            return _execute(call, visit, form)
    account = LOGIN.typed_account(call, form)
    if isinstance(account, str):
        user_name = form.get("user_id", "")
        return LOGIN.page(app, problem=account, user_name=user_name, orders=len(visit.lines))
    visit.account = account
    return web.redirect(call.request.path, 303)


def _execute(call: Call, visit: Visit, form: Mapping[str, str]) -> Response:
    wrong = browser_orders.edit(visit.lines, [form.get(f"quantity_{at}") for at in range(len(visit.lines))])
    if wrong is not None:
        return _review(call, visit, f"Enter a quantity for {wrong.form.symbol}.")
    account, lacking = visit.client, visit.to_release()
    if lacking:
        wanted = call.world.depository.open(account, lacking)
        if depository.type_secret(call.exchange, wanted, form, otp=False) is not Step.DONE:
            return _review(call, visit, f"Authorise {', '.join(lacking)} with your TPIN first.")
    app = known_app(call, visit.app)
    browser_orders.place(call, visit, lambda one: [call.place_in_browser(account, one.ticket(app.key))])
    back = Back(LoginEnd.SUCCESS, _sent(visit), LOGIN.proof(call, account, app), account)
    if any(line.refusal for line in visit.lines):
        return browser_orders.result_page(visit, "Some orders were refused", onward=LOGIN.address(app, back))
    return LOGIN.send_back(app, back)


def _review(call: Call, visit: Visit, problem: str | None = None) -> Response:
    words = ReviewWords(
        title="Zerodha basket",
        intro=f"{visit.client.user_id} at Zerodha, for {visit.app}",
        button=("execute", "Execute"),
        quantity="quantity_{}",
        tpin=True,
    )
    return browser_orders.review_page(call, visit, words, problem)


def _visit(call: Call) -> Visit:
    """Raises `Refused` when it is over."""
    visit = call.world.visits.find(call.path["visit"])
    if visit is None or visit.placed:
        raise _GONE
    return visit


def _sent(visit: Visit) -> list[tuple[str, str]]:
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
    isins = [value for name, value in pairs if name == "isin"]
    amounts = [value for name, value in pairs if name == "quantity"]
    if len(isins) != len(amounts):
        raise input_error("`isin` and `quantity` do not match.")
    symbols = {security.isin: symbol for symbol, security in listed().items()}
    quantities: dict[str, int] = {}
    for isin, amount in zip(isins, amounts, strict=True):
        if isin not in symbols or not amount.isdecimal():
            raise input_error("Invalid `isin` or `quantity`.")
        quantities[symbols[isin]] = int(amount)
    wanted = call.world.depository.open(call.account, quantities or None, app=call.session.app)
    return success({"request_id": wanted.key})


async def show_authorisation(call: Call) -> Response:
    """GET /connect/portfolio/authorise/holdings/{key}/{id}"""
    return pages.render(
        "authorise.html", wanted=_wanted(call), broker="Zerodha", action="", value=depository.WRONG_SECRET,
        strict=False, go=("authorise", "Authorise"), leave=("cancel", "Cancel"),
    )  # fmt: skip


async def authorise(call: Call) -> Response:
    """The TPIN form."""
    wanted = _wanted(call)
    form = await call.request.form()
    agreed = form.get("action") == "authorise"
    if not agreed or depository.type_secret(call.exchange, wanted, form, otp=False) is not Step.DONE:
        wanted.step = Step.REFUSED
    status = "success" if wanted.step is Step.DONE else "error"
    return web.redirect(f"{call.request.path}/finish?status={status}", 303)


async def finished(call: Call) -> Response:
    """GET …/finish?status=…"""
    if call.request.query.get("status") == "success":
        return pages.render("message.html", title="Holdings authorised", text="You can close this window.")
    text = "Nothing was authorised. You can close this window."
    return pages.render("message.html", title="Not authorised", text=text)


def _wanted(call: Call) -> Authorisation:
    """Raises `Refused` when it is over or another app's."""
    wanted = call.world.depository.find(call.path["id"])
    if wanted is None or wanted.over or wanted.app != call.path["key"]:
        raise _GONE
    return wanted
