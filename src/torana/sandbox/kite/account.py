"""Profile, funds, holdings and positions as Kite writes them.

Source: Kite Connect v3 documentation, user, portfolio. `quantity` of a holding is what is delivered and not sold today.
"""

from datetime import datetime
from decimal import Decimal

from torana.sandbox import portfolio
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.kite.errors import input_error
from torana.sandbox.kite.orders import ORDER_TYPES, STYLE
from torana.sandbox.portfolio import HoldingView, PositionView
from torana.sandbox.wire import Shape

_UTILISED = (
    "exposure m2m_realised m2m_unrealised option_premium payout span holding_sales turnover liquid_collateral "
    "stock_collateral delivery"
)

HOLDING = Shape(
    HoldingView,
    STYLE,
    """
    tradingsymbol exchange=listed_on instrument_token isin=security.isin product="CNC" price=0 quantity=delivered
    used_quantity=used t1_quantity=arriving realised_quantity=settled authorised_quantity=authorised authorisation={}
    opening_quantity=settled short_quantity=0 collateral_quantity=pledged collateral_type discrepancy=false
    average_price last_price close_price pnl=gain_now day_change day_change_percentage
    mtf={"quantity":0,"used_quantity":0,"average_price":0,"value":0,"initial_margin":0}
    """,
    collateral_type=lambda view: "equity" if view.collateral else "",
)
POSITION = Shape(
    PositionView,
    STYLE,
    """
    tradingsymbol exchange="NSE" instrument_token product="CNC" quantity overnight_quantity=0 multiplier=1 average_price
    close_price=0 last_price value=cash pnl=gain m2m=gain unrealised=gain realised=0
    buy_quantity buy_price buy_value buy_m2m=buy_value
    day_buy_quantity=buy_quantity day_buy_price=buy_price day_buy_value=buy_value
    sell_quantity sell_price sell_value sell_m2m=sell_value
    day_sell_quantity=sell_quantity day_sell_price=sell_price day_sell_value=sell_value
    """,
)


def person(account: Account) -> dict[str, object]:
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


def profile(call: Call) -> object:
    return person(call.account)


def session(account: Account, api_key: str, token: str, public_token: str, at: datetime) -> dict[str, object]:
    """The answer to a finished login."""
    return person(account) | {
        "api_key": api_key,
        "access_token": token,
        "public_token": public_token,
        "enctoken": f"{public_token}==",
        "refresh_token": "",
        "silo": "",
        "login_time": STYLE.told(at),
    }


def margins(call: Call) -> object:
    funds = portfolio.funds(call.exchange, call.account)
    both = {"equity": _segment(funds.available, funds.opening), "commodity": _segment(Decimal(0), Decimal(0))}
    segment = call.path.get("segment")
    if segment is not None and segment not in both:
        raise input_error("Invalid `segment`.")
    return both if segment is None else both[segment]


def _segment(available: Decimal, opening: Decimal) -> dict[str, object]:
    cash = {"cash": opening, "opening_balance": opening, "live_balance": available}
    return {
        "enabled": True,
        "net": available,
        "available": cash | {"adhoc_margin": 0, "collateral": 0, "intraday_payin": 0},
        "utilised": {"debits": opening - available} | dict.fromkeys(_UTILISED.split(), 0),
    }


def holdings(call: Call) -> object:
    today = {"authorised_date": f"{STYLE.told(call.exchange.now())[:10]} 00:00:00"}
    return [HOLDING(view) | today for view in portfolio.holdings(call.exchange, call.account)]


def positions(call: Call) -> object:
    """The day's trades by security; for delivery `net` and `day` are the same."""
    day = [POSITION(view) for view in portfolio.positions(call.exchange, call.account, places=4)]
    return {"net": day, "day": day}
