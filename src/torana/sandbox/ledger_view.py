"""The ledger as JSON. Money in paise."""

from collections.abc import Mapping
from dataclasses import fields

from torana.sandbox.accounts import Account, Holding
from torana.sandbox.faults import Operation
from torana.sandbox.models import Order
from torana.sandbox.securities import name_of
from torana.sandbox.world import World


def ledger_view(world: World, wanted: Mapping[str, str]) -> dict[str, object]:
    """The ledger as JSON. `wanted` may narrow it by `broker`, `account` and `tag`."""
    exchange = world.exchange
    broker, name, tag = wanted.get("broker"), wanted.get("account"), wanted.get("tag")
    accounts = [
        account
        for account in exchange.accounts.all()
        if broker in (None, account.broker) and name in (None, account.user_id, account.user_name)
    ]
    ids = {(account.broker, account.user_id) for account in accounts}

    def shown(order: Order) -> bool:
        return (order.broker, order.account_id) in ids and tag in (None, order.asked.tag)

    return {
        "accounts": [account_view(world, account) for account in accounts],
        "orders": [order_view(order) for order in exchange.ledger.orders if shown(order)],
        "dropped": [order_view(order) for order in exchange.ledger.dropped if shown(order)],
        "postbacks": [
            {
                "broker": sent.broker,
                "account": sent.account_id,
                "orderId": sent.order_id,
                "status": sent.status,
                "outcome": sent.outcome,
            }
            for sent in exchange.ledger.postbacks
            if (sent.broker, sent.account_id) in ids
        ],
        "unnamedRequests": {
            known: dict(traffic.requests)
            for (known, user_id), traffic in exchange.ledger.traffic.items()
            if not user_id and broker in (None, known)
        },
    }


def account_view(world: World, account: Account) -> dict[str, object]:
    traffic = world.exchange.ledger.traffic.get((account.broker, account.user_id))
    return {
        "broker": account.broker,
        "account": account.user_id,
        "userName": account.user_name,
        "cash": account.cash,
        "holdings": {name_of(held.security): _held(held) for held in account.holdings.values()},
        "needsEdis": account.needs_edis,
        "blocked": account.blocked,
        "placeRequests": traffic.requests[Operation.PLACE] if traffic else 0,
        "peakPlacesPerSecond": traffic.peak_places_per_second if traffic else 0,
        "requests": dict(traffic.requests) if traffic else {},
    }


def _held(held: Holding) -> dict[str, object]:
    numbers = {one.name: getattr(held, one.name) for one in fields(held) if one.name != "security"}
    return {"symbol": held.symbol, "isin": held.security.isin} | numbers


def order_view(order: Order) -> dict[str, object]:
    """One order of the ledger. Money in paise, `averagePrice` in rupees."""
    return {
        "orderId": order.order_id,
        "exchangeOrderId": order.exchange_order_id,
        "broker": order.broker,
        "account": order.account_id,
        "askedTag": order.asked.tag,
        "tag": order.tag,
        "asked": {
            "exchange": order.asked.exchange,
            "symbol": order.asked.symbol,
            "side": order.asked.side,
            "quantity": order.asked.quantity,
            "orderType": order.asked.order_type,
            "limitPrice": order.asked.limit_price,
            "product": order.asked.product,
            "amo": order.asked.amo,
        },
        "exchange": order.exchange,
        "symbol": order.symbol,
        "side": order.side,
        "quantity": order.quantity,
        "orderType": order.order_type,
        "limitPrice": order.limit_price,
        "state": order.state,
        "filled": order.filled,
        "cancelled": order.cancelled,
        "averagePrice": order.average_price,
        "reason": order.reason,
        "acceptedAt": order.accepted_at,
        "appearsAt": order.appears_at,
        "bookDay": order.book_day,
        "history": [{"at": step.at, "state": step.state, "filled": step.filled} for step in order.history],
    }
