"""Kite's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Mapping
from datetime import date, datetime

from torana.connectors.contract import Holding, OrderRequest, OrderType, Proposal, Reason
from torana.connectors.declaration import words_of
from torana.connectors.error_table import Dialect
from torana.connectors.kite import wire
from torana.connectors.readings import amount_at
from torana.connectors.row_reader import RowReader
from torana.kit.clock import IST
from torana.kit.money import Paise, rupees

EDIS_NEEDED: Mapping[str, bool] = {"": True, "consent": False, "physical": False}
"""By `demat_consent`: none, DDPI, power of attorney."""


DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"order_id"}),
    session_codes=frozenset({"TokenException"}),
    rejections={
        "InputException": Reason.INVALID_ORDER,
        "OrderException": Reason.OTHER,
        "MarginException": Reason.INSUFFICIENT_FUNDS,
        "HoldingException": Reason.INSUFFICIENT_HOLDINGS,
        "PermissionException": Reason.NOT_PERMITTED,
        "UserException": Reason.NOT_PERMITTED,
    },
    ambiguous_codes=frozenset({"NetworkException", "DataException", "GeneralException"}),
    status_rejections={428: Reason.HOLDINGS_NOT_AUTHORISED},
    too_fast_is_refused=True,
)


ROWS = RowReader(**words_of("kite"))


def edis_needed(meta: wire.Meta | None) -> bool | None:
    """None for a consent that we do not know, or that Kite did not tell."""
    return None if meta is None or meta.demat_consent is None else EDIS_NEEDED.get(meta.demat_consent)


def holding(row: wire.Holding, edis: bool | None) -> Holding:
    """`edis` True: of the settled shares only those count that were authorised today and not sold since.

    Shares that are not delivered yet need no authorisation.
    """
    free = row.quantity if edis is not True else min(row.quantity, row.authorised_quantity - row.used_quantity)
    return ROWS.holding(
        row,
        free=row.quantity,
        on_its_way=row.t1_quantity,
        pledged=row.collateral_quantity,
        sellable=max(free, 0) + max(row.t1_quantity, 0),
        sold=max(row.used_quantity, 0),
    )


def released(row: wire.Holding, today: date) -> tuple[str, int]:
    """By ISIN: what was authorised for today, `used_quantity` of it sold; of another day it is nothing.

    Raises `ValueError` for a time that cannot be read.
    """
    is_old = row.authorised_date and _day(row.authorised_date) != today
    return row.isin, 0 if is_old else max(row.authorised_quantity, 0)


def _day(text: str) -> date:
    """In India, where no other offset is named."""
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo is None else told.astimezone(IST)).date()


def price(told: tuple[str, object]) -> tuple[str, Paise]:
    """By exchange and symbol."""
    key, row = told
    return key, amount_at(row, "last_price")


def margin_line(order: Proposal) -> dict[str, object]:
    """One order of a question for a margin, JSON. A market order has no price: Kite takes the market's."""
    price = rupees(order.price) if order.order_type is OrderType.LIMIT else 0
    return {**_line(order), "variety": order.variety.value, "price": price, "trigger_price": 0}


def charges_line(order: Proposal, number: int) -> dict[str, object]:
    """One order of a question for charges, JSON, as if it had been filled at its price."""
    told = {"variety": order.variety.value, "order_id": str(number), "average_price": rupees(order.price)}
    return {**_line(order), **told}


def order_form(order: OrderRequest) -> dict[str, str]:
    """The form of a placement; the variety is in the path."""
    limit = None if order.order_type is OrderType.MARKET else order.limit_rupees
    price = {"market_protection": "-1"} if limit is None else {"price": str(limit)}
    return {**{name: str(value) for name, value in _line(order).items()}, "validity": "DAY", "tag": order.tag, **price}


def basket_line(order: OrderRequest) -> dict[str, object]:
    """One line of an offsite basket. Kite documents no market protection there."""
    price = {"price": order.limit_rupees} if order.order_type is OrderType.LIMIT else {}
    told = {"variety": order.variety.value, "validity": "DAY", "readonly": True, "tag": order.tag}
    return {**_line(order), **told, **price}


def _line(order: OrderRequest | Proposal) -> dict[str, object]:
    """What is said of an order wherever there is one."""
    return {
        "exchange": order.instrument.exchange,
        "tradingsymbol": order.instrument.listed_as,
        "transaction_type": order.side.value,
        "order_type": order.order_type.value,
        "quantity": order.quantity,
        "product": "CNC",
    }
