"""UpLink Business: the investor reviews an app's orders on Upstox's own page and confirms or cancels them there.

The app's form opens a visit; the browser then sees one page whose content follows the visit: review, the CDSL
authorisation where shares of an account without a standing one are sold, result. `Done` sends it to the app's
`redirect_url`, to which nothing is added. The access token stays on the server from the first step on.
Source: Upstox developer API documentation, UpLink Business: place order, cancel order, CDSL auth.
"""

from typing import cast
from urllib.parse import urlsplit

from torana.sandbox import browser_orders, pages, web
from torana.sandbox.browser_orders import Line, ReviewWords, Visit
from torana.sandbox.call import Call
from torana.sandbox.depository import Step, type_secret
from torana.sandbox.models import Order
from torana.sandbox.order_form import OrderForm
from torana.sandbox.prices import listed
from torana.sandbox.refusals import Refused
from torana.sandbox.upstox import orders
from torana.sandbox.upstox.errors import Code, refused
from torana.sandbox.upstox.orders import VOCABULARY, UpstoxForm
from torana.sandbox.upstox.place import cancel, check_known, submit
from torana.sandbox.upstox.rules import check_orders_open
from torana.sandbox.web import Response


async def open_place(call: Call) -> Response:
    """The app's form with orders."""
    visit, form = await _open(call)
    given = orders.decode(form.get("data", ""))
    if not isinstance(given, list) or not given or not all(isinstance(entry, dict) for entry in given):
        raise refused(Code.MALFORMED_INPUT, "data")
    forms = [orders.read_order(entry, orders.UPLINK) for entry in given]
    for one in forms:
        check_known(one)
    editable = form.get("is_editable", "true").lower() != "false"
    visit.lines = [Line(one, editable) for one in forms]
    return _to_page(visit)


async def open_cancel(call: Call) -> Response:
    """The app's form with one order to cancel."""
    visit, form = await _open(call)
    visit.cancels = orders.read_order_id(form)
    if call.exchange.find(visit.client, visit.cancels).final:
        raise refused(Code.CANCEL_FINAL)
    return _to_page(visit)


async def _open(call: Call) -> tuple[Visit, dict[str, str]]:
    """Raises `Refused`."""
    form = await call.request.form()
    session = call.logged_in(form.get("access_token", ""))
    check_orders_open(call)
    parts = urlsplit(form.get("redirect_url", ""))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise refused(Code.INVALID_INPUT, "redirect_url", text="The 'redirect_url' is invalid")
    visit = call.world.visits.open(session.app, form["redirect_url"])
    visit.session, visit.account = session, session.account
    return visit, form


def show(call: Call) -> Response:
    visit = _visit(call)
    if visit.cancels is not None:
        return _cancel_page(call, visit, visit.cancels)
    if visit.placed:
        sent, all_lines = sum(1 for line in visit.lines if line.order_ids), len(visit.lines)
        title = "Orders sent" if sent == all_lines else f"{sent} of {all_lines} orders sent"
        return browser_orders.result_page(visit, title, done=f"{visit.key}/done")
    if visit.authorisation is not None:
        return pages.render(
            "authorise.html", wanted=visit.authorisation, broker="Upstox", action=f"{visit.key}/authorise", value="",
            strict=True, go=("verify", "Verify"), leave=("back", "Back to review"),
        )  # fmt: skip
    words = ReviewWords(
        title="Review orders, Upstox",
        intro=f"Upstox UpLink, account {visit.client.user_id}",
        button=("place", "Place order"),
        action=f"{visit.key}/confirm",
    )
    return browser_orders.review_page(call, visit, words)


async def confirm(call: Call) -> Response:
    """A button of the review page, or of the question whether to cancel."""
    visit = _visit(call)
    pairs = await call.request.form_pairs()
    if visit.placed:
        return _to_page(visit)
    if dict(pairs).get("action") in ("cancel", "no") or visit.session is None:
        return web.redirect(visit.back, 303)
    call.still_live(visit.session)
    check_orders_open(call)
    if visit.cancels is not None:
        _cancel(call, visit, visit.cancels)
        return _to_page(visit)
    _edit(visit, [value for name, value in pairs if name == "quantity"])
    if lacking := visit.to_release():
        visit.authorisation = call.world.depository.open(visit.client, lacking)
        return _to_page(visit)
    browser_orders.place(call, visit, lambda form: _submit(call, visit, form))
    return _to_page(visit)


async def authorise(call: Call) -> Response:
    """TPIN, then the one-time password of the depository; then back to the review."""
    visit = _visit(call)
    form = await call.request.form()
    if visit.authorisation is None:
        return _to_page(visit)
    visit.released = form.get("action") != "back" and (
        type_secret(call.exchange, visit.authorisation, form) is Step.DONE
    )
    if visit.released or form.get("action") == "back":
        visit.authorisation = None
    return _to_page(visit)


def done(call: Call) -> Response:
    return web.redirect(_visit(call).back, 303)


def _visit(call: Call) -> Visit:
    visit = call.world.visits.find(call.path["visit"])
    if visit is None:
        raise refused(Code.RESOURCE_NOT_FOUND)
    return visit


def _to_page(visit: Visit) -> Response:
    """Relative, because every form of UpLink is two segments below `/v2/uplink`."""
    return web.redirect(f"../{visit.key}", 303)


def _edit(visit: Visit, quantities: list[str]) -> None:
    """What the investor made of the quantities. Raises `Refused`."""
    if not visit.lines[0].editable:
        return
    if len(quantities) != len(visit.lines):
        raise refused(Code.INVALID_INPUT, "quantity")
    if browser_orders.edit(visit.lines, quantities) is not None:
        raise refused(Code.QUANTITY_ZERO, "quantity")


def _submit(call: Call, visit: Visit, form: OrderForm) -> list[Order]:
    return submit(call, visit.client, visit.app, cast(UpstoxForm, form), call.place_in_browser)


def _cancel(call: Call, visit: Visit, order_id: str) -> None:
    visit.placed = True
    try:
        cancel(call, visit.client, order_id)
    except Refused as problem:
        visit.message = problem.text


def _cancel_page(call: Call, visit: Visit, order_id: str) -> Response:
    order = call.exchange.find(visit.client, order_id)
    return pages.render(
        "cancel_order.html",
        base=visit.key,
        order_id=order.order_id,
        name=listed()[order.symbol].name,
        side=order.side.capitalize(),
        quantity=order.quantity,
        word=VOCABULARY.word_of(order),
        finished=visit.placed,
        message=visit.message,
    )
