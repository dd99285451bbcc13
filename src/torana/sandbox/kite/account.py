"""Profile, funds, holdings, positions and quotes as Kite writes them.

Source: Kite Connect v3 documentation, user, portfolio, market quotes. `quantity` of a holding is what is delivered and
not sold today. Volumes, open interest and the depth of the market are invented.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal

from torana.sandbox import portfolio
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.kite.errors import input_error
from torana.sandbox.kite.orders import ORDER_TYPES, STYLE, symbol_of
from torana.sandbox.portfolio import FundsView, HoldingView, PositionView, QuoteView
from torana.sandbox.prices import listed
from torana.sandbox.wire import Shape

HOLDING = Shape(
    HoldingView,
    STYLE,
    """
    tradingsymbol exchange=listed_on instrument_token isin=security.isin product="CNC" price=0 quantity=delivered
    used_quantity=used t1_quantity=arriving realised_quantity=settled authorised_quantity=authorised authorisation={}
    opening_quantity=settled short_quantity=0 collateral_quantity=pledged collateral_type discrepancy=false
    average_price last_price close_price pnl=gain_now day_change day_change_percentage
    mtf.quantity=0 mtf.used_quantity=0 mtf.average_price=0 mtf.value=0 mtf.initial_margin=0
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
_SEGMENT = Shape(
    FundsView,
    STYLE,
    """
    enabled=true net=available available.adhoc_margin=0 available.cash=opening available.opening_balance=opening
    available.live_balance=available available.collateral=0 available.intraday_payin=0
    utilised.debits=used utilised.exposure=0 utilised.m2m_realised=0 utilised.m2m_unrealised=0
    utilised.option_premium=0 utilised.payout=0 utilised.span=0 utilised.holding_sales=0 utilised.turnover=0
    utilised.liquid_collateral=0 utilised.stock_collateral=0 utilised.delivery=0
    """,
)
_NOTHING = FundsView(Decimal(0), Decimal(0), Decimal(0))
_LTP = "instrument_token last_price"
_OHLC = f"{_LTP} ohlc.open=open ohlc.high=high ohlc.low=low ohlc.close=close"
LTP, OHLC = Shape(QuoteView, STYLE, _LTP), Shape(QuoteView, STYLE, _OHLC)
QUOTE = Shape(
    QuoteView,
    STYLE,
    f"""
    {_OHLC} timestamp=at last_trade_time=at last_quantity=10 buy_quantity=12000 sell_quantity=11000 volume=2500000
    average_price=middle oi=0 oi_day_high=0 oi_day_low=0 net_change lower_circuit_limit=lower_band
    upper_circuit_limit=upper_band depth.buy depth.sell
    """,
    **{"depth.buy": lambda view: _depth(view, -1), "depth.sell": lambda view: _depth(view, 1)},
)


def person(account: Account) -> dict[str, object]:
    """Who the client is, as profile and token answer tell it."""
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


def margins(call: Call) -> object:
    both = {"equity": _SEGMENT(portfolio.funds(call.exchange, call.account)), "commodity": _SEGMENT(_NOTHING)}
    segment = call.path.get("segment")
    if segment is not None and segment not in both:
        raise input_error("Invalid `segment`.")
    return both if segment is None else both[segment]


def holdings(call: Call) -> object:
    today = {"authorised_date": f"{STYLE.moment_text(call.exchange.now())[:10]} 00:00:00"}
    return [HOLDING(view) | today for view in portfolio.holdings(call.exchange, call.account)]


def positions(call: Call) -> object:
    """The day's trades by security; for delivery `net` and `day` are the same."""
    day = [POSITION(view) for view in portfolio.positions(call.exchange, call.account, places=4)]
    return {"net": day, "day": day}


def quotes(shape: Shape[QuoteView], largest: int) -> Callable[[Call], object]:
    """Quotes of at most so many instruments."""
    return lambda call: {key: shape(portfolio.quote(call.exchange, one)) for key, one in _known(call, largest)}


def _depth(view: QuoteView, way: int) -> list[dict[str, object]]:
    """Five steps of one side of the market."""
    return [{"price": view.ticks_away(way * at), "quantity": 100 * at, "orders": at} for at in range(1, 6)]


def _known(call: Call, largest: int) -> Iterator[tuple[str, str]]:
    """Keys and symbols that the exchange lists; the others are missing from the answer without a word."""
    keys = [value for name, value in call.request.query_pairs if name == "i"]
    if not keys:
        raise input_error("Missing `i`.")
    if len(keys) > largest:
        raise input_error(f"At most {largest} instruments can be asked for at once.")
    for key in keys:
        symbol = symbol_of(key.removeprefix("NSE:"))
        if key.startswith("NSE:") and symbol in listed():
            yield key, symbol
