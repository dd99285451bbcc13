"""Orders, a broker's rows, batches and evidence as rows of tests need them: plain ones, changed where a row says so."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.support.brokers import ANY_BROKER
from torana.connectors.contract import BrokerOrder, BrokerStatus, ExecutionMode, OrderType, Reason, Side, Variety
from torana.orders.evidence import Evidence, Look
from torana.orders.models import Attempt, Batch, Order
from torana.orders.states import AttemptState, BatchStatus, OrderState

SENT = datetime(2026, 11, 27, 5, 0, tzinfo=UTC)
NOW = SENT + timedelta(minutes=10)
WINDOW = 120.0
AFTER = 120.0
"""Seconds after which the settle window is over."""
DECISION = 300.0

S, A, B, L = OrderState, AttemptState, BrokerStatus, Look

_ACCEPTED = (S.PLACED, S.OPEN, S.PARTIAL, S.AMO_QUEUED, S.COMPLETE, S.REJECTED, S.CANCELLED, S.EXPIRED, S.UNRESOLVED)
_ATTEMPT = {
    **dict.fromkeys(_ACCEPTED, A.ACCEPTED),
    S.PLANNED: A.PLANNED,
    S.SENDING: A.SENDING,
    S.ABSENT: A.ABSENT,
    S.NOT_PLACED: A.ABSENT,
    S.STALE: A.NOT_SENT,
    S.UNAUTHORISED: A.REJECTED,
}


def order(state: OrderState, **more: Any) -> Order:
    """Ten shares of TCS, sent when nothing was watched yet under the tag 1, known as B1 where it was accepted."""
    plain: dict[str, Any] = {
        "attempt_id": "att_1",
        "number": 1,
        "tag": "1",
        "state": _ATTEMPT.get(state, A.UNKNOWN),
        "planned_at": SENT,
        "planned_in": 7,
        "intact": True,
        "started_at": None if state in (S.PLANNED, S.STALE) else SENT,
        "doubt_since": None if state is S.PLANNED else 0.0,
        "sends": 1,
        "lookups": 4,
    }
    attempt = Attempt(**{**plain, **more.pop("attempt", {})})
    known = state in _ACCEPTED
    fields: dict[str, Any] = {
        "order_id": "ord_1",
        "line": 1,
        "symbol": "TCS",
        "exchange": "NSE",
        "isin": "INE467B01029",
        "side": Side.BUY,
        "quantity": 10,
        "order_type": OrderType.MARKET,
        "limit_price": None,
        "state": state,
        "broker_order_id": "B1" if known else None,
        "exchange_order_id": None,
        "broker_status": "WORD" if known and state is not S.PLACED else None,
        "filled_quantity": 0,
        "average_price": 0,
        "reason": None,
        "message": None,
        "attention": None,
        "attention_text": None,
        "seen_in": None,
        "updated_at": SENT,
        "final_at": None,
        "attempt": attempt,
        "absent_tags": ["1"] if attempt.state is A.ABSENT else [],
    }
    return Order(**{**fields, **more})


def entry(status: BrokerStatus = B.OPEN, filled: int = 0, **more: Any) -> BrokerOrder:
    """A row of the broker's book, by default our order, word for word."""
    plain: dict[str, Any] = {
        "broker_order_id": "B1",
        "exchange_order_id": None,
        "tag": "1",
        "symbol": "TCS",
        "exchange": "NSE",
        "side": Side.BUY,
        "delivery": True,
        "quantity": 10,
        "filled_quantity": filled,
        "average_price": 100_00 if filled else 0,
        "status": status,
        "raw_status": "WORD",
        "message": None,
        "reason": Reason.OTHER if status is B.REJECTED else None,
        "placed_at": SENT,
    }
    return BrokerOrder(**{**plain, **more})


HELD = order(S.OPEN, order_id="ord_9", symbol="SBIN", broker_order_id="B99", attempt={"tag": "99"})
"""Another order of the batch, which the book has shown. A book without it is stale."""


def batch_of(*orders: Order, basket: bool = False, returned: float | None = None) -> Batch:
    """A batch with these orders. `returned`: the seconds of the watch at which the browser came back from a basket."""
    return Batch(
        gateway_id="gw_1",
        batch_id="bat_1",
        transaction_id="TRX_1",
        investor_id="inv_1",
        session_id="ses_1",
        broker=ANY_BROKER,
        execution_mode=ExecutionMode.REDIRECT_BASKET if basket else ExecutionMode.SERVER_API,
        variety=Variety.REGULAR,
        status=BatchStatus.PLACED,
        confirmed_hash=b"",
        stopped_reason=None,
        created_at=SENT,
        returned_at=None if returned is None else SENT,
        placed_at=None,
        completed_at=None,
        hints=0,
        book_day=date(2026, 11, 27),
        watched=0.0,
        returned_watched=returned,
        intent="TRANSACTION",
        notes=None,
        settled_at=None,
        orders=list(orders),
    )


def known(
    this: Order,
    *rows: BrokerOrder,
    look: Look = L.READ,
    healthy: bool = True,
    watched: float = AFTER,
    others: Sequence[Order] = (),
    basket: bool = False,
    returned: float | None = None,
    by_tag: Mapping[str, Sequence[BrokerOrder] | None] | None = None,
    **more: Any,
) -> Evidence:
    """Evidence with this book, by default read after the settle window, on the book's day."""
    return Evidence(
        batch=batch_of(this, *others, *(() if healthy else (HELD,)), basket=basket, returned=returned),
        now=NOW,
        watched=watched,
        window=WINDOW,
        look=look,
        book=rows if look is L.READ else (),
        by_tag=by_tag or {},
        decision_seconds=DECISION,
        **more,
    )
