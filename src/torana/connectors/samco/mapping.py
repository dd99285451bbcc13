"""Samco's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Mapping

from torana.connectors.contract import (
    BrokerOrder,
    BrokerStatus,
    Holding,
    OrderRequest,
    Position,
    Reason,
    Side,
    TagEcho,
    TagRule,
    Unknown,
    Variety,
)
from torana.connectors.error_table import Dialect
from torana.connectors.order_words import SIDES, WITH_AFTER_MARKET, status_of
from torana.connectors.readings import LONGEST_WORD, amount, message_of, named_month_time, told_amount, whole
from torana.connectors.reasons import TIMED_OUT, reason_of
from torana.connectors.samco import wire
from torana.connectors.symbols import code_of, plain, security_of
from torana.kit.money import Paise
from torana.market.models import Security
from torana.market.securities import find

BROKER = "samco"
TAG = TagRule(max_length=15, echo=TagEcho.NOT_ECHOED)
"""There is no field for one."""
STATUSES: Mapping[str, BrokerStatus] = {
    **WITH_AFTER_MARKET,
    "pending": BrokerStatus.RECEIVED,  # what the answer to a new order says
    "executed": BrokerStatus.COMPLETE,
}
"""Open, Complete, Pending, Executed, Rejected, Cancelled and Trigger Pending are documented. All others are those of
the order system that several brokers run."""
DELIVERY: Mapping[str, bool] = {"CNC": True, "MIS": False, "NRML": False, "CO": False, "BO": False}
NOTHING = frozenset({"", "--", "NA", "0"})

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"orderNumber"}),
    session_codes=frozenset(),
    session_statuses=frozenset({401}),
    rejections={
        wire.VALIDATION: Reason.INVALID_ORDER,
        **{f"{wire.BY_TEXT}{reason}": reason for reason in Reason if reason is not Reason.OTHER},
    },
    ambiguous_codes=frozenset(),
    status_rejections={},
    ambiguous_texts=TIMED_OUT,
    too_fast_is_refused=False,  # nothing is documented of how fast is too fast
    fragments=wire.FRAGMENTS,
    refuses_with_2xx=True,
)


def said(text: str | None) -> str | None:
    """None for what stands where nothing is said."""
    return None if text is None or text.strip() in NOTHING else text


def security(exchange: str, trading_symbol: str) -> Security | None:
    return find(plain(trading_symbol), exchange)


def broker_order(row: wire.Order) -> BrokerOrder:
    quantity = whole(row.quantity if row.total_quanity is None else row.total_quanity)
    if quantity <= 0:
        raise Unknown("an order of no shares")
    filled, message = whole(row.filled_quantity), message_of([said(row.rejection_reason)])
    status = status_of(row.order_status, quantity, filled, STATUSES)
    listed = security_of(BROKER, row.exchange, row.symbol) or security(row.exchange, row.trading_symbol)
    return BrokerOrder(
        broker_order_id=row.order_number,
        exchange_order_id=said(row.exchange_order_number),
        tag=None,
        symbol=plain(row.trading_symbol) if listed is None else listed.symbol,
        exchange=row.exchange,
        side=SIDES.get(row.transaction_type),
        delivery=DELIVERY.get(row.product_code),
        quantity=quantity,
        filled_quantity=filled,
        average_price=amount(row.average_price),
        status=status,
        raw_status=row.order_status[:LONGEST_WORD],
        message=message,
        reason=reason_of([message], wire.FRAGMENTS) if status is BrokerStatus.REJECTED else None,
        placed_at=named_month_time(row.order_time),
        code=code_of(row.symbol),
    )


def holding(row: wire.Holding) -> Holding:
    """What is neither pledged nor sellable was sold today, as far as that can be said. What is on its way is not
    told. A row without an ISIN is that of the security of its symbol; raises `Unknown` where there is none."""
    listed = security(row.exchange, row.trading_symbol)
    isin = said(row.isin) or (listed.isin if listed else None)
    if isin is None:
        raise Unknown("a holding of no security that is listed")
    pledged, sellable = max(whole(row.collateral_quantity), 0), max(whole(row.sellable_quantity), 0)
    return Holding(
        symbol=plain(row.trading_symbol),
        exchange=row.exchange,
        isin=isin,
        quantity=sellable,
        t1_quantity=None,
        collateral_quantity=pledged,
        sellable=sellable,
        average_price=amount(row.average_price),
        sold_today=max(whole(row.holdings_quantity) - pledged - sellable, 0),
    )


def position(row: wire.Position) -> Position:
    """What was sold is not told, but what is left of what was bought. Raises `Unknown` where that does not go
    together, or the side of what is left is not told."""
    net, side = whole(row.net_quantity), SIDES.get(row.transaction_type)
    if net and (side is None or (net < 0 and side is Side.BUY)):
        raise Unknown("a position whose side is not told")
    left = -abs(net) if side is Side.SELL else net
    bought = whole(row.buy_quantity)
    sold = bought + whole(row.carry_forward_quantity) - left
    if bought < 0 or sold < 0:
        raise Unknown("a position whose numbers do not go together")
    listed = security(row.exchange, row.trading_symbol)
    return Position(
        symbol=plain(row.trading_symbol),
        exchange=row.exchange,
        isin=listed.isin if listed else None,
        delivery=DELIVERY.get(row.product_code),
        bought=bought,
        sold=sold,
        buy_price=told_amount(row.average_buy_price),
        sell_price=told_amount(row.average_sell_price),
    )


def price(row: wire.Price) -> tuple[tuple[str, str], Paise]:
    """By exchange and name."""
    return (row.exchange, row.symbol_name), amount(row.last_trade_price)


def cash(funds: wire.Funds) -> Paise:
    """What is available without what is lent and what is pledged, which buys no shares for delivery."""
    lent, pledged = amount(funds.notional_cash), amount(funds.collateral_margin_against_shares)
    return amount(funds.net_available_margin) - max(lent, 0) - max(pledged, 0)


def order_body(order: OrderRequest) -> dict[str, str]:
    """The body of a placement: all texts. There is no field for our tag."""
    return {
        "symbolName": order.instrument.listed_as,
        "exchange": order.instrument.exchange,
        "transactionType": order.side.value,
        "orderType": "L",
        "quantity": str(order.quantity),
        "price": str(order.limit_rupees),
        "orderValidity": "DAY",
        "productType": "CNC",
        "afterMarketOrderFlag": "YES" if order.variety is Variety.AMO else "NO",
    }
