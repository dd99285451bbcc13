"""Orders as Kite takes and shows them: parameters, the markers of a protected market order, postbacks.

Parameters come form-encoded from the API and as JSON from a browser basket.
Source: Kite Connect v3 documentation, orders; offsite order execution; postbacks. Simulated: delivery (CNC) of equities
of NSE and BSE as MARKET or LIMIT, DAY or IOC, variety regular or amo. Everything else that Kite knows is refused as not
simulated.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from torana.sandbox.exchange import Exchange
from torana.sandbox.kite.errors import TAG_LENGTH, input_error, refuse
from torana.sandbox.kite.wire import BOOK, VOCABULARY, securities
from torana.sandbox.models import Order, OrderType, Side
from torana.sandbox.order_form import OrderForm, Reader
from torana.sandbox.order_views import OrderView, order_view
from torana.sandbox.postbacks import Postback
from torana.sandbox.securities import EXCHANGES
from torana.sandbox.world import App

VARIETIES = ("regular", "amo", "co", "iceberg", "auction")
ORDER_TYPES = ("MARKET", "LIMIT", "SL", "SL-M")
AUTOMATIC_PROTECTION, LARGEST_PROTECTION = Decimal(-1), Decimal(100)
"""Per cent."""
LARGEST_ORDER = 100_000
"""Shares of one order: the broker's own limit, beside the exchange's freeze quantity."""
_TAG = re.compile(r"[A-Za-z0-9 ]+")
"""Called alphanumeric; the documented order book has tags with spaces (`connect test order1`)."""
_APP_ID = 4242
_AUTOMATIC = Decimal(2)
"""Percent away from the last price that Kite allows by itself, for most prices."""


def read_variety(variety: str) -> str:
    """`regular` or `amo`. Raises `Refused`."""
    return Reader({"variety": variety}, refuse).choice("variety", VARIETIES, ("regular", "amo"))


def read_order(given: Mapping[str, str], variety: str, *, protected: bool = True) -> OrderForm:
    """The order in a request of the API. Raises `Refused` with the first thing that is wrong.

    `protected`: a MARKET order must name a market protection (API orders, not those of a browser basket).
    """
    reader = Reader(given, refuse)
    name = reader.text("tradingsymbol")
    exchange = reader.choice("exchange", (*EXCHANGES, "NFO", "CDS", "BCD", "MCX", "BFO"), EXCHANGES)
    side = Side(reader.choice("transaction_type", ("BUY", "SELL")))
    kind = reader.choice("order_type", ORDER_TYPES, ("MARKET", "LIMIT"))
    quantity = reader.whole("quantity", least=1)
    if quantity > LARGEST_ORDER:
        raise input_error("The maximum allowed `quantity` of one order is 100000 shares.")
    product = reader.choice("product", ("CNC", "NRML", "MIS", "MTF"), ("CNC",))
    validity = reader.choice("validity", ("DAY", "IOC", "TTL"), ("DAY", "IOC"), default="DAY")
    if reader.has("disclosed_quantity"):
        reader.whole("disclosed_quantity", least=0)
    protection = Decimal(reader.number("market_protection")) if reader.has("market_protection") else Decimal(0)
    if protection != AUTOMATIC_PROTECTION and not 0 <= protection <= LARGEST_PROTECTION:
        raise input_error("Invalid `market_protection`.")
    if kind == "MARKET" and protected and not protection:
        raise input_error("Market orders need `market_protection`: -1 for automatic, or a percentage.")
    if reader.has("autoslice"):
        reader.choice("autoslice", ("true", "false"))
    price = reader.price("price", least=1) if kind == "LIMIT" else 0
    tag = reader.optional_text("tag", _TAG, TAG_LENGTH)
    security, kept = securities().get((exchange, name)), {"market_protection": f"{protection:f}"}
    return OrderForm(
        security.symbol if security else f"{exchange}:{name}", side, quantity, kind, price, product, validity,
        variety == "amo", tag, extra=kept, exchange=exchange,
    )  # fmt: skip


def book_row(view: OrderView) -> dict[str, object]:
    return BOOK(view) | _shown_protection(view.order)


def _shown_protection(order: Order) -> dict[str, object]:
    """How a market order under protection shows: Kite sends it to the exchange as a LIMIT order at the protected price
    and writes words of its own among the tags, after which `tag` is null."""
    asked = Decimal(order.asked.extra.get("market_protection", "0"))
    shown: dict[str, object] = {"market_protection": float(asked)}
    if order.order_type is not OrderType.MARKET or not asked:
        return shown
    percent = _AUTOMATIC if asked < 0 else asked
    words = ["mktp", f"mktp:{percent:.2f}"]
    shown |= {"tag": None, "tags": [*words, order.tag] if order.tag else words}
    if order.filled:
        away = percent if order.side is Side.BUY else -percent
        limit = (order.average_price * (100 + away) / 100).quantize(Decimal("0.05"))
        shown |= {"order_type": OrderType.LIMIT, "price": limit}
    return shown


def postback(exchange: Exchange, order: Order, app: App) -> Postback | None:
    """What Kite sends for the order's last change; None when such a change sends nothing."""
    status = _postback_status(order)
    if status is None:
        return None
    more = {"user_id": order.account_id, "app_id": _APP_ID, "unfilled_quantity": order.pending, "status": status}
    body = book_row(order_view(exchange, order, VOCABULARY)) | more
    proof = f"{order.order_id}{body['order_timestamp']}{app.secret}".encode()
    right, wrong = sha256(proof).hexdigest(), sha256(b"forged" + proof).hexdigest()
    return Postback.of(app.postback_url, body | {"checksum": right}, body | {"checksum": wrong})


def _postback_status(order: Order) -> str | None:
    if order.final:
        return VOCABULARY.words[order.state]
    if len(order.history) < 2:
        return None
    before, last = order.history[-2:]
    changed = (last.filled, last.quantity, last.limit_price) != (before.filled, before.quantity, before.limit_price)
    return "UPDATE" if changed else None
