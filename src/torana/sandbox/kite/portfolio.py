"""Profile, funds, holdings and positions as Kite writes them.

Source: Kite Connect v3 documentation, user, portfolio. `quantity` of a holding is what is delivered and not sold today.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from torana.kit.money import Paise, rupees
from torana.sandbox.accounts import Account, Holding
from torana.sandbox.exchange import Exchange
from torana.sandbox.kite.instruments import token_of, tradingsymbol_of
from torana.sandbox.kite.values import moment
from torana.sandbox.models import Side, Trade
from torana.sandbox.prices import listed

ORDER_TYPES = ["MARKET", "LIMIT", "SL", "SL-M"]


def profile_wire(account: Account) -> dict[str, object]:
    name = account.user_name.replace(".", " ").replace("-", " ").title()
    return {
        "user_id": account.user_id,
        "user_type": "individual/ind_with_nom",
        "email": f"{account.user_id.lower()}@example.com",
        "user_name": name,
        "user_shortname": name.split(" ")[0],
        "broker": "ZERODHA",
        "exchanges": ["NSE", "BSE"],
        "products": ["CNC"],
        "order_types": ORDER_TYPES,
        "avatar_url": None,
        "meta": {"demat_consent": "" if account.needs_edis else "consent"},
    }


def session_wire(account: Account, api_key: str, token: str, public_token: str, at: datetime) -> dict[str, object]:
    """The answer to a finished login."""
    return profile_wire(account) | {
        "api_key": api_key,
        "access_token": token,
        "public_token": public_token,
        "enctoken": f"{public_token}==",
        "refresh_token": "",
        "silo": "",
        "login_time": moment(at),
    }


def margins_wire(exchange: Exchange, account: Account) -> dict[str, object]:
    available = rupees(exchange.available_cash(account))
    opening = rupees(account.opening_cash)
    return {
        "equity": _segment(available, opening),
        "commodity": _segment(Decimal(0), Decimal(0)),
    }


def _segment(available: Decimal, opening: Decimal) -> dict[str, object]:
    utilised = (
        "exposure m2m_realised m2m_unrealised option_premium payout span holding_sales turnover liquid_collateral "
        "stock_collateral delivery"
    )
    return {
        "enabled": True,
        "net": available,
        "available": {
            "adhoc_margin": 0,
            "cash": opening,
            "opening_balance": opening,
            "live_balance": available,
            "collateral": 0,
            "intraday_payin": 0,
        },
        "utilised": {"debits": opening - available} | dict.fromkeys(utilised.split(), 0),
    }


def holdings_wire(exchange: Exchange, account: Account) -> list[dict[str, object]]:
    """What is delivered, on its way from yesterday, or pledged. What was bought today is among the positions."""
    held = [holding for holding in account.holdings.values() if holding.owned > holding.bought]
    return [_holding(exchange, row, listed_on) for holding in held for listed_on, row in holding.rows()]


def _holding(exchange: Exchange, held: Holding, listed_on: str) -> dict[str, object]:
    last = exchange.last_price(held.symbol)
    close = exchange.prices.previous_close(held.symbol, exchange.now())
    average = held.average_price
    delivered = max(held.quantity - held.free_sold, 0)
    arriving = held.t1 - min(max(held.free_sold - held.quantity, 0), held.t1)
    return {
        "tradingsymbol": tradingsymbol_of(held.symbol),
        "exchange": listed_on,
        "instrument_token": token_of(held.symbol),
        "isin": listed()[held.symbol].isin,
        "product": "CNC",
        "price": 0,
        "quantity": delivered,
        "used_quantity": min(held.free_sold, held.quantity + held.t1) + held.pledged_sold,
        "t1_quantity": arriving,
        "realised_quantity": held.quantity,
        "authorised_quantity": held.authorised,
        "authorised_date": f"{(moment(exchange.now()) or '')[:10]} 00:00:00",
        "authorisation": {},
        "opening_quantity": held.quantity,
        "short_quantity": 0,
        "collateral_quantity": held.collateral - held.pledged_sold,
        "collateral_type": "equity" if held.collateral else "",
        "discrepancy": False,
        "average_price": rupees(average),
        "last_price": rupees(last),
        "close_price": rupees(close),
        "pnl": rupees((last - average) * (delivered + arriving)),
        "day_change": rupees(last - close),
        "day_change_percentage": round(Decimal(last - close) * 100 / close, 4),
        "mtf": {"quantity": 0, "used_quantity": 0, "average_price": 0, "value": 0, "initial_margin": 0},
    }


@dataclass(slots=True)
class _Traded:
    """Shares and their value, paise, of one symbol and side."""

    quantity: int = 0
    value: Paise = 0

    def add(self, trade: Trade) -> None:
        self.quantity += trade.quantity
        self.value += trade.quantity * trade.price

    @property
    def price(self) -> Decimal:
        return round(Decimal(self.value) / self.quantity / 100, 4) if self.quantity else Decimal(0)


def positions_wire(exchange: Exchange, account: Account) -> dict[str, object]:
    """The day's trades by security; for delivery `net` and `day` are the same."""
    day = list(_positions(exchange, exchange.trades(account)))
    return {"net": day, "day": day}


def _positions(exchange: Exchange, trades: Iterable[Trade]) -> Iterable[dict[str, object]]:
    traded: dict[str, dict[Side, _Traded]] = defaultdict(lambda: {side: _Traded() for side in Side})
    for trade in trades:
        traded[trade.symbol][trade.side].add(trade)
    for symbol, sides in traded.items():
        yield _position(exchange, symbol, sides[Side.BUY], sides[Side.SELL])


def _position(exchange: Exchange, symbol: str, bought: _Traded, sold: _Traded) -> dict[str, object]:
    last = exchange.last_price(symbol)
    net = bought.quantity - sold.quantity
    cash = sold.value - bought.value
    gain = rupees(cash + net * last)
    side = bought if net >= 0 else sold
    row: dict[str, object] = {
        "tradingsymbol": tradingsymbol_of(symbol),
        "exchange": "NSE",
        "instrument_token": token_of(symbol),
        "product": "CNC",
        "quantity": net,
        "overnight_quantity": 0,
        "multiplier": 1,
        "average_price": side.price if net else 0,
        "close_price": 0,
        "last_price": rupees(last),
        "value": rupees(cash),
        "pnl": gain,
        "m2m": gain,
        "unrealised": gain,
        "realised": 0,
    }
    for name, part in (("buy", bought), ("sell", sold)):
        row |= {
            f"{name}_quantity": part.quantity,
            f"{name}_price": part.price,
            f"{name}_value": rupees(part.value),
            f"{name}_m2m": rupees(part.value),
            f"day_{name}_quantity": part.quantity,
            f"day_{name}_price": part.price,
            f"day_{name}_value": rupees(part.value),
        }
    return row
