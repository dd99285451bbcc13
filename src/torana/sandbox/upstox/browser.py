"""What a client's browser sees: the login, and UpLink Business.

UpLink Business: the client reviews an app's orders on Upstox's own page and confirms or cancels them there. The app's
form opens a visit; the browser then sees one page whose content follows the visit. `Done` sends it to the app's
`redirect_url`, to which nothing is added. The access token stays on the server from the first step on. How the real
dialog comes back when the client cancels is not documented: the simulator answers as OAuth 2.0 does, with `error`.
Nor is how long a code is good. Source: Upstox developer API documentation, authorize, get token, UpLink Business.
"""

from collections.abc import Mapping
from dataclasses import replace

from torana.sandbox import oauth
from torana.sandbox.browser_orders import ReviewWords
from torana.sandbox.login import SIX_DIGITS, Login, Typed, daily
from torana.sandbox.order_form import objects, parsed
from torana.sandbox.token_basket import TokenBasket
from torana.sandbox.upstox import orders, wire
from torana.sandbox.upstox.errors import TABLE, wrong
from torana.sandbox.visits import Line

LOGIN = Login(
    broker="upstox", name="Upstox", until="03:30 tomorrow", ends=daily("03:30"), user_id_form="0AAA00",
    app_of=oauth.app_of(TABLE), back=oauth.back, sent=oauth.sent, code_seconds=60.0, redirect_status=303,
    typed=(Typed("pin", "PIN (any six digits)", "Enter a PIN of six digits; any will do.", SIX_DIGITS, "000000"),),
)  # fmt: skip


def _read_lines(form: Mapping[str, str]) -> list[Line]:
    """The orders of a form of UpLink. Raises `Refused`."""
    given = parsed(form.get("data", ""), wrong("malformed_input"))
    entries = objects(given, wrong("malformed_input", "data"))
    forms = [orders.read_order(entry, orders.UPLINK) for entry in entries]
    for one in forms:
        orders.check_known(one)
    return [Line(one, editable=form.get("is_editable", "true").lower() != "false") for one in forms]


UPLINK = TokenBasket(
    broker="Upstox",
    words=ReviewWords(
        "Review orders, Upstox", "Upstox UpLink, account {client}", ("place", "Place order"), products={"D": "Delivery"}
    ),
    vocabulary=wire.VOCABULARY,
    read_lines=_read_lines,
    read_order_id=orders.read_order_id,
    submit=orders.submit,
    check=orders.check_open,
    gone=TABLE.named("resource_not_found"),
    final=TABLE.named("cancel_final"),
    wrong_address=replace(TABLE.named("invalid_input"), text="The 'redirect_url' is invalid"),
    wrong_quantity=TABLE.named("quantity_zero"),
)
