"""Dhan's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from torana.connectors import contract
from torana.connectors.declaration import request_of, words_of
from torana.connectors.dhan import wire
from torana.connectors.error_table import Dialect
from torana.connectors.readings import amount, amount_at, grouped, nonzero, whole
from torana.connectors.reasons import Fragments
from torana.connectors.row_reader import RowReader
from torana.connectors.tags import Tags, read_tags
from torana.kit.clock import IST
from torana.kit.money import Paise
from torana.market.securities import current

BROKER = "dhan"
EXCHANGES: Mapping[str, str] = {"NSE_EQ": "NSE", "BSE_EQ": "BSE"}
SEGMENTS: Mapping[str, str] = {name: segment for segment, name in EXCHANGES.items()}
_WITH_TRIGGER = frozenset({"STOP_LOSS", "STOP_LOSS_MARKET"})
_SAYS_WHY = frozenset({contract.BrokerStatus.REJECTED, contract.BrokerStatus.CANCELLED, contract.BrokerStatus.EXPIRED})

FRAGMENTS: Fragments = (
    ("invalid ip", contract.Reason.EGRESS_NOT_REGISTERED),
    ("multiple of tick", contract.Reason.INVALID_ORDER),
)
DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"orderId"}),
    session_codes=frozenset({"DH-901", "DH-906 token", "807", "808", "809"}),
    rejections={
        "DH-902": contract.Reason.NOT_PERMITTED,
        "DH-903": contract.Reason.NOT_PERMITTED,
        "DH-905": contract.Reason.INVALID_ORDER,
        "DH-906": contract.Reason.INVALID_ORDER,
        "DH-911": contract.Reason.EGRESS_NOT_REGISTERED,
    },
    ambiguous_codes=frozenset({"DH-904", "DH-908", "DH-909", "DH-910"}),
    too_fast_is_refused=False,  # 429 is documented, and not that nothing was placed
    fragments=FRAGMENTS,
)
NO_HOLDINGS = "DH-1111"
"""Told under HTTP 500."""
OF_HOLDINGS = replace(DIALECT, nothing_codes=frozenset({NO_HOLDINGS}))
LOOK_UP = replace(DIALECT, not_there_codes=frozenset({"DH-906"}))
"""By our number, under HTTP 404: there is no such order, or it is not at the exchange yet. Under another status the
code says no more than that something could not be done."""


ROWS = RowReader(
    **words_of(BROKER),
    exchanges=EXCHANGES,
    exchange_id=nonzero,
    fragments=FRAGMENTS,
    must_name=True,
    says_why=_SAYS_WHY,
)
"""What the order system says stands beside healthy orders too (`CONFIRMED`)."""
order_body = request_of(BROKER, "order")


@dataclass(frozen=True, slots=True)
class ConsentFlow:
    """The three steps of a login: a consent is asked for with the app's keys, the investor gives it on Dhan's page, and
    what came back with the browser is exchanged, with the same keys."""

    id_header: str
    secret_header: str
    method: str
    asked_at: str
    given_at: str
    field: str
    exchanged_at: str


PARTNER = ConsentFlow(
    "partner_id", "partner_secret", "GET", "/partner/generate-consent", "/consent-login", "consentId",
    "/partner/consume-consent",
)  # fmt: skip
INDIVIDUAL = ConsentFlow(
    "app_id", "app_secret", "POST", "/app/generate-consent", "/login/consentApp-login", "consentAppId",
    "/app/consumeApp-consent",
)  # fmt: skip


def ends_at(expiry_time: str) -> datetime:
    """`2026-11-19T10:30:00` on a clock in India. Raises `Unknown` for a login that does not say when it ends."""
    try:
        told = datetime.fromisoformat(expiry_time)
        return (told if told.tzinfo else told.replace(tzinfo=IST)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise contract.Unknown("Dhan does not say when this login ends") from None


def tags_of(row: wire.Order) -> Tags:
    """An order without a number of its client's gets one of Dhan's: the client and thirteen digits."""
    told = row.tag
    if row.dhan_client_id and re.fullmatch(rf"{re.escape(row.dhan_client_id)}-\d{{13}}", str(told)):
        return Tags(None, foreign=False)
    return read_tags(told)


def broker_order(row: wire.Order) -> contract.BrokerOrder:
    """Dhan has no word for waiting for the market or for a trigger."""
    return ROWS.order(
        row,
        queued=bool(row.after_market_order) and nonzero(row.exchange_order_id) is None,
        stop=row.order_type in _WITH_TRIGGER,
        tags=tags_of(row),
    )


def listed_at(isin: str, told: str = "") -> str:
    """The exchange that a row names; where it says `ALL`, that of the list, the NSE first. Empty where none is."""
    if told in SEGMENTS:
        return told
    return next((name for name in SEGMENTS if current().by_isin(isin, name) is not None), "")


def holding(row: wire.Holding) -> contract.Holding:
    """What is delivered, on its way, and pledged. Pledged shares are within the delivered ones where the total says so;
    what is delivered, not pledged and not available was sold today. How the numbers go together is not documented."""
    delivered, pledged, on_its_way = max(row.dp_qty, 0), max(row.collateral_qty, 0), max(row.t1_qty, 0)
    within = pledged if row.total_qty == row.dp_qty + row.t1_qty else 0
    settled = max(delivered - within, 0)
    free = min(max(row.available_qty, 0), settled)
    exchange, sold = listed_at(row.isin, row.exchange), settled - free
    return ROWS.holding(row, free=free, on_its_way=on_its_way, pledged=pledged, sold=sold, exchange=exchange)


def approved(row: wire.Edis) -> tuple[str, int]:
    """By ISIN: what the depository released for today, whatever was sold of it."""
    return row.isin, max(whole(row.approved), 0)


def cash(funds: wire.Funds) -> Paise:
    """Without the worth of what is pledged, which buys no shares for delivery. Whether the balance holds it is not
    documented: taken off, what is left is there in either case."""
    return amount(funds.available) - max(amount(funds.collateral), 0)


def price(told: tuple[str, str, object]) -> tuple[tuple[str, str], Paise]:
    """By exchange and security id."""
    segment, code, row = told
    return (ROWS.exchange(segment), code), amount_at(row, "last_price")


def priced_securities(instruments: Mapping[tuple[str, str], contract.Instrument]) -> dict[str, list[int]]:
    """The question for prices: ids are numbers here. What has no number has no price."""
    numbered = ((SEGMENTS[exchange], code) for exchange, code in instruments if code.isascii() and code.isdecimal())
    return grouped((segment, int(code)) for segment, code in numbered)
