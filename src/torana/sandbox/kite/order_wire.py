"""Orders, trades and postbacks as Kite writes them.

Prices are JSON numbers in rupees, quantities JSON integers; moments are Indian wall time, `YYYY-MM-DD HH:MM:SS`.
Source: Kite Connect v3 documentation, orders; postbacks. Texts of rejections are invented in kind.
"""

from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256

import msgspec

from torana.kit.clock import IST
from torana.kit.money import rupees
from torana.sandbox.front import App
from torana.sandbox.kite.instruments import token_of, tradingsymbol_of
from torana.sandbox.kite.values import amount, moment
from torana.sandbox.models import Order, OrderType, Reason, Side, State, Step, Trade
from torana.sandbox.postbacks import Postback

WORDS: dict[State, str] = {
    State.RECEIVED: "PUT ORDER REQ RECEIVED",
    State.AMO_RECEIVED: "AMO REQ RECEIVED",
    State.VALIDATION_PENDING: "VALIDATION PENDING",
    State.OPEN_PENDING: "OPEN PENDING",
    State.OPEN: "OPEN",
    State.CANCEL_PENDING: "CANCEL PENDING",
    State.COMPLETE: "COMPLETE",
    State.CANCELLED: "CANCELLED",
    State.REJECTED: "REJECTED",
}
MODIFYING = ("MODIFY VALIDATION PENDING", "MODIFY PENDING", "MODIFIED")
UNDOCUMENTED = "HELD BY SURVEILLANCE"
"""What the book shows for an order with a strange status."""

_RAW: dict[Reason, str] = {
    Reason.FUNDS: "RMS:Margin Exceeds, cash available is below the order value",
    Reason.HOLDINGS: "RMS:Rule: Check holdings for entity account across exchange",
    Reason.CIRCUIT: "RMS:Rule: Check circuit limit including square off order exceeds",
    Reason.FREEZE: "RMS:Rule: Freeze quantity exceeds",
}
_APP_ID = 4242
_AUTOMATIC = Decimal(2)
"""Percent away from the last price that Kite allows by itself, for most prices."""


def order_wire(order: Order) -> dict[str, object]:
    """One row of the order book."""
    return _row(order, WORDS[order.state] if not order.strange_status else UNDOCUMENTED) | {
        "account_id": order.account_id,
        "status_message": order.message,
        "status_message_raw": _raw_message(order),
        "exchange_update_timestamp": moment(order.exchange_at),
        "meta": {},
        "guid": f"{order.guid[:6]}X{order.order_id[-9:]}",
        "tags": [order.tag] if order.tag else [],
        **_protection(order),
    }


def _protection(order: Order) -> dict[str, object]:
    """How a market order under protection shows: Kite sends it to the exchange as a LIMIT order at the protected price
    and writes words of its own among the tags, after which `tag` is null."""
    asked = Decimal(order.asked.extra.get("market_protection", "0"))
    shown: dict[str, object] = {"market_protection": float(asked)}
    if order.order_type is not OrderType.MARKET or not asked:
        return shown
    percent = _AUTOMATIC if asked < 0 else asked
    words = ["mktp", f"mktp:{percent:.2f}"]
    shown |= {"tag": None, "tags": [*words, order.tag] if order.tag else words}
    if order.filled:
        away = percent if order.side is Side.BUY else -percent
        limit = (order.average_price * (100 + away) / 100).quantize(Decimal("0.05"))
        shown |= {"order_type": OrderType.LIMIT, "price": limit}
    return shown


def history_wire(order: Order) -> Iterator[dict[str, object]]:
    """One row for every status that the order went through, the oldest first.

    The documented history of a changed order says `modified: false` in all of them, also behind the change.
    """
    before: Step | None = None
    for step in order.history:
        if before and (step.quantity, step.limit_price) != (before.quantity, before.limit_price):
            for word in MODIFYING:
                yield _row(order, word) | _overlay(order, step)
        word = UNDOCUMENTED if order.strange_status and step is order.history[-1] else WORDS[step.state]
        yield _row(order, word) | _overlay(order, step)
        before = step


def trade_wire(order: Order, trade: Trade) -> dict[str, object]:
    return {
        "trade_id": trade.trade_id,
        "order_id": trade.order_id,
        "exchange": "NSE",
        "tradingsymbol": tradingsymbol_of(trade.symbol),
        "instrument_token": token_of(trade.symbol),
        "product": order.asked.product,
        "average_price": rupees(trade.price),
        "quantity": trade.quantity,
        "exchange_order_id": order.exchange_order_id,
        "transaction_type": trade.side,
        "fill_timestamp": moment(trade.at),
        "order_timestamp": f"{trade.at.astimezone(IST):%H:%M:%S}",
        "exchange_timestamp": moment(trade.at),
    }


def postback(order: Order, app: App) -> Postback | None:
    """What Kite sends for the order's last change; None when such a change sends nothing."""
    status = _postback_status(order)
    if status is None:
        return None
    body = order_wire(order) | {
        "user_id": order.account_id,
        "app_id": _APP_ID,
        "unfilled_quantity": order.pending,
        "status": status,
    }
    proof = f"{order.order_id}{body['order_timestamp']}{app.secret}"
    return Postback(
        url=app.postback_url,
        body=_json(body | {"checksum": sha256(proof.encode()).hexdigest()}),
        forged=_json(body | {"checksum": sha256(b"forged" + proof.encode()).hexdigest()}),
        headers={"content-type": "application/json"},
    )


def _postback_status(order: Order) -> str | None:
    if order.final:
        return WORDS[order.state]
    if len(order.history) < 2:
        return None
    before, last = order.history[-2:]
    changed = (last.filled, last.quantity, last.limit_price) != (before.filled, before.quantity, before.limit_price)
    return "UPDATE" if changed else None


def _row(order: Order, word: str) -> dict[str, object]:
    """What book and history have in common."""
    cancelled_amo = order.state is State.CANCELLED and order.asked.amo and order.exchange_order_id is None
    return {
        "placed_by": order.account_id,
        "order_id": order.order_id,
        "exchange_order_id": order.exchange_order_id,
        "parent_order_id": None,
        "status": "CANCELLED AMO" if cancelled_amo and word == "CANCELLED" else word,
        "status_message": None,
        "order_timestamp": moment(order.accepted_at),
        "exchange_timestamp": moment(order.exchange_at),
        "variety": "amo" if order.asked.amo else "regular",
        "modified": order.changes > 0,
        "exchange": "NSE",
        "tradingsymbol": tradingsymbol_of(order.symbol),
        "instrument_token": token_of(order.symbol),
        "order_type": order.order_type,
        "transaction_type": order.side,
        "validity": order.asked.validity,
        "validity_ttl": 0,
        "product": order.asked.product,
        "quantity": order.quantity,
        "disclosed_quantity": 0,
        "price": amount(order.limit_price),
        "trigger_price": 0,
        "average_price": order.average_price if order.filled else 0,
        "filled_quantity": order.filled,
        "pending_quantity": _pending(order.state, order.quantity, order.filled),
        "cancelled_quantity": order.cancelled,
        "auction_number": None,
        "tag": order.tag,
    }


def _overlay(order: Order, step: Step) -> dict[str, object]:
    """How the order stood at that step."""
    return {
        "modified": False,
        "order_timestamp": moment(step.at),
        "exchange_timestamp": moment(step.at) if step.exchange_order_id else None,
        "exchange_order_id": step.exchange_order_id,
        "quantity": step.quantity,
        "price": amount(step.limit_price),
        "average_price": step.average_price if step.filled else 0,
        "filled_quantity": step.filled,
        "pending_quantity": _pending(step.state, step.quantity, step.filled),
        "cancelled_quantity": step.cancelled,
        "status_message": step.message,
    }


def _pending(state: State, quantity: int, filled: int) -> int:
    """What was not filled: of a cancelled order too, as the documented order book has it. A rejected one has none."""
    return 0 if state is State.REJECTED else max(quantity - filled, 0)


def _raw_message(order: Order) -> str | None:
    return None if order.reason is None else _RAW.get(order.reason, order.message or "")


def _json(body: dict[str, object]) -> bytes:
    return msgspec.json.Encoder(decimal_format="number").encode(body)
