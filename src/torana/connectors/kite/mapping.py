"""Kite's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Mapping
from datetime import date, datetime

from torana.connectors.contract import Holding, Reason
from torana.connectors.declaration import request_of, words_of
from torana.connectors.error_table import Dialect
from torana.connectors.kite import wire
from torana.connectors.readings import amount_at
from torana.connectors.row_reader import RowReader
from torana.kit.clock import IST
from torana.kit.money import Paise

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
order_form = request_of("kite", "order")
basket_line = request_of("kite", "basket")
margin_line = request_of("kite", "margin")
charges_line = request_of("kite", "charges")


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
