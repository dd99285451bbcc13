"""What Upstox calls a security, and the rows of its answers: amounts are JSON numbers in rupees; moments are Indian
wall time, in one format for orders and another one for trades."""

from dataclasses import replace
from zlib import crc32

from torana.market.models import Security
from torana.sandbox import instrument_files
from torana.sandbox.instrument_files import Index
from torana.sandbox.models import Reason, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.rejections import OMS_TEXTS
from torana.sandbox.securities import by_isin, with_series
from torana.sandbox.upstox.errors import TABLES
from torana.sandbox.vocabulary import OMS
from torana.sandbox.wire import Shape, Style, called

VOCABULARY, ROWS = OMS, TABLES.rows
SEGMENTS = {"NSE_EQ": "NSE", "BSE_EQ": "BSE"}


def instrument_key(security: Security) -> str:
    """The segment and the ISIN: `NSE_EQ|INE467B01029`."""
    return f"{security.exchange}_EQ|{security.isin}"


def find_by_key(key: str) -> Security | None:
    """The security of an instrument key, in exactly its case; None for any other segment."""
    segment, _, isin = key.partition("|")
    return by_isin(isin, SEGMENTS[segment]) if segment in SEGMENTS else None


STYLE = Style(
    securities=called(
        ROWS["security"], instrument_token=instrument_key, instrument_key=instrument_key, trading_symbol=with_series,
        tradingsymbol=with_series, segment=lambda one: f"{one.exchange}_EQ",
    ),
    names={
        "order_ref_id": lambda view: f"udapi-{view.order.guid.replace('-', '')[:14]}",
        "order_request_id": lambda view: str(view.changes + 1),
        "status_message": lambda view: _rejection(view)[0],
        "status_message_raw": lambda view: _rejection(view)[1],
    },
)  # fmt: skip


def _rejection(view: OrderView) -> tuple[str | None, str | None]:
    """`status_message` and `status_message_raw`; nothing for an order that was not rejected."""
    order = view.order
    if order.state is not State.REJECTED or not view.last:
        return None, None
    text, raw = (order.reason and OMS_TEXTS.get(order.reason)) or (order.message, order.message)
    if order.reason is Reason.FUNDS:
        text = f"You need to add Rs. {view.worth} in your account to place this trade."
    return text, raw and raw.replace("exchange NSE", f"exchange {order.exchange}")


BOOK = STYLE.orders(ROWS["book"])
POSTBACK = STYLE.orders(ROWS["postback"], status_message=lambda view: _rejection(view)[0] or "")
HISTORY = STYLE.orders(ROWS["history"], order_request_id=lambda view: str(view.changes + 1) if view.last else "1")
TRADE = replace(STYLE, moment="%d-%b-%Y %H:%M:%S").trades(ROWS["trade"])
HOLDING, POSITION = STYLE.holdings(ROWS["holding"]), STYLE.positions(ROWS["position"])
MARGINS, FUNDS = STYLE.funds(ROWS["margins"]), STYLE.funds(ROWS["funds"])
_WHO = Style(names={"email": lambda account: f"{account.user_id.lower()}@sandbox.invalid"})
PROFILE, TOKEN = _WHO.person(ROWS["profile"]), _WHO.person(ROWS["token"])
CHARGES, MARGIN = STYLE.costs(ROWS["charges"]), STYLE.costs(ROWS["margin"])
LTP = STYLE.quotes(ROWS["ltp"])
LTP_V3 = STYLE.quotes(
    ROWS["ltp_v3"],
    ltq=lambda view: _invented(view) % 90 + 1,
    volume=lambda view: _invented(view) % 5_000_000 + 10_000,
)
INSTRUMENT = STYLE.instruments(
    ROWS["instrument"], freeze_quantity=lambda one: one.freeze_quantity and float(one.freeze_quantity)
)
_INDEX = Shape(Index, STYLE, ROWS["index"], instrument_key=lambda index: f"NSE_INDEX|{index.name}")
INDICES = [_INDEX(index) for index in instrument_files.INDICES]


def _invented(view: QuoteView) -> int:
    """Of what volumes are made."""
    return crc32(f"{view.security.symbol}/{STYLE.moment_text(view.at)[:10]}".encode())
