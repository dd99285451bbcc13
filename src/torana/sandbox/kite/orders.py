"""Orders as Kite takes and shows them: parameters, rows of the book and the history, trades, postbacks.

Parameters come form-encoded from the API and as JSON from a browser basket. On the way out prices are JSON numbers in
rupees, quantities JSON integers; moments are Indian wall time, `YYYY-MM-DD HH:MM:SS`.
Source: Kite Connect v3 documentation, orders; offsite order execution; postbacks. Simulated: delivery (CNC) of NSE
equities as MARKET or LIMIT, DAY or IOC, variety regular or amo. Everything else that Kite knows is refused as not
simulated. Texts of rejections are invented in kind.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from torana.kit.clock import IST
from torana.sandbox.exchange import Exchange
from torana.sandbox.kite.errors import TAG_LENGTH, input_error, refuse
from torana.sandbox.kite.instruments import NAMES, symbol_of
from torana.sandbox.models import Order, OrderType, Reason, Side, State
from torana.sandbox.order_form import OrderForm, Reader
from torana.sandbox.order_views import OrderView, TradeView, order_view
from torana.sandbox.postbacks import Postback
from torana.sandbox.vocabulary import OMS_MODIFYING, OMS_WORDS, Vocabulary
from torana.sandbox.wire import Shape, Style
from torana.sandbox.world import App

VARIETIES = ("regular", "amo", "co", "iceberg", "auction")
EXCHANGES = ("NSE", "BSE", "NFO", "CDS", "BCD", "MCX", "BFO")
ORDER_TYPES = ("MARKET", "LIMIT", "SL", "SL-M")
PRODUCTS = ("CNC", "NRML", "MIS", "MTF")
VALIDITIES = ("DAY", "IOC", "TTL")
AUTOMATIC_PROTECTION = Decimal(-1)
LARGEST_PROTECTION = Decimal(100)
"""Per cent."""
LARGEST_ORDER = 100_000
"""Shares of one order: the broker's own limit, beside the exchange's freeze quantity."""

VOCABULARY = Vocabulary(
    words={state: word.upper() for state, word in OMS_WORDS.items()} | {State.AMO_RECEIVED: "AMO REQ RECEIVED"},
    undocumented="HELD BY SURVEILLANCE",
    modifying=tuple(word.upper() for word in OMS_MODIFYING),
    cancelled_amo="CANCELLED AMO",
    strange_in=frozenset(State),
)

_TAG = re.compile(r"[A-Za-z0-9 ]+")
"""Called alphanumeric; the documented order book has tags with spaces (`connect test order1`)."""
_RAW: dict[Reason, str] = {
    Reason.FUNDS: "RMS:Margin Exceeds, cash available is below the order value",
    Reason.HOLDINGS: "RMS:Rule: Check holdings for entity account across exchange",
    Reason.CIRCUIT: "RMS:Rule: Check circuit limit including square off order exceeds",
    Reason.FREEZE: "RMS:Rule: Freeze quantity exceeds",
}
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
    symbol = symbol_of(reader.text("tradingsymbol"))
    reader.choice("exchange", EXCHANGES, ("NSE",))
    side = Side(reader.choice("transaction_type", ("BUY", "SELL")))
    kind = reader.choice("order_type", ORDER_TYPES, ("MARKET", "LIMIT"))
    quantity = reader.whole("quantity", least=1)
    if quantity > LARGEST_ORDER:
        raise input_error("The maximum allowed `quantity` of one order is 100000 shares.")
    product = reader.choice("product", PRODUCTS, ("CNC",))
    validity = reader.choice("validity", VALIDITIES, ("DAY", "IOC"), default="DAY")
    if reader.has("disclosed_quantity"):
        reader.whole("disclosed_quantity", least=0)
    protection = _protection(reader)
    if kind == "MARKET" and protected and not protection:
        raise input_error("Market orders need `market_protection`: -1 for automatic, or a percentage.")
    if reader.has("autoslice"):
        reader.choice("autoslice", ("true", "false"))
    price = reader.price("price", least=1) if kind == "LIMIT" else 0
    tag = reader.optional_text("tag", _TAG, TAG_LENGTH)
    kept = {"market_protection": f"{protection:f}"}
    return OrderForm(symbol, side, quantity, kind, price, product, validity, variety == "amo", tag, extra=kept)


def _protection(reader: Reader) -> Decimal:
    protection = Decimal(reader.number("market_protection")) if reader.has("market_protection") else Decimal(0)
    if protection != AUTOMATIC_PROTECTION and not 0 <= protection <= LARGEST_PROTECTION:
        raise input_error("Invalid `market_protection`.")
    return protection


_ROW = """
    placed_by=account_id order_id exchange_order_id parent_order_id=null status status_message=message
    order_timestamp=at exchange_timestamp=exchange_at variety modified exchange="NSE" tradingsymbol instrument_token
    order_type transaction_type=side validity validity_ttl=0 product quantity disclosed_quantity=0 price trigger_price=0
    average_price filled_quantity=filled pending_quantity=unfilled cancelled_quantity=cancelled auction_number=null tag
"""


_BOOK_NAMES = {
    "variety": lambda view: "amo" if view.amo else "regular",
    "status_message_raw": lambda view: view.reason and _RAW.get(view.reason, view.message or ""),
    "guid": lambda view: f"{view.order.guid[:6]}X{view.order_id[-9:]}",
    "tags": lambda view: [view.tag] if view.tag else [],
}
STYLE = Style(names=NAMES)
HISTORY = Shape(OrderView, STYLE, _ROW, **_BOOK_NAMES)
"""The documented history of a changed order says `modified: false` in all rows, also behind the change."""
_BOOK = Shape(
    OrderView,
    STYLE,
    _ROW + "account_id status_message_raw exchange_update_timestamp=exchange_at meta={} guid tags",
    **_BOOK_NAMES,
)
TRADE = Shape(
    TradeView,
    STYLE,
    """
    trade_id order_id exchange="NSE" tradingsymbol instrument_token product average_price=price quantity
    exchange_order_id transaction_type=side fill_timestamp=at order_timestamp exchange_timestamp=at
    """,
    order_timestamp=lambda view: f"{view.at.astimezone(IST):%H:%M:%S}",
)


def book_row(view: OrderView) -> dict[str, object]:
    return _BOOK(view) | _shown_protection(view.order)


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
