"""HDFC Sky's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from torana.connectors.contract import BrokerOrder, Holding, OrderRequest, Position, Reason, Unknown, Variety
from torana.connectors.declaration import request_of, words_of
from torana.connectors.hdfc import mapping as hdfc
from torana.connectors.hdfc.wire import FRAGMENTS, WENT_WRONG
from torana.connectors.hdfcsky import wire
from torana.connectors.readings import amount, whole
from torana.connectors.row_reader import RowReader
from torana.connectors.symbols import by_exchange_token
from torana.connectors.tags import read_tags
from torana.kit.money import Paise
from torana.market.models import EXCHANGES

CASH = "Capital"
EXECUTIONS: Mapping[Variety, str] = {Variety.REGULAR: "REGULAR", Variety.AMO: "AMO"}

DIALECT = replace(
    hdfc.DIALECT,
    rejections={**hdfc.DIALECT.rejections, "44000": Reason.INVALID_ORDER, "40000": Reason.NOT_PERMITTED},
    ambiguous_codes=frozenset({WENT_WRONG}),
    status_rejections={},
)
"""`45000` is whatever the order system says: its text decides. No HTTP status does."""
OF_CANCELLATIONS = replace(DIALECT, ambiguous_texts=hdfc.OF_CANCELLATIONS.ambiguous_texts)


ROWS = RowReader(**words_of("hdfcsky"), fragments=FRAGMENTS, listed=by_exchange_token)
"""On the BSE the broker puts the group behind a symbol, on the NSE the series."""


_order = request_of("hdfcsky", "order")


def order_body(order: OrderRequest, client: str) -> dict[str, object]:
    """The body of a placement, for this client."""
    return {"client_id": client, **_order(order)}


def said(text: str | None) -> str | None:
    """A reason, where it is one."""
    return None if text is None or text.strip().upper() in ("", "NONE") else text


def broker_order(row: wire.Order) -> BrokerOrder:
    tags = read_tags(None if str(row.tag or "").strip("0") == "" else row.tag)
    order = ROWS.order(row, tags=tags, texts=[said(row.message)])
    return replace(order, placed_at=datetime.fromtimestamp(row.entered_at, UTC) if row.entered_at else None)


def holding(row: wire.Holding) -> Holding:
    """Free is what the broker calls so, and at most what is left of all after today's sales. How the numbers add up is
    not documented."""
    sold = max(whole(row.used_quantity), 0)
    free = max(min(whole(row.free_quantity), whole(row.quantity) - sold), 0)
    on_its_way, pledged = max(whole(row.t1_quantity), 0), max(whole(row.pledge_quantity), 0)
    return ROWS.holding(row, free=free, on_its_way=on_its_way, pledged=pledged, sold=sold)


def position(row: wire.Position) -> Position:
    cash = row.segment == CASH or row.exchange not in EXCHANGES
    return ROWS.position(row, exchange=row.exchange if cash else f"{row.exchange}-{row.segment}")


def edis_needed(person: wire.Person) -> bool | None:
    """Not with a standing instruction or a power of attorney; None where neither is told."""
    told = [one for one in (person.ddpi, person.poa_enabled) if one is not None]
    return None if not told else not any(told)


def cash(funds: wire.Funds) -> Paise:
    """What is available less the worth of what is pledged. Raises `Unknown` where either is not told."""
    told = dict(_line(line) for line in funds.values)
    if (available := told.get("availablemargin")) is None or (pledged := told.get("pledgebenefit")) is None:
        raise Unknown("the broker's funds do not say what is available, or what of it is pledged")
    return available - max(pledged, 0)


def _line(line: object) -> tuple[str, Paise]:
    """A label in small letters without blanks, and its amount."""
    pair = [line.get("0"), line.get("1")] if isinstance(line, Mapping) else line
    try:
        label, value = msgspec.convert(pair, tuple[str, Any])
        return "".join(label.lower().split()), amount(Decimal(str(value).replace(",", "")))
    except (msgspec.ValidationError, ArithmeticError):
        raise Unknown("the broker's funds hold a line that is none") from None
