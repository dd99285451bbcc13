"""Samco's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from dataclasses import replace

from msgspec import structs

from torana.connectors import contract
from torana.connectors.declaration import request_of, words_of
from torana.connectors.error_table import Dialect
from torana.connectors.order_words import SIDES
from torana.connectors.readings import amount, named_month_time, whole
from torana.connectors.reasons import BY_TEXT
from torana.connectors.row_reader import RowReader
from torana.connectors.samco import wire
from torana.connectors.symbols import plain
from torana.kit.money import Paise
from torana.market.securities import find

BROKER = "samco"
TAG = contract.TagRule(max_length=15, echo=contract.TagEcho.NOT_ECHOED)
"""There is no field for one."""
NOTHING = frozenset({"", "--", "NA", "0"})

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"orderNumber"}),
    session_codes=frozenset(),
    session_statuses=frozenset({401}),
    rejections={
        wire.VALIDATION: contract.Reason.INVALID_ORDER,
        **BY_TEXT,
    },
    too_fast_is_refused=False,  # nothing is documented of how fast is too fast
    fragments=wire.FRAGMENTS,
    refuses_with_2xx=True,
)


def said(text: str | None) -> str | None:
    """None for what stands where nothing is said."""
    return None if text is None or text.strip() in NOTHING else text


ROWS = RowReader(
    **words_of(BROKER),
    exchange_id=said,
    fragments=wire.FRAGMENTS,
    tag=TAG,
    time=named_month_time,
)
order_body = request_of(BROKER, "order")


def broker_order(row: wire.Order) -> contract.BrokerOrder:
    quantity = row.quantity if row.total_quanity is None else row.total_quanity
    if whole(quantity) <= 0:
        raise contract.Unknown("an order of no shares")
    return ROWS.order(structs.replace(row, quantity=quantity), texts=[said(row.message)])


def holding(row: wire.Holding) -> contract.Holding:
    """What is neither pledged nor sellable was sold today, as far as that can be said. What is on its way is not
    told. A row without an ISIN is that of the security of its symbol; raises `Unknown` where there is none."""
    listed = find(plain(row.symbol), row.exchange)
    isin = said(row.told_isin) or (listed.isin if listed else None)
    if isin is None:
        raise contract.Unknown("a holding of no security that is listed")
    pledged, sellable = max(whole(row.collateral_quantity), 0), max(whole(row.sellable_quantity), 0)
    sold = max(whole(row.holdings_quantity) - pledged - sellable, 0)
    held = ROWS.holding(row, free=sellable, on_its_way=None, pledged=pledged, sold=sold)
    return replace(held, isin=isin)


def position(row: wire.Position) -> contract.Position:
    """What was sold is not told, but what is left of what was bought. Raises `Unknown` where that does not go
    together, or the side of what is left is not told."""
    net, side = whole(row.net_quantity), SIDES.get(row.transaction_type)
    if net and (side is None or (net < 0 and side is contract.Side.BUY)):
        raise contract.Unknown("a position whose side is not told")
    left = -abs(net) if side is contract.Side.SELL else net
    bought = whole(row.buy_quantity)
    sold = bought + whole(row.carry_forward_quantity) - left
    if bought < 0 or sold < 0:
        raise contract.Unknown("a position whose numbers do not go together")
    listed = find(plain(row.symbol), row.exchange)
    return replace(ROWS.position(row, bought=bought, sold=sold), isin=listed.isin if listed else None)


def cash(funds: wire.Funds) -> Paise:
    """What is available without what is lent and what is pledged, which buys no shares for delivery."""
    lent, pledged = amount(funds.notional_cash), amount(funds.collateral_margin_against_shares)
    return amount(funds.net_available_margin) - max(lent, 0) - max(pledged, 0)
