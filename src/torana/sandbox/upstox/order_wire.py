"""Orders, trades and order updates as Upstox writes them.

Prices are JSON numbers in rupees, quantities JSON integers; moments are Indian wall time without a zone, in one format
for orders and another one for trades. Source: Upstox developer API documentation, order book, order history, trades,
webhook.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from torana.kit.clock import IST
from torana.kit.money import Paise, rupees
from torana.market.securities import Security
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Order, State, Trade
from torana.sandbox.prices import listed
from torana.sandbox.upstox.instruments import instrument_key
from torana.sandbox.upstox.words import rejection, told_history, word_of


def order_wire(exchange: Exchange, order: Order) -> dict[str, object]:
    """One row of the order book; order details has the same form."""
    message, raw = rejection(exchange, order)
    return _identity(order) | {
        "guid": None,
        "status": word_of(order),
        "price": amount(order.limit_price),
        "quantity": order.quantity,
        "average_price": order.average_price if order.filled else 0,
        "filled_quantity": order.filled,
        "pending_quantity": _pending(order.state, order.quantity, order.filled),
        "status_message": message,
        "status_message_raw": raw,
        "exchange_order_id": order.exchange_order_id or "",
        "exchange_timestamp": order_moment(order.exchange_at),
        "order_request_id": str(order.changes + 1),
        "order_ref_id": _reference(order),
    }


def history_wire(exchange: Exchange, order: Order) -> Iterator[dict[str, object]]:
    """One row for every status that the order went through.

    Other than in the book, nothing stands for an id of the exchange that is not there yet (null), `NA` for no parent
    order, and a share has its bare symbol. Source: the documented sample of the order history.
    """
    message, _ = rejection(exchange, order)
    for word, step in told_history(order):
        final = step is order.history[-1]
        yield _identity(order) | {
            "status": word,
            "price": amount(step.limit_price),
            "quantity": step.quantity,
            "average_price": step.average_price if step.filled else 0,
            "filled_quantity": step.filled,
            "status_message": message if final else None,
            "exchange_order_id": step.exchange_order_id,
            "parent_order_id": "NA",
            "trading_symbol": order.symbol,
            "tradingsymbol": order.symbol,
            "exchange_timestamp": order_moment(step.at) if step.exchange_order_id else None,
            "order_timestamp": order_moment(step.at),
            "order_request_id": str(order.changes + 1) if final else "1",
        }


def trade_wire(order: Order, trade: Trade) -> dict[str, object]:
    security = listed()[trade.symbol]
    return {
        "exchange": "NSE",
        "product": order.asked.product,
        "trading_symbol": _trading_symbol(security),
        "tradingsymbol": _trading_symbol(security),
        "instrument_token": instrument_key(security),
        "order_type": order.order_type.value,
        "transaction_type": trade.side.value,
        "quantity": trade.quantity,
        "exchange_order_id": order.exchange_order_id or "",
        "order_id": trade.order_id,
        "exchange_timestamp": trade_moment(trade.at),
        "average_price": amount(trade.price),
        "trade_id": trade.trade_id,
        "order_ref_id": _reference(order),
        "order_timestamp": trade_moment(order.accepted_at),
    }


def update_wire(exchange: Exchange, order: Order) -> dict[str, object]:
    """The order update that goes to an app's postback URL. It carries no proof of where it comes from."""
    row = order_wire(exchange, order)
    return {
        "update_type": "order",
        "user_id": order.account_id,
        "userId": order.account_id,
        "instrument_key": row["instrument_token"],
        **row,
        "status_message": row["status_message"] or "",
    }


def amount(price: Paise | None) -> Decimal | int:
    """A price as a JSON number of rupees; no price is 0."""
    return rupees(price) if price else 0


def order_moment(at: datetime | None) -> str | None:
    """`2026-11-18 10:30:00`."""
    return at.astimezone(IST).strftime("%Y-%m-%d %H:%M:%S") if at else None


def trade_moment(at: datetime) -> str:
    """`18-Nov-2026 10:30:00`."""
    return at.astimezone(IST).strftime("%d-%b-%Y %H:%M:%S")


def _identity(order: Order) -> dict[str, object]:
    """What is the same in the book, in the history and in updates."""
    security = listed()[order.symbol]
    return {
        "exchange": "NSE",
        "product": order.asked.product,
        "tag": order.tag,
        "instrument_token": instrument_key(security),
        "placed_by": order.account_id,
        "trading_symbol": _trading_symbol(security),
        "tradingsymbol": _trading_symbol(security),
        "order_type": order.order_type.value,
        "validity": order.asked.validity,
        "trigger_price": 0,
        "disclosed_quantity": int(order.asked.extra.get("disclosed_quantity", "0")),
        "transaction_type": order.side.value,
        "parent_order_id": None,
        "order_id": order.order_id,
        "variety": "AMO" if order.asked.amo else "SIMPLE",
        "order_timestamp": order_moment(order.accepted_at),
        "is_amo": order.asked.amo,
    }


def _pending(state: State, quantity: int, filled: int) -> int:
    """What was not filled, of a cancelled order too; a rejected one has nothing pending."""
    return 0 if state is State.REJECTED else max(quantity - filled, 0)


def _trading_symbol(security: Security) -> str:
    return f"{security.symbol}-{security.series}"


def _reference(order: Order) -> str:
    return f"udapi-{order.guid.replace('-', '')[:14]}"
