"""5paisa's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from torana.connectors.contract import BrokerOrder, Holding, Reason, Side
from torana.connectors.declaration import request_of, words_of
from torana.connectors.error_table import Dialect
from torana.connectors.fivepaisa import wire
from torana.connectors.readings import amount, nonzero, whole
from torana.connectors.reasons import Fragments
from torana.connectors.row_reader import RowReader
from torana.kit.money import Paise

BROKER = "fivepaisa"
SIDES: Mapping[str, Side] = {"B": Side.BUY, "S": Side.SELL}
EXCHANGES: Mapping[str, str] = {"N": "NSE", "B": "BSE"}
LETTERS: Mapping[str, str] = {name: letter for letter, name in EXCHANGES.items()}
CASH = "C"
PRICES_IN_A_REQUEST = 50

FRAGMENTS: Fragments = (("exchange is closed", Reason.MARKET_CLOSED),)

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"BrokerOrderID"}),
    session_codes=frozenset({"9", "head 9"}),
    rejections={
        "1": Reason.OTHER,
        "2": Reason.INVALID_ORDER,
        "head 1": Reason.INVALID_ORDER,
        "head 2": Reason.NOT_PERMITTED,
    },
    ambiguous_codes=frozenset({"head -1"}),
    too_fast_is_refused=False,  # 429 is documented, and not that nothing was placed
    fragments=FRAGMENTS,
    refuses_with_2xx=True,
)

_MOMENT = re.compile(r"/Date\((\d{1,14})([+-]\d{4})?\)/", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(text: str | None) -> datetime | None:
    """`/Date(1658255400000+0530)/`: milliseconds since 1970, whatever zone stands behind; None for anything else."""
    found = _MOMENT.fullmatch(text or "")
    return None if found is None else _EPOCH + timedelta(milliseconds=int(found[1]))


ROWS = RowReader(
    **words_of(BROKER),
    sides=SIDES,
    exchanges=EXCHANGES,
    cash=CASH,
    exchange_id=nonzero,
    fragments=FRAGMENTS,
    time=moment,
)
order_body = request_of(BROKER, "order")


def broker_order(row: wire.Order) -> BrokerOrder:
    return ROWS.order(row, stop=row.with_sl == "Y" and row.sl_triggered != "Y")


def holding(row: wire.Holding) -> Holding:
    """In the demat account, in 5paisa's pool (bought and on its way), and pledged; `Quantity` is of all of them what is
    left, so that what is missing in it was sold today. How they go together is not documented, and one sample fits."""
    settled, on_its_way = max(whole(row.dp_qty), 0), max(whole(row.pool_qty), 0)
    pledged, left = max(whole(row.pledge_qty), 0), max(whole(row.quantity), 0)
    sold = max(settled + on_its_way + pledged - left, 0)
    exchange = ROWS.exchange(row.exchange, CASH)
    symbol = ROWS.symbol(exchange, row.nse_code if exchange == "NSE" else row.bse_code, row.symbol)
    free = max(settled - sold, 0)
    return ROWS.holding(row, free=free, on_its_way=on_its_way, pledged=pledged, sold=sold, symbol=symbol)


def cash(funds: wire.Funds) -> Paise:
    """What is available without the worth of what is pledged, which buys no shares for delivery."""
    pledged = amount(funds.collateral), amount(funds.funds_of_collateral)
    return amount(funds.available) - sum(max(one, 0) for one in pledged)
