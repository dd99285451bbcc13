"""Nuvama's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Mapping
from functools import partial

from torana.connectors import contract, readings
from torana.connectors.declaration import request_of, words_of
from torana.connectors.edelweiss import wire
from torana.connectors.error_table import Dialect
from torana.connectors.readings import LONGEST_WORD, day_first_time
from torana.connectors.reasons import Fragments
from torana.connectors.row_reader import RowReader
from torana.kit.money import Paise

BROKER = "edelweiss"
CASH = "CNC"
EXCHANGES = ("NSE", "BSE")
TAG = contract.TagRule(max_length=20)  # a guess: no limit is documented

VENDOR_OVER = "ETRD00036"
NO_ORDERS, NO_HOLDINGS, NO_POSITIONS, NO_CHART = (
    f"{wire.NOTHING}{word}" for word in ("orders", "holdings", "positions", "charts")
)
"""To the read that each is about: there is nothing."""
NOTHING = frozenset({NO_ORDERS, NO_HOLDINGS, NO_POSITIONS, NO_CHART})
FRAGMENTS: Fragments = (
    ("order not allowed in this session", contract.Reason.MARKET_CLOSED),
    ("for entity account block type", contract.Reason.NOT_PERMITTED),
)

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"oid", "ordID"}),
    session_codes=frozenset({"EGN0011", VENDOR_OVER}),
    rejections={},  # none is published: what it says no to is in doubt until the book says more
    ambiguous_codes=NOTHING,
    status_rejections={403: contract.Reason.EGRESS_NOT_REGISTERED},
    fragments=FRAGMENTS,
    no_data_statuses=frozenset({204}),
    not_there_codes=NOTHING,
    refuses_with_2xx=True,
)

number = partial(readings.number, nothing=("", "NA", "--"))


def _told(text: str | None) -> str | None:
    return None if text is None or text.strip("0- ") in ("", "NA") else text[:LONGEST_WORD]


ROWS = RowReader(
    **words_of(BROKER),
    exchange_id=_told,
    fragments=FRAGMENTS,
    tag=TAG,
    time=day_first_time,
    number=number,
    says_why=(contract.BrokerStatus.REJECTED, contract.BrokerStatus.CANCELLED),
    tells_shares=True,
)
"""`rjRsn` may say something of an order that was filled: a change of it failed."""
_order = request_of(BROKER, "order")


def broker_order(row: wire.Order) -> contract.BrokerOrder:
    return ROWS.order(row, extra=_known(row.side, row.order_type, ROWS.shares(row.quantity)))


def _known(side: str, order_type: str | None, quantity: int) -> dict[str, str]:
    """What a cancellation says again of its order."""
    known = {"action": side[:LONGEST_WORD], "ordTyp": (order_type or "")[:LONGEST_WORD], "curQty": str(quantity)}
    return {name: value for name, value in known.items() if value}


def extra_of(order: contract.OrderRequest) -> dict[str, str]:
    return _known(order.side.value, order.order_type.value, order.quantity)


def holding(row: wire.Holding) -> contract.Holding:
    """What is pledged is not told: of three fields that may mean it, one held the whole holding of somebody who had
    pledged nothing. Nor is the average price."""
    if row.shares is None:
        return contract.Holding(row.symbol, row.exchange, row.isin, 0, 0, None, 0, None, delivery=False)
    told = (row.shares.quantity, row.shares.used, row.shares.t1)
    settled, used, on_its_way = (max(ROWS.shares(one), 0) for one in told)
    return ROWS.holding(row, free=max(settled - used, 0), on_its_way=on_its_way, pledged=None, sold=used)


def paise(told: object) -> Paise | None:
    """None where nothing is told. Raises `Unknown` for what is no number."""
    try:
        return ROWS.paise(told)
    except ValueError as error:
        raise contract.Unknown(f"the broker's answer holds an amount that is none: {error}") from None


def last_price(points: wire.Points) -> Paise | None:
    """The close of the latest minute; None where the chart tells none. Raises `Unknown`."""
    if len(points.at) != len(points.close):
        raise contract.Unknown("a chart of which some minutes have no price")
    told = [(at, close) for at, close in zip(points.at, points.close, strict=True) if close is not None]
    return paise(max(told, key=lambda point: point[0])[1]) if told else None


def products_of(login: wire.LoginData) -> dict[str, str]:
    """The word for delivery by exchange, where this client may buy for delivery."""
    named = {one.exc: [_product(prd) for prd in one.prd] for one in login.prds if one.exc in EXCHANGES}
    found = {exc: next((word for word in words if ROWS.delivery.get(word)), "") for exc, words in named.items()}
    return {f"delivery_{exc}": word for exc, word in found.items() if word}


def _product(told: object) -> str:
    value = told.get("prdVal") if isinstance(told, Mapping) else told
    return value if isinstance(value, str) else ""


def _of_client(session: contract.Session, instrument: contract.Instrument) -> dict[str, str]:
    """What names the product and the instrument, and whose order it is."""
    dependent = session.secrets.get("dependent", "")
    return {
        "exc": instrument.exchange,
        "prdCode": session.secrets.get(f"delivery_{instrument.exchange}", CASH),
        **({"trdSym": instrument.listed_as} if instrument.listed_as else {}),
        **({"sym": instrument.code} if instrument.code else {}),
        **({"empOrDependent": dependent} if dependent else {}),
    }


def order_body(session: contract.Session, order: contract.OrderRequest) -> dict[str, str]:
    return {**_of_client(session, order.instrument), **_order(order)}


def cancel_body(session: contract.Session, order: contract.OrderRef) -> dict[str, str]:
    known = {"ordTyp": "LIMIT", **order.extra}
    return {"nstOID": order.broker_order_id, **_of_client(session, order.instrument), **known, "flQty": "0"}
