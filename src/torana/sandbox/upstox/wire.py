"""What Upstox calls a security, and the rows of its answers: amounts are JSON numbers in rupees; moments are Indian
wall time, in one format for orders and another one for trades.

`quantity` of a holding counts delivered, unpledged shares; undelivered ones are in `t1_quantity`, pledged ones in
`collateral_quantity`. The documentation leaves open whether the real `quantity` holds those two as well. Tick sizes of
the instrument files are in paise. Source: Upstox developer API documentation, order book, order history, trades,
holdings, positions, funds and margin (v2, v3), profile, market quotes, instruments (JSON), order status appendix.
"""

from dataclasses import replace
from zlib import crc32

from torana.market.models import Security
from torana.sandbox import instrument_files
from torana.sandbox.models import Reason, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.rejections import OMS_TEXTS
from torana.sandbox.securities import by_isin, with_series
from torana.sandbox.vocabulary import OMS
from torana.sandbox.wire import Style

VOCABULARY = OMS
SEGMENTS = {"NSE_EQ": "NSE", "BSE_EQ": "BSE"}


def instrument_key(security: Security) -> str:
    """The segment and the ISIN: `NSE_EQ|INE467B01029`."""
    return f"{security.exchange}_EQ|{security.isin}"


def find_by_key(key: str) -> Security | None:
    """The security of an instrument key, in exactly its case; None for any other segment."""
    segment, _, isin = key.partition("|")
    return by_isin(isin, SEGMENTS[segment]) if segment in SEGMENTS else None


STYLE = Style(
    securities={
        "instrument_token": instrument_key,
        "instrument_key": instrument_key,
        "segment": lambda one: f"{one.exchange}_EQ",
        "trading_symbol": with_series,
        "tradingsymbol": with_series,
    },
    names={
        "order_ref_id": lambda view: f"udapi-{view.order.guid.replace('-', '')[:14]}",
        "variety": lambda view: "AMO" if view.amo else "SIMPLE",
        "status_message": lambda view: _rejection(view)[0],
        "status_message_raw": lambda view: _rejection(view)[1],
    },
)


def _rejection(view: OrderView) -> tuple[str | None, str | None]:
    """`status_message` and `status_message_raw`; nothing for an order that was not rejected."""
    order = view.order
    if order.state is not State.REJECTED or not view.last:
        return None, None
    text, raw = (order.reason and OMS_TEXTS.get(order.reason)) or (order.message, order.message)
    if order.reason is Reason.FUNDS:
        text = f"You need to add Rs. {view.worth} in your account to place this trade."
    return text, raw and raw.replace("exchange NSE", f"exchange {order.exchange}")


_ORDER = """
    exchange product tag instrument_token placed_by=account_id trading_symbol tradingsymbol order_type validity
    trigger_price=0 disclosed_quantity=disclosed transaction_type=side parent_order_id=null order_id variety
    order_timestamp=at is_amo=amo status price quantity average_price filled_quantity=filled status_message
    order_request_id exchange_timestamp=exchange_at
"""
BOOK = STYLE.orders(
    _ORDER
    + 'guid=null pending_quantity=unfilled status_message_raw exchange_order_id=exchange_order_id|"" order_ref_id',
    order_request_id=lambda view: str(view.changes + 1),
)
HISTORY = STYLE.orders(
    _ORDER + 'exchange_order_id parent_order_id="NA" trading_symbol=symbol tradingsymbol=symbol',
    order_request_id=lambda view: str(view.changes + 1) if view.last else "1",
)
"""Other than in the book, nothing stands for an id of the exchange that is not there yet (null), `NA` for no parent
order, and a share has its bare symbol. Source: the documented sample of the order history."""
TRADE = replace(STYLE, moment="%d-%b-%Y %H:%M:%S").trades(
    """exchange product trading_symbol tradingsymbol instrument_token order_type transaction_type=side quantity
    exchange_order_id=exchange_order_id|"" order_id exchange_timestamp=at average_price=price trade_id order_ref_id
    order_timestamp=ordered_at"""
)
HOLDING = STYLE.holdings(
    """isin=security.isin company_name=security.name.upper() trading_symbol=symbol tradingsymbol=symbol
    instrument_token exchange product="D" quantity=settled cnc_used_quantity=used t1_quantity=t1
    collateral_quantity=collateral collateral_update_quantity=0 collateral_type="WC" haircut=0.2 average_price
    last_price close_price pnl=gain day_change day_change_percentage"""
)
POSITION = STYLE.positions(
    """buy_value=bought.value buy_price=bought.price day_buy_quantity=bought.quantity day_buy_value=bought.value
    day_buy_price=bought.price sell_value=sold.value sell_price=sold.price day_sell_quantity=sold.quantity
    day_sell_value=sold.value day_sell_price=sold.price overnight_quantity=0 overnight_buy_quantity=0
    overnight_buy_amount=0.0 overnight_sell_quantity=0 overnight_sell_amount=0.0 exchange product instrument_token
    trading_symbol=symbol tradingsymbol=symbol multiplier=1.0 quantity average_price value=net_value last_price
    close_price realised unrealised pnl=realised_and_unrealised"""
)
MARGINS = STYLE.funds(
    """used_margin=used payin_amount=0.0 span_margin=0.0 adhoc_margin=0.0 notional_cash=0.0 available_margin=available
    exposure_margin=0.0"""
)
FUNDS = STYLE.funds("""
    available_to_trade(
        total=available
        cash_available_to_trade(
            total=available
            cash(
                added_today=0.0 withdrawn_today=0.0 amount_from_stock_sale=0.0 unpaid_charges=0.0
                opening_balance=opening
            )
            margin_used(
                span_exposure=0.0 cash_margin_var_elm=0.0 premium_present=0.0 mtf=0.0 total=used
                delivery_margin( total=used equity=used fo_settlement=0.0 )
                loss( total=0.0 realised=0.0 unrealised=0.0 )
            )
        )
        pledge_available_to_trade(
            total=0.0 margin_from_pledge( total=0.0 equity=0.0 mutual_funds=0.0 )
            margin_used(
                span_exposure=0.0 cash_margin_var_elm=0.0 premium_present=0.0 mtf=0.0 total=pledged
                delivery_margin( total=pledged equity=pledged fo_settlement=0.0 )
            )
        )
    )
    unavailable_to_trade(
        cash_unavailable_to_trade.unsettled_profit( todays_profit=0.0 previous_days=0.0 )
        pledge_unavailable_to_trade( equity=0.0 mutual_funds=0.0 )
    )
""")
_PERSON = """
    email exchanges=["NSE","BSE"] products=["D","I","MTF"] broker="UPSTOX" user_id user_name=user_name.upper()
    order_types=["MARKET","LIMIT","SL","SL-M"] user_type="individual" poa=false is_active
"""
_WHO = Style(
    names={
        "email": lambda account: f"{account.user_id.lower()}@sandbox.invalid",
        "is_active": lambda account: not account.blocked,
        "ddpi": lambda account: not account.needs_edis,
    }
)
PROFILE, TOKEN = _WHO.person(f"{_PERSON} ddpi"), _WHO.person(f"{_PERSON} extended_token=null")
CHARGES = STYLE.costs(
    """total=charges brokerage=flat taxes( gst stt stamp_duty )
    other_charges( transaction=turnover clearing=0 ipft=0 sebi_turnover=sebi ) dp_plan( name="DP3A" min_expense=18.5
    )"""
)
MARGIN = STYLE.costs(
    """span_margin=0 exposure_margin=0 net_buy_premium=0 additional_margin=0 tender_margin=0 equity_margin=margin
    total_margin=margin"""
)
_LTP = "last_price instrument_token"
LTP = STYLE.quotes(_LTP)
LTP_V3 = STYLE.quotes(
    f"{_LTP} cp=close ltq volume",
    ltq=lambda view: _invented(view) % 90 + 1,
    volume=lambda view: _invented(view) % 5_000_000 + 10_000,
)
INSTRUMENT = STYLE.instruments(
    """segment name=name.upper() exchange=exchange isin instrument_type=series instrument_key lot_size=lot
    freeze_quantity exchange_token tick_size trading_symbol=symbol short_name=name security_type="NORMAL\"""",
    freeze_quantity=lambda one: one.freeze_quantity and float(one.freeze_quantity),
    exchange_token=lambda one: str(one.exchange_token),
    tick_size=lambda one: float(one.tick),
)
INDICES = [
    {
        "segment": "NSE_INDEX", "name": name, "exchange": "NSE", "instrument_type": "INDEX",
        "instrument_key": f"NSE_INDEX|{name}", "exchange_token": token, "trading_symbol": symbol,
    }
    for name, symbol, token in instrument_files.INDICES
]  # fmt: skip
"""Of the instrument files, where they stand beside equities as in the real ones."""


def _invented(view: QuoteView) -> int:
    """Of what volumes are made."""
    return crc32(f"{view.security.symbol}/{STYLE.moment_text(view.at)[:10]}".encode())
