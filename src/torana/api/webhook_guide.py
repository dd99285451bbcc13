"""What partners are told by webhook: when each event comes, and an example of what it brings."""

from collections.abc import Mapping
from typing import Any

import msgspec

_EVENT = {
    "eventId": "evt_01a221694e9f35b331e94f9216922cb3",
    "sequence": 14,
    "timestamp": "1795856879234",
    "checksum": "9d5e527b3641724ac9f62a18d2470ca3de1bede17cb349e6266c3aecfa331730",
}
_OF_INVESTOR = {"smallcaseAuthId": "6b0a940ff58e5a441bbf5038"}
_TRANSACTION = {"transactionId": "TRX_98e7da14695bd21ef6bcc8e311d99bab"}
_OF_NOTHING: Mapping[str, Any] = {"transactionId": None, "intent": None, "notes": None, "status": None}


def _told(name: str, *parts: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"event": name, **_EVENT}
    for part in parts:
        body |= part
    return body | more


def _order(status: str, filled: int, price: float) -> dict[str, Any]:
    return {
        "tradingsymbol": "ITC",
        "exchange": "NSE",
        "transactionType": "BUY",
        "quantity": 3,
        "filledQuantity": filled,
        "averagePrice": price,
        "price": 0,
        "orderType": "MARKET",
        "product": "CNC",
        "status": status,
        "reason": None,
        "errorCode": None,
        "statusMessage": None,
        "attention": None,
        "orderTimestamp": "2026-11-28T09:07:58.111Z",
        "exchangeOrderId": "1261130052141183",
    }


def _batch(name: str, status: str, order: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    done = status == "COMPLETED"
    return _told(
        name,
        _OF_INVESTOR,
        _TRANSACTION,
        intent="TRANSACTION",
        broker="kite",
        notes="Night light",
        batchId="6b0a99eedf60148dd27c5b53",
        status=status,
        variety="regular",
        quantity=1,
        filled=int(done),
        orders=[order],
        unplaced=[],
        buyAmount=1254.3 if done else 0,
        sellAmount=0,
        completedDate="2026-11-28T09:07:59.229Z" if done else None,
        **more,
    )


_PLACED, _FILLED = _order("PLACED", 0, 0), _order("COMPLETE", 3, 418.1)
_HALT = {
    "scope": "gateway",
    "broker": None,
    "haltedBy": "partner",
    "reason": "prices look wrong",
    "since": "2026-11-28T09:00:00.000Z",
}
_CONNECTION = {
    "broker": "kite",
    "connected": False,
    "since": "2026-11-18T04:12:30.000Z",
    "until": "2026-11-19T00:30:00.000Z",
    "endedAt": "2026-11-18T09:30:00.000Z",
    "reason": "logged_out",
    "needed": "login",
}


class Told(msgspec.Struct, frozen=True):
    """One event. `when` completes the sentence "Sent when …"."""

    name: str
    when: str
    example: Mapping[str, Any] | None = None


EVENTS = (
    Told("batch.placed", "the broker has accepted the orders", _batch("batch.placed", "PLACED", _PLACED)),
    Told(
        "batch.completed",
        "every order has ended. `filled` of `quantity` orders were filled; `status` says how they ended together",
        _batch("batch.completed", "COMPLETED", _FILLED),
    ),
    Told("batch.corrected", "the broker corrects an outcome that it had reported; it carries the batch as it is now"),
    Told("batch.attention", "an order starts to need somebody's attention: `attention` of the order says why"),
    Told("batch.held", "confirmed orders are held because new orders are stopped; `halt` says by whom and why"),
    Told("batch.released", "orders that were held continue"),
    Told("order.rejected_late", "the broker rejects an order that it had accepted"),
    Told(
        "cancellation.completed",
        "the outcome of a cancellation is known",
        _told(
            "cancellation.completed",
            _OF_INVESTOR,
            _TRANSACTION,
            intent="CANCEL_ORDER",
            broker="kite",
            notes=None,
            status="COMPLETED",
            cancelled=True,
            cancelStatus="CANCELLED",
            orderBatches=[],
        ),
    ),
    Told(
        "orders.halted",
        "new orders are stopped, by you or by the operator",
        _told("orders.halted", _OF_NOTHING, {"smallcaseAuthId": ""}, _HALT),
    ),
    Told(
        "orders.resumed",
        "new orders are accepted again",
        _told("orders.resumed", _OF_NOTHING, {"smallcaseAuthId": ""}, _HALT),
    ),
    Told(
        "connection.ended",
        "an investor's last login at their broker has ended",
        _told("connection.ended", _OF_NOTHING, _OF_INVESTOR, _CONNECTION),
    ),
    Told("connection.restored", "an investor logs in again, for the first time after that"),
    Told(
        "funds.fetched",
        "a `FETCH_FUNDS` has ended",
        _told(
            "funds.fetched",
            _OF_INVESTOR,
            _TRANSACTION,
            intent="FETCH_FUNDS",
            broker="kite",
            notes=None,
            status="COMPLETED",
            funds=997141.3,
            fundsAt="2026-11-28T09:09:35.451Z",
        ),
    ),
    Told("holdings.imported", "holdings were read, with the investor's consent"),
    Told("holdings.authorised", "an investor has authorised the sale of shares at the depository"),
    Told("consent.withdrawn", "an investor withdraws a consent; what was kept under it is deleted"),
    Told("mf_holdings.imported", "the statement of mutual funds has arrived"),
    Told("mf_holdings.failed", "an import of mutual funds has failed"),
    Told("lead.updated", "the opening of an account has made progress"),
    Told("pending_action.raised", "an investment needs something from its investor"),
    Told("pending_action.updated", "an instalment that is placed by itself was placed, or why it was not"),
    Told("pending_action.ended", "an investment no longer needs it"),
    Told("instalment_plan.updated", "an instalment plan was made, changed or ended"),
)
