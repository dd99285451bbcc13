"""Profile, funds, holdings, positions and last prices. Amounts on the wire are JSON numbers in rupees.

`quantity` of a holding counts delivered, unpledged shares; undelivered ones are in `t1_quantity`, pledged ones in
`collateral_quantity`. The documentation leaves open whether the real `quantity` holds those two as well.
Source: Upstox developer API documentation, holdings, positions, funds and margin (v2, v3), profile, LTP quotes v2, v3.
"""

import re
from decimal import Decimal
from zlib import crc32

from torana.kit.clock import IST
from torana.kit.money import rupees
from torana.market.securities import Security
from torana.sandbox import portfolio
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.portfolio import FundsView, HoldingView, PositionView
from torana.sandbox.upstox.errors import Code, refused
from torana.sandbox.upstox.instruments import find_by_key, instrument_key
from torana.sandbox.upstox.orders import STYLE
from torana.sandbox.wire import Shape

LARGEST_NUMBER_OF_KEYS = 500
_KEY = re.compile(r"[A-Z]+_[A-Z]+\|.+")

HOLDING = Shape(
    HoldingView,
    STYLE,
    """
    isin=security.isin company_name trading_symbol=symbol tradingsymbol=symbol instrument_token exchange=listed_on
    product="D" quantity=settled cnc_used_quantity=used t1_quantity=t1 collateral_quantity=collateral
    collateral_update_quantity=0 collateral_type="WC" haircut=0.2 average_price last_price close_price pnl=gain
    day_change day_change_percentage
    """,
    company_name=lambda view: view.security.name.upper(),
    instrument_token=lambda view: instrument_key(view.security).replace("NSE", view.listed_on, 1),
)
POSITION = Shape(
    PositionView,
    STYLE,
    """
    buy_value buy_price day_buy_quantity=buy_quantity day_buy_value=buy_value day_buy_price=buy_price
    sell_value sell_price day_sell_quantity=sell_quantity day_sell_value=sell_value day_sell_price=sell_price
    overnight_quantity=0 overnight_buy_quantity=0 overnight_buy_amount=0.0 overnight_sell_quantity=0
    overnight_sell_amount=0.0 exchange="NSE" product instrument_token trading_symbol=symbol tradingsymbol=symbol
    multiplier=1.0 quantity average_price value=net_value last_price close_price realised unrealised
    pnl=realised_and_unrealised
    """,
)
_MARGINS = Shape(
    FundsView,
    STYLE,
    """
    used_margin=used payin_amount=0.0 span_margin=0.0 adhoc_margin=0.0 notional_cash=0.0 available_margin=available
    exposure_margin=0.0
    """,
)
_EMPTY = FundsView(rupees(0), rupees(0), rupees(0))


def person(account: Account) -> dict[str, object]:
    """Who the client is, as profile and token answer tell it."""
    return {
        "email": f"{account.user_id.lower()}@sandbox.invalid",
        "exchanges": ["NSE"],
        "products": ["D", "I", "MTF"],
        "broker": "UPSTOX",
        "user_id": account.user_id,
        "user_name": account.user_name.upper(),
        "order_types": ["MARKET", "LIMIT", "SL", "SL-M"],
        "user_type": "individual",
        "poa": False,
        "is_active": not account.blocked,
    }


def profile(call: Call) -> object:
    return person(call.account) | {"ddpi": not call.account.needs_edis}


def funds_v2(call: Call) -> object:
    segment = call.request.query.get("segment")
    if segment not in (None, "", "SEC", "COM"):
        raise refused(Code.INVALID_INPUT, "segment", segment)
    both = {"equity": portfolio.funds(call.exchange, call.account), "commodity": _EMPTY}
    wanted = {"SEC": ("equity",), "COM": ("commodity",)}.get(segment or "", tuple(both))
    return {name: _MARGINS(both[name]) for name in wanted}


def funds_v3(call: Call) -> object:
    funds = portfolio.funds(call.exchange, call.account)
    cash = dict.fromkeys(("added_today", "withdrawn_today", "amount_from_stock_sale", "unpaid_charges"), 0.0)
    used = _margin_used(funds.used) | {"loss": {"total": 0.0, "realised": 0.0, "unrealised": 0.0}}
    nothing = {"total": 0.0, "equity": 0.0, "mutual_funds": 0.0}
    return {
        "available_to_trade": {
            "total": funds.available,
            "cash_available_to_trade": {
                "total": funds.available,
                "cash": cash | {"opening_balance": funds.opening},
                "margin_used": used,
            },
            "pledge_available_to_trade": {
                "total": 0.0,
                "margin_from_pledge": nothing,
                "margin_used": _margin_used(rupees(0)),
            },
        },
        "unavailable_to_trade": {
            "cash_unavailable_to_trade": {"unsettled_profit": {"todays_profit": 0.0, "previous_days": 0.0}},
            "pledge_unavailable_to_trade": {"equity": 0.0, "mutual_funds": 0.0},
        },
    }


def _margin_used(delivery: Decimal) -> dict[str, object]:
    nothing = dict.fromkeys(("span_exposure", "cash_margin_var_elm", "premium_present", "mtf"), 0.0)
    margin = {"total": delivery, "equity": delivery, "fo_settlement": 0.0}
    return nothing | {"total": delivery, "delivery_margin": margin}


def ltp_v2(call: Call) -> object:
    """Takes `instrument_key`; the official client still says `symbol`."""
    query = call.request.query
    return {_name(one): _price(call, one) for one in _securities(query.get("instrument_key") or query.get("symbol"))}


def ltp_v3(call: Call) -> object:
    """Volumes are invented."""
    now, data = call.exchange.now(), {}
    for one in _securities(call.request.query.get("instrument_key")):
        seed = crc32(f"{one.symbol}/{now.astimezone(IST).date()}".encode())
        invented = {"ltq": seed % 90 + 1, "volume": seed % 5_000_000 + 10_000}
        close = {"cp": rupees(call.exchange.prices.previous_close(one.symbol, now))}
        data[_name(one)] = _price(call, one) | invented | close
    return data


def _securities(given: str | None) -> list[Security]:
    """One key that does not exist refuses the whole request. Raises `Refused`."""
    if not given:
        raise refused(Code.QUOTE_KEY_MISSING, "instrument_key")
    keys = given.split(",")
    if len(keys) > LARGEST_NUMBER_OF_KEYS:
        raise refused(Code.TOO_MANY_QUOTE_KEYS, "instrument_key")
    return [_security(key) for key in keys]


def _security(key: str) -> Security:
    if not _KEY.fullmatch(key):
        raise refused(Code.QUOTE_KEY_FORMAT, "instrument_key", key)
    security = find_by_key(key)
    if security is None:
        raise refused(Code.QUOTE_KEY_WRONG, "instrument_key", key)
    return security


def _name(security: Security) -> str:
    return f"NSE_EQ:{security.symbol}"


def _price(call: Call, security: Security) -> dict[str, object]:
    last = rupees(call.exchange.last_price(security.symbol))
    return {"last_price": last, "instrument_token": instrument_key(security)}
