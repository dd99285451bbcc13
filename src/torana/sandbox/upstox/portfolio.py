"""Holdings, positions, funds and profile. Amounts on the wire are JSON numbers in rupees.

`quantity` of a holding counts delivered, unpledged shares; undelivered ones are in `t1_quantity`, pledged ones in
`collateral_quantity`. The documentation leaves open whether the real `quantity` holds those two as well.
Source: Upstox developer API documentation, holdings, positions, funds and margin (v2, v3), profile.
"""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from torana.kit.money import Paise, rupees
from torana.market.securities import Security
from torana.sandbox import web
from torana.sandbox.accounts import Account, Holding
from torana.sandbox.exchange import Exchange
from torana.sandbox.front import Call
from torana.sandbox.models import Side, Trade
from torana.sandbox.prices import listed
from torana.sandbox.upstox.access import reader
from torana.sandbox.upstox.errors import Code, Refused
from torana.sandbox.upstox.instruments import instrument_key

EXCHANGES = ("NSE",)
PRODUCTS = ("D", "I", "MTF")
ORDER_TYPES = ("MARKET", "LIMIT", "SL", "SL-M")


async def holdings(call: Call) -> web.Response:
    account = reader(call)
    rows = [
        _holding(call.exchange, row, listed_on)
        for held in account.holdings.values()
        if held.quantity + held.t1 + held.collateral > 0
        for listed_on, row in held.rows()
    ]
    return web.json({"status": "success", "data": rows})


async def positions(call: Call) -> web.Response:
    """What was traded today, netted by security and product."""
    account = reader(call)
    products = {order.order_id: order.asked.product for order in call.exchange.book(account)}
    traded: dict[tuple[str, str], list[Trade]] = defaultdict(list)
    for trade in call.exchange.trades(account):
        traded[trade.symbol, products[trade.order_id]].append(trade)
    rows = [_position(call.exchange, symbol, product, trades) for (symbol, product), trades in traded.items()]
    return web.json({"status": "success", "data": rows})


async def funds_v2(call: Call) -> web.Response:
    account = reader(call, Code.FUNDS_CLOSED)
    segment = call.request.query.get("segment")
    if segment not in (None, "", "SEC", "COM"):
        raise Refused(Code.INVALID_INPUT, "segment", segment)
    available = call.exchange.available_cash(account)
    both = {
        "equity": _margins(used=account.opening_cash - available, available=available),
        "commodity": _margins(used=0, available=0),
    }
    wanted = {"SEC": ("equity",), "COM": ("commodity",)}.get(segment or "", tuple(both))
    return web.json({"status": "success", "data": {name: both[name] for name in wanted}})


async def funds_v3(call: Call) -> web.Response:
    account = reader(call, Code.FUNDS_CLOSED)
    available = call.exchange.available_cash(account)
    blocked = account.cash - available
    nothing = {"total": 0.0, "equity": 0.0, "mutual_funds": 0.0}
    cash = {
        "opening_balance": rupees(account.opening_cash),
        "added_today": 0.0,
        "withdrawn_today": 0.0,
        "amount_from_stock_sale": 0.0,
        "unpaid_charges": 0.0,
    }
    traded = account.opening_cash - account.cash
    data = {
        "available_to_trade": {
            "total": rupees(available),
            "cash_available_to_trade": {
                "total": rupees(available),
                "cash": cash,
                "margin_used": _margin_used(delivery=blocked + traded)
                | {"mtf": 0.0, "loss": {"total": 0.0, "realised": 0.0, "unrealised": 0.0}},
            },
            "pledge_available_to_trade": {
                "total": 0.0,
                "margin_from_pledge": nothing,
                "margin_used": _margin_used(delivery=0) | {"mtf": 0.0},
            },
        },
        "unavailable_to_trade": {
            "cash_unavailable_to_trade": {"unsettled_profit": {"todays_profit": 0.0, "previous_days": 0.0}},
            "pledge_unavailable_to_trade": {"equity": 0.0, "mutual_funds": 0.0},
        },
    }
    return web.json({"status": "success", "data": data})


async def profile(call: Call) -> web.Response:
    account = reader(call)
    standing = {"poa": False, "ddpi": not account.needs_edis, "is_active": not account.blocked}
    return web.json({"status": "success", "data": person(account) | standing})


def person(account: Account) -> dict[str, object]:
    """Who the client is, as profile and token answer tell it."""
    return {
        "email": f"{account.user_id.lower()}@sandbox.invalid",
        "exchanges": EXCHANGES,
        "products": PRODUCTS,
        "broker": "UPSTOX",
        "user_id": account.user_id,
        "user_name": account.user_name.upper(),
        "order_types": ORDER_TYPES,
        "user_type": "individual",
    }


def _holding(exchange: Exchange, held: Holding, listed_on: str) -> dict[str, object]:
    security = listed()[held.symbol]
    last = exchange.last_price(held.symbol)
    close = exchange.prices.previous_close(held.symbol, exchange.now())
    owned = held.quantity + held.t1 + held.collateral
    return {
        "isin": security.isin,
        "company_name": security.name.upper(),
        "trading_symbol": security.symbol,
        "tradingsymbol": security.symbol,
        "instrument_token": instrument_key(security).replace("NSE", listed_on, 1),
        "exchange": listed_on,
        "product": "D",
        "quantity": held.quantity,
        "cnc_used_quantity": min(held.used, held.quantity + held.t1),
        "t1_quantity": held.t1,
        "collateral_quantity": held.collateral,
        "collateral_update_quantity": 0,
        "collateral_type": "WC",
        "haircut": Decimal("0.2"),
        "average_price": rupees(held.average_price),
        "last_price": rupees(last),
        "close_price": rupees(close),
        "pnl": rupees(owned * (last - held.average_price)),
        "day_change": rupees(last - close),
        "day_change_percentage": (Decimal(last - close) * 100 / close).quantize(Decimal("0.0001"), ROUND_HALF_UP),
    }


def _position(exchange: Exchange, symbol: str, product: str, trades: list[Trade]) -> dict[str, object]:
    bought, paid = _total(trades, Side.BUY)
    sold, received = _total(trades, Side.SELL)
    net = bought - sold
    buy_price, sell_price = _each(paid, bought), _each(received, sold)
    average = buy_price if net > 0 else sell_price if net < 0 else Decimal(0)
    last = rupees(exchange.last_price(symbol))
    realised = min(bought, sold) * (sell_price - buy_price)
    unrealised = net * (last - average)
    return _traded(bought, paid, sold, received) | {
        **_overnight(),
        "exchange": "NSE",
        "product": product,
        **_names(listed()[symbol]),
        "multiplier": 1.0,
        "quantity": net,
        "average_price": average,
        "value": net * average,
        "last_price": last,
        "close_price": rupees(exchange.prices.previous_close(symbol, exchange.now())),
        "realised": realised,
        "unrealised": unrealised,
        "pnl": realised + unrealised,
    }


def _traded(bought: int, paid: Paise, sold: int, received: Paise) -> dict[str, object]:
    return {
        "buy_value": rupees(paid),
        "buy_price": _each(paid, bought),
        "day_buy_quantity": bought,
        "day_buy_value": rupees(paid),
        "day_buy_price": _each(paid, bought),
        "sell_value": rupees(received),
        "sell_price": _each(received, sold),
        "day_sell_quantity": sold,
        "day_sell_value": rupees(received),
        "day_sell_price": _each(received, sold),
    }


def _overnight() -> dict[str, object]:
    """The cash market carries no position over night: what was bought becomes a holding."""
    return {
        "overnight_quantity": 0,
        "overnight_buy_quantity": 0,
        "overnight_buy_amount": 0.0,
        "overnight_sell_quantity": 0,
        "overnight_sell_amount": 0.0,
    }


def _names(security: Security) -> dict[str, object]:
    return {
        "instrument_token": instrument_key(security),
        "trading_symbol": security.symbol,
        "tradingsymbol": security.symbol,
    }


def _total(trades: list[Trade], side: Side) -> tuple[int, Paise]:
    """Shares and their value."""
    own = [trade for trade in trades if trade.side is side]
    return sum(trade.quantity for trade in own), sum(trade.quantity * trade.price for trade in own)


def _each(value: Paise, quantity: int) -> Decimal:
    """Rupees per share to two decimals, 0 without shares."""
    return rupees(round(Decimal(value) / quantity)) if quantity else Decimal(0)


def _margins(*, used: Paise, available: Paise) -> dict[str, object]:
    return {
        "used_margin": rupees(used),
        "payin_amount": 0.0,
        "span_margin": 0.0,
        "adhoc_margin": 0.0,
        "notional_cash": 0.0,
        "available_margin": rupees(available),
        "exposure_margin": 0.0,
    }


def _margin_used(*, delivery: Paise) -> dict[str, object]:
    return {
        "total": rupees(delivery),
        "span_exposure": 0.0,
        "cash_margin_var_elm": 0.0,
        "premium_present": 0.0,
        "delivery_margin": {"total": rupees(delivery), "equity": rupees(delivery), "fo_settlement": 0.0},
    }
