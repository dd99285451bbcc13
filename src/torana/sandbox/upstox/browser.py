"""The login dialog, and UpLink Business: the client reviews an app's orders on Upstox's own page and confirms or
cancels them there.

The app's form opens a visit; the browser then sees one page whose content follows the visit. `Done` sends it to the
app's `redirect_url`, to which nothing is added. The access token stays on the server from the first step on. How the
real dialog comes back when the client cancels is not documented: the simulator answers as OAuth 2.0 does, with `error`.
Nor is how long a code is good. Source: Upstox developer API documentation, authorize, get token, UpLink Business.
"""

import secrets
from typing import cast
from urllib.parse import urlsplit

from torana.sandbox import web
from torana.sandbox.browser_orders import ReviewWords
from torana.sandbox.call import Call
from torana.sandbox.login import SIX_DIGITS, Back, Login, Pairs, Typed, daily
from torana.sandbox.magic import LoginEnd
from torana.sandbox.models import Order
from torana.sandbox.order_form import OrderForm
from torana.sandbox.token_basket import TokenBasket
from torana.sandbox.upstox import orders
from torana.sandbox.upstox.errors import Code, refused
from torana.sandbox.upstox.hours import check_orders_open
from torana.sandbox.upstox.orders import UpstoxForm
from torana.sandbox.upstox.place import cancel, check_known, submit
from torana.sandbox.upstox.wire import PERSON, VOCABULARY
from torana.sandbox.visits import Line, Visit
from torana.sandbox.web import Response
from torana.sandbox.world import App

_ERRORS = {LoginEnd.CANCELLED: "access_denied", LoginEnd.FAILED: "server_error"}


def _app_of(call: Call) -> App:
    query = call.request.query
    app = call.app(query.get("client_id", ""))
    if app is None or query.get("redirect_uri") != app.redirect_url:
        raise refused(Code.CLIENT_OR_REDIRECT_WRONG)
    if query.get("response_type") != "code":
        raise refused(Code.INVALID_INPUT, "response_type", query.get("response_type"))
    return app


def _back(back: Back) -> Pairs:
    end = ("error", _ERRORS[back.end]) if back.end in _ERRORS else ("code", back.proof)
    return [end, *back.sent]


LOGIN = Login(
    broker="upstox", name="Upstox", until="03:30 tomorrow", ends=daily("03:30"), user_id_form="0AAA00",
    app_of=_app_of, back=_back, code_seconds=60.0, redirect_status=303,
    sent=lambda call: [(name, value) for name, value in call.request.query.items() if name == "state" and value],
    typed=(Typed("pin", "PIN (any six digits)", "Enter a PIN of six digits; any will do.", SIX_DIGITS, "000000"),),
)  # fmt: skip


async def token(call: Call) -> Response:
    """The answer has no envelope."""
    if not call.request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise refused(Code.MALFORMED_INPUT)
    form = await call.request.form()
    if form.get("grant_type") != "authorization_code":
        raise refused(Code.INVALID_INPUT, "grant_type", form.get("grant_type"))
    app = call.app(form.get("client_id", ""))
    if app is None or not secrets.compare_digest(app.secret.encode(), form.get("client_secret", "").encode()):
        raise refused(Code.CLIENT_OR_SECRET_WRONG)
    if form.get("redirect_uri") != app.redirect_url:
        raise refused(Code.REDIRECT_WRONG)
    account, access_token = LOGIN.redeem(call, app, form.get("code", ""), refused(Code.AUTH_CODE_WRONG))
    return web.json(PERSON(account) | {"access_token": access_token, "extended_token": None})


def logout(call: Call) -> object:
    call.session.ended = True
    return True


def _submit(call: Call, visit: Visit, form: OrderForm) -> list[Order]:
    return submit(call, visit.client, visit.app, cast(UpstoxForm, form), call.place_in_browser)


UPLINK = TokenBasket(
    broker="Upstox",
    words=ReviewWords(
        "Review orders, Upstox", "Upstox UpLink, account {client}", ("place", "Place order"), products={"D": "Delivery"}
    ),
    vocabulary=VOCABULARY,
    submit=_submit,
    cancel=cancel,
    check=check_orders_open,
    gone=refused(Code.RESOURCE_NOT_FOUND),
    wrong_quantity=refused(Code.QUANTITY_ZERO, "quantity"),
)


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
    return UPLINK.to_page(visit)


async def open_cancel(call: Call) -> Response:
    """The app's form with one order to cancel."""
    visit, form = await _open(call)
    visit.cancels = orders.read_order_id(form)
    if call.exchange.find(visit.client, visit.cancels).final:
        raise refused(Code.CANCEL_FINAL)
    return UPLINK.to_page(visit)


async def _open(call: Call) -> tuple[Visit, dict[str, str]]:
    """Raises `Refused`."""
    form = await call.request.form()
    session = call.logged_in(form.get("access_token", ""))
    check_orders_open(call)
    parts = urlsplit(form.get("redirect_url", ""))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise refused(Code.INVALID_INPUT, "redirect_url", text="The 'redirect_url' is invalid")
    return UPLINK.open(call, session, form["redirect_url"]), form
