"""InvestRight's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Sequence
from dataclasses import replace
from string import ascii_letters

from torana.connectors.contract import BrokerOrder, BrokerStatus, Holding, Instrument, Reason
from torana.connectors.declaration import request_of, words_of
from torana.connectors.error_table import Dialect
from torana.connectors.hdfc import wire
from torana.connectors.readings import amount, day_first_time, whole, with_fill
from torana.connectors.reasons import BY_TEXT, TIMED_OUT
from torana.connectors.row_reader import RowReader
from torana.connectors.symbols import plain, security_of
from torana.connectors.tags import read_tags
from torana.kit.clock import IST
from torana.kit.money import Paise
from torana.market.models import Security
from torana.market.securities import current, find

BROKER = "hdfc"
EQUITY = "EQUITY"
PRICES_IN_A_REQUEST = 10

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"order_id", "oms_order_id"}),
    session_codes=frozenset(),
    session_statuses=frozenset({401}),
    rejections=BY_TEXT,
    status_rejections={404: Reason.INVALID_ORDER},
    ambiguous_texts=(*TIMED_OUT, *wire.NOT_THERE_OR_FINAL),
    too_fast_is_refused=False,  # nothing is documented of how fast is too fast
    fragments=wire.FRAGMENTS,
    refuses_with_2xx=True,
)
OF_CANCELLATIONS = replace(DIALECT, ambiguous_texts=TIMED_OUT)


ROWS = RowReader(**words_of(BROKER), cash=EQUITY, fragments=wire.FRAGMENTS, time=day_first_time, word=str.upper)
order_body = request_of(BROKER, "order")


def reference(row: wire.Order) -> str | None:
    """What the row repeats of the number that was sent with an order, None where nothing was sent.

    Samples show `STAPI202404306812180`: letters, then the day of the order and a number of seven digits, which HDFC
    seems to make itself. That the letters also go before a number that was sent is a guess; either is read.
    """
    word = str(row.tag or "").strip()
    bare, at = word.lstrip(ascii_letters), day_first_time(row.placed_at)
    own = at is not None and bare != word and bare.startswith(f"{at.astimezone(IST):%Y%m%d}")
    return None if own or not bare.strip("0") else bare


def status_of(row: wire.Order, quantity: int, filled: int) -> BrokerStatus:
    """A word for the end beside shares that are still to come is none."""
    word = " ".join(row.status.lower().replace("_", " ").split())
    status = ROWS.statuses.get(word, BrokerStatus.UNKNOWN)
    if status is BrokerStatus.COMPLETE and filled < quantity and whole(row.pending_quantity) > 0:
        status = BrokerStatus.OPEN
    return with_fill(status, quantity, filled)


def broker_order(row: wire.Order) -> BrokerOrder:
    quantity, filled = whole(row.quantity), whole(row.filled)
    security = _security(ROWS.exchange(row.exchange, row.segment), row.code, row.isin)
    return ROWS.order(
        row,
        status=status_of(row, quantity, filled),
        queued=row.order_slot == "AMO" and not row.exchange_order_id,
        symbol=plain(row.symbol) if security is None else security.symbol,
        tags=read_tags(reference(row)),
        average_price=_average(row, filled),
    )


def holding(row: wire.Holding) -> Holding:
    """One number of shares, and nothing on what of them is not delivered yet, pledged, or sold today."""
    security, quantity = _security(row.exchange, row.code, row.isin), max(whole(row.quantity), 0)
    symbol, delivery = row.isin if security is None else security.symbol, {"N": True, "Y": False}
    held = ROWS.holding(row, free=quantity, on_its_way=None, pledged=None, symbol=symbol)
    return replace(held, delivery=delivery.get(row.mtf_indicator or ""))


def edis_needed(accounts: Sequence[wire.Depository]) -> bool | None:
    """Whether a sale needs an instruction at the depository first: not with a standing instruction for every demat
    account. None where the flags say neither."""
    if accounts and all(one.ddpi_flag == "Y" for one in accounts):
        return False
    return True if any((one.edis_flag, one.ddpi_flag) == ("Y", "N") for one in accounts) else None


def asked(one: Instrument) -> tuple[str, str] | None:
    """By what a price is asked for: the exchange and its own token, which is not the broker's code."""
    security = find(one.symbol, one.exchange)
    return None if security is None else (one.exchange, str(security.exchange_token))


def _average(row: wire.Order, filled: int) -> Paise:
    """The samples of traded orders show 0 and what all shares cost together."""
    told = amount(row.average_price)
    return amount(row.total_traded_value / filled) if not told and filled > 0 else told


def _security(exchange: str, code: object, isin: str | None) -> Security | None:
    """By the broker's code, else by the ISIN beside it. Either may be empty."""
    return security_of(BROKER, exchange, code) or (current().by_isin(isin, exchange) if isin else None)
