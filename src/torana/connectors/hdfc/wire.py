"""InvestRight's wire, as far as it is read. Source: the InvestRight Open API documentation and its samples.

An answer is `{"status": "success", "data": …}`, the one to a login and the one with prices are not. How a refusal looks
is documented nowhere but for its HTTP status: any object that is no success and holds a text is read as one.
"""

import base64
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import field

from torana.connectors.contract import Reason
from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name
from torana.connectors.reasons import Fragments, code_by_text
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow, PriceRow
from torana.connectors.symbols import code_of

WENT_WRONG = "45010"
"""The code of HDFC Sky after which an order may exist, whatever its text gives as a reason."""

NOT_THERE_OR_FINAL = ("cannot be cancelled", "order not found")
"""Refuses a cancellation. Of an order that is placed it proves nothing: it may have been looked for too early."""
FRAGMENTS: Fragments = tuple((text, Reason.INVALID_ORDER) for text in NOT_THERE_OR_FINAL)


class Token(msgspec.Struct, frozen=True, rename="camel"):
    """A JWT. It is not wrapped in anything."""

    access_token: Name


class Claims(msgspec.Struct, frozen=True):
    """What the token says: whose it is (`sub`, the client code), and when it ends, in seconds since 1970."""

    sub: Identifier
    exp: Annotated[int, msgspec.Meta(ge=0, le=10**10)]


class Depository(msgspec.Struct, frozen=True):
    """One demat account, with Y or N for each: electronic instruction slips, a standing instruction to debit."""

    edis_flag: str = ""
    ddpi_flag: str = ""


class Person(msgspec.Struct, frozen=True):
    user_name: str = ""
    depository_details: list[Depository] = []


class Order(OrderRow, frozen=True, kw_only=True):
    """A row of the order book. Amounts in rupees, quantities in shares, times on a clock in India (`DD/MM/YYYY`)."""

    order_id: Identifier
    status: str
    exchange: str
    segment: str = field(name="instrument_segment")
    symbol: str = field(name="tradingsymbol")
    side: str = field(name="transaction_type")
    product: str
    quantity: Decimal
    filled: Decimal = field(name="filled_quantity")
    pending_quantity: Decimal
    average_price: Decimal
    total_traded_value: Decimal
    code: Any = field(default=None, name="security_id")
    isin: str | None = None
    exchange_order_id: str | None = None
    message: str | None = field(default=None, name="status_message")
    raw_message: str | None = field(default=None, name="status_message_raw")
    placed_at: str | None = field(default=None, name="order_timestamp")
    order_slot: str | None = None
    tag: Any = field(default=None, name="external_reference_number")


class Holding(HoldingRow, frozen=True, kw_only=True):
    isin: Identifier
    exchange: str
    quantity: Decimal
    average_price: Decimal
    code: Any = field(default=None, name="security_id")
    mtf_indicator: str | None = None


class Position(PositionRow, frozen=True, kw_only=True):
    """One security and product; `t_day…` is today's. What came over from yesterday has fields of its own (`cf_…`)."""

    exchange: str
    segment: str = field(name="instrument_segment")
    product: str
    symbol: str = field(name="underlying_symbol")
    bought: Decimal = field(name="t_day_buy_quantity")
    sold: Decimal = field(name="t_day_sell_qty")
    buy_price: Decimal | None = field(default=None, name="t_day_average_buy_price")
    sell_price: Decimal | None = field(default=None, name="t_day_avg_sell_price")
    code: Any = field(default=None, name="security_id")


class Meta(msgspec.Struct, frozen=True, rename="camel"):
    status_code: Literal["OK"]


class Prices(msgspec.Struct, frozen=True):
    data: list[Any]
    meta: Meta


class Price(PriceRow, frozen=True, kw_only=True):
    exchange: str
    code: int | str = field(name="token")
    price: Decimal = field(name="ltp")


class _Refusal(msgspec.Struct, frozen=True, rename="camel"):
    status: Any = None
    message: Any = None
    error: Any = None
    display_message: Any = None
    error_code: Any = field(default=None, name="error_code")
    meta: Any = None


def claims(token: str) -> Claims:
    """What a token says of itself; its signature is the broker's business. Raises `Unreadable`."""
    parts = token.split(".")
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except (IndexError, ValueError):
        raise Unreadable("not a token that says whose it is") from None
    return decode(payload, Claims)


def failures(body: bytes) -> Sequence[Failure]:
    """The one text of a refusal, with the reason that it gives in the place of a code. HDFC Sky has codes, too: they
    count where the text gives none, and `WENT_WRONG` always. Raises `Unreadable` where there is no text, and for a
    success."""
    told = decode(body, _Refusal)
    meta = told.meta if isinstance(told.meta, Mapping) else {}
    texts = (told.message, told.error, told.display_message, meta.get("statusMsg"))
    text = next((one for one in texts if isinstance(one, str) and one), None)
    if text is None or told.status == "success":
        raise Unreadable("no refusal")
    code, by_text = code_of(told.error_code), code_by_text(text, FRAGMENTS)
    return [Failure(code if by_text is None or code == WENT_WRONG else by_text, text)]
