"""The login dialog, and UpLink Business: the client reviews an app's orders on Upstox's own page and confirms or
cancels them there.

The app's form opens a visit; the browser then sees one page whose content follows the visit. `Done` sends it to the
app's `redirect_url`, to which nothing is added. The access token stays on the server from the first step on. How the
real dialog comes back when the client cancels is not documented: the simulator answers as OAuth 2.0 does, with `error`.
Nor is how long a code is good. Source: Upstox developer API documentation, authorize, get token, UpLink Business.
"""

from datetime import time
from typing import cast

from torana.sandbox import oauth, web
from torana.sandbox.browser_orders import ReviewWords
from torana.sandbox.call import Call
from torana.sandbox.dialect import asleep_before
from torana.sandbox.login import SIX_DIGITS, Login, Typed, daily
from torana.sandbox.models import Order
from torana.sandbox.oauth import Problem
from torana.sandbox.order_form import OrderForm
from torana.sandbox.refusals import Refused
from torana.sandbox.token_basket import TokenBasket
from torana.sandbox.upstox import orders
from torana.sandbox.upstox.errors import Code, refused
from torana.sandbox.upstox.place import cancel, check_known, submit
from torana.sandbox.upstox.wire import PERSON, VOCABULARY
from torana.sandbox.visits import Line, Visit
from torana.sandbox.web import Response

SERVICE_OPENS = time(5, 30)
"""Wall time in IST from which, until midnight, orders and funds can be reached. Source: service hours."""
check_orders_open = asleep_before(SERVICE_OPENS, refused(Code.ORDERS_CLOSED))
check_funds_open = asleep_before(SERVICE_OPENS, refused(Code.FUNDS_CLOSED))

_PROBLEMS = {
    Problem.CLIENT: Code.CLIENT_OR_REDIRECT_WRONG,
    Problem.NOT_A_FORM: Code.MALFORMED_INPUT,
    Problem.SECRET: Code.CLIENT_OR_SECRET_WRONG,
    Problem.ADDRESS: Code.REDIRECT_WRONG,
    Problem.CODE: Code.AUTH_CODE_WRONG,
}


def _refuse(problem: Problem, value: object) -> Refused:
    code = _PROBLEMS.get(problem)
    return refused(code) if code else refused(Code.INVALID_INPUT, problem.value, value)


LOGIN = Login(
    broker="upstox", name="Upstox", until="03:30 tomorrow", ends=daily("03:30"), user_id_form="0AAA00",
    app_of=oauth.app_of(_refuse), back=oauth.back, sent=oauth.sent, code_seconds=60.0, redirect_status=303,
    typed=(Typed("pin", "PIN (any six digits)", "Enter a PIN of six digits; any will do.", SIX_DIGITS, "000000"),),
)  # fmt: skip


async def token(call: Call) -> Response:
    """The answer has no envelope."""
    account, access_token = await oauth.redeem(call, LOGIN, _refuse)
    return web.json(PERSON(account) | {"access_token": access_token, "extended_token": None})


def _submit(call: Call, visit: Visit, form: OrderForm) -> list[Order]:
    return submit(call, visit.client, visit.app, cast(orders.UpstoxForm, form), call.place_in_browser)


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
    wrong_address=refused(Code.INVALID_INPUT, "redirect_url", text="The 'redirect_url' is invalid"),
    wrong_quantity=refused(Code.QUANTITY_ZERO, "quantity"),
)


async def open_place(call: Call) -> Response:
    """The app's form with orders."""
    visit, form = await UPLINK.open(call)
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
    visit, form = await UPLINK.open(call)
    visit.cancels = orders.read_order_id(form)
    if call.exchange.find(visit.client, visit.cancels).final:
        raise refused(Code.CANCEL_FINAL)
    return UPLINK.to_page(visit)
