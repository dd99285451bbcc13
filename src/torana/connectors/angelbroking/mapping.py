"""SmartAPI's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Mapping

from torana.connectors.angelbroking import wire
from torana.connectors.contract import BrokerOrder, Holding, Reason, Variety
from torana.connectors.declaration import request_of, words_of
from torana.connectors.error_table import Dialect
from torana.connectors.readings import named_month_time, value_at, whole
from torana.connectors.row_reader import RowReader

VARIETIES: Mapping[Variety, str] = {Variety.REGULAR: "NORMAL", Variety.AMO: "AMO"}
"""To cancel with. Placing has no word for an after-market order: outside of hours every order becomes one."""

TOKENS_IN_A_REQUEST = 50
REGISTERED_TODAY = "AG1000"
"""To an authorisation: the depository has one of today."""

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"orderid", "uniqueorderid"}),
    session_codes=frozenset({"AG8001", "AG8002", "AG8003", "AB1010", "AB1011"}),
    rejections={
        **dict.fromkeys(("AB1008", "AB1012", "AB1013", "AB2002", "AB4008"), Reason.INVALID_ORDER),
        **dict.fromkeys(("AB1009", "AB1018"), Reason.INSTRUMENT_NOT_TRADABLE),
        "AB1006": Reason.NOT_PERMITTED,
        "AG7002": Reason.EGRESS_NOT_REGISTERED,
    },
    ambiguous_codes=frozenset({"AB1004", "AB1007", "AB2000", "AB2001"}),
    too_fast_is_refused=True,
    too_fast_text="because of exceeding",  # "… rate limit", or "… access rate" as clients have seen it
    refuses_with_2xx=True,
)
"""Codes of the documented list that an order can be answered with. "Something went wrong", "AMX error", "error not
specified" and "internal error" say nothing about an order."""


ROWS = RowReader(**words_of("angelbroking"), time=named_month_time)
order_body = request_of("angelbroking", "order")
margin_line = request_of("angelbroking", "margin")
charges_line = request_of("angelbroking", "charges")


def broker_order(row: wire.Order) -> BrokerOrder:
    placed_at = named_month_time(row.placed_at) or named_month_time(row.updatetime)
    return ROWS.order(row, placed_at=placed_at, extra={"variety": row.variety} if row.variety else {})


def holding(row: wire.Holding, edis: bool | None) -> Holding:
    """`realisedquantity` is what was delivered; fewer in `quantity` were sold today. How the two go together is not
    documented: the smaller one counts. Undelivered shares are not counted as sellable beside it."""
    settled, left = max(whole(row.realisedquantity), 0), max(whole(row.quantity), 0)
    free, sold = min(settled, left), max(settled - left, 0)
    released = max(whole(row.authorisedquantity) - sold, 0)
    return ROWS.holding(
        row,
        free=free,
        on_its_way=max(whole(row.t1quantity), 0),
        pledged=whole(row.collateralquantity),
        sold=sold,
        sellable=min(free, released) if edis else free,
    )


def released(row: wire.Holding) -> tuple[str, int]:
    """By ISIN: what the depository released for today, whatever was sold of it."""
    return row.isin, max(whole(row.authorisedquantity), 0)


def is_authorised(told: object) -> bool:
    """`1` is authorised; what the other words of a status are is not documented. Raises `Unknown`."""
    rows = value_at(told, list[wire.DisRow], "TransResDtls", "RecordResDtls")
    return bool(rows) and all(row.status == "1" for row in rows)
