"""What Kite calls a security, and the rows of its answers: prices are JSON numbers in rupees, quantities JSON integers,
moments Indian wall time.

Source: Kite Connect v3 documentation, orders, user, portfolio, market quotes, instruments; segment numbers are those
of the official Python client's ticker. `quantity` of a holding is what is delivered and not sold today. Texts of
rejections are invented in kind; volumes, open interest and the depth of the market are invented. A holding of a share
that both exchanges list stands under the NSE, but for what a broker keeps apart; that is a guess.
"""

from collections.abc import Mapping

from torana.kit.clock import IST
from torana.market.models import Security
from torana.sandbox.accounts import Account
from torana.sandbox.models import Reason, State
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.securities import by_name
from torana.sandbox.vocabulary import OMS_MODIFYING, OMS_WORDS, Vocabulary
from torana.sandbox.wire import Style

SEGMENTS: Mapping[str, int] = {"NSE": 1, "BSE": 4}
VOCABULARY = Vocabulary(
    words={state: word.upper() for state, word in OMS_WORDS.items()} | {State.AMO_RECEIVED: "AMO REQ RECEIVED"},
    undocumented="HELD BY SURVEILLANCE",
    modifying=tuple(word.upper() for word in OMS_MODIFYING),
    cancelled_amo="CANCELLED AMO",
    strange_in=frozenset(State),
)
_RAW: dict[Reason, str] = {
    Reason.FUNDS: "RMS:Margin Exceeds, cash available is below the order value",
    Reason.HOLDINGS: "RMS:Rule: Check holdings for entity account across exchange",
    Reason.CIRCUIT: "RMS:Rule: Check circuit limit including square off order exceeds",
    Reason.FREEZE: "RMS:Rule: Freeze quantity exceeds",
}


def token_of(security: Security) -> int:
    """The exchange token shifted by eight bits, plus the segment."""
    return security.exchange_token << 8 | SEGMENTS[security.exchange]


def tradingsymbol_of(security: Security) -> str:
    """`INFY`, and `EMBASSY-RR` for what is not in series EQ; on the BSE never the group."""
    plain = security.exchange != "NSE" or security.series == "EQ"
    return security.symbol if plain else f"{security.symbol}-{security.series}"


find = by_name(tradingsymbol_of)
STYLE = Style(
    securities={"tradingsymbol": tradingsymbol_of, "instrument_token": token_of},
    names={
        "variety": lambda view: "amo" if view.amo else "regular",
        "status_message_raw": lambda view: view.reason and _RAW.get(view.reason, view.message or ""),
        "guid": lambda view: f"{view.order.guid[:6]}X{view.order_id[-9:]}",
        "tags": lambda view: [view.tag] if view.tag else [],
    },
)
_ORDER = """
    placed_by=account_id order_id exchange_order_id parent_order_id=null status status_message=message
    order_timestamp=at exchange_timestamp=exchange_at variety modified exchange tradingsymbol instrument_token
    order_type transaction_type=side validity validity_ttl=0 product quantity disclosed_quantity=0 price trigger_price=0
    average_price filled_quantity=filled pending_quantity=unfilled cancelled_quantity=cancelled auction_number=null tag
"""


HISTORY = STYLE.orders(_ORDER)
"""The documented history of a changed order says `modified: false` in all rows, also behind the change."""
BOOK = STYLE.orders(f"{_ORDER} account_id status_message_raw exchange_update_timestamp=exchange_at meta={{}} guid tags")
TRADE = STYLE.trades(
    """trade_id order_id exchange tradingsymbol instrument_token product average_price=price quantity
    exchange_order_id transaction_type=side fill_timestamp=at order_timestamp exchange_timestamp=at""",
    order_timestamp=lambda view: f"{view.at.astimezone(IST):%H:%M:%S}",
)
HOLDING = STYLE.holdings(
    """tradingsymbol exchange instrument_token isin=security.isin product="CNC" price=0 quantity=delivered
    used_quantity=used t1_quantity=arriving realised_quantity=settled authorised_quantity=authorised authorisation={}
    opening_quantity=settled short_quantity=0 collateral_quantity=pledged collateral_type discrepancy=false
    average_price last_price close_price pnl=gain_now day_change day_change_percentage
    mtf( quantity=0 used_quantity=0 average_price=0 value=0 initial_margin=0 )""",
    collateral_type=lambda view: "equity" if view.collateral else "",
)
POSITION = STYLE.positions(
    """tradingsymbol exchange instrument_token product="CNC" quantity overnight_quantity=0 multiplier=1 average_price
    close_price=0 last_price value=cash pnl=gain m2m=gain unrealised=gain realised=0
    buy_quantity=bought.quantity buy_price=bought.price buy_value=bought.value buy_m2m=bought.value
    day_buy_quantity=bought.quantity day_buy_price=bought.price day_buy_value=bought.value
    sell_quantity=sold.quantity sell_price=sold.price sell_value=sold.value sell_m2m=sold.value
    day_sell_quantity=sold.quantity day_sell_price=sold.price day_sell_value=sold.value"""
)
SEGMENT = STYLE.funds("""
    enabled=true net=available
    available(
        adhoc_margin=0 cash=opening opening_balance=opening live_balance=available collateral=0 intraday_payin=0
    )
    utilised(
        debits=used exposure=0 m2m_realised=0 m2m_unrealised=0 option_premium=0 payout=0 span=0 holding_sales=0
        turnover=0 liquid_collateral=0 stock_collateral=0 delivery=0
    )
""")
CHARGES = STYLE.costs(
    """transaction_tax=stt transaction_tax_type="stt" exchange_turnover_charge=turnover sebi_turnover_charge=sebi
    brokerage=flat stamp_duty gst( igst=gst cgst=0 sgst=0 total=gst ) total=charges"""
)
MARGIN = STYLE.costs(
    """type="equity" tradingsymbol exchange span=0 exposure=0 option_premium=0 additional=0 bo=0 cash=0 var=margin
    pnl( realised=0 unrealised=0 ) leverage=1 charges total=margin""",
    charges=CHARGES,
)
PERSON = STYLE.person(
    """user_id user_type="individual/ind_with_nom" email user_name user_shortname broker="ZERODHA"
    exchanges=["NSE","BSE"] products=["CNC"] order_types=["MARKET","LIMIT","SL","SL-M"] avatar_url=null
    meta( demat_consent )""",
    email=lambda account: f"{account.user_id.lower()}@example.com",
    user_name=lambda account: _name(account),
    user_shortname=lambda account: _name(account).split(" ")[0],
    demat_consent=lambda account: "" if account.needs_edis else "consent",
)
"""Who the client is, as profile and token answer tell it."""
_LTP = "instrument_token last_price"
_OHLC = f"{_LTP} ohlc( open high low close )"
LTP, OHLC = STYLE.quotes(_LTP), STYLE.quotes(_OHLC)
QUOTE = STYLE.quotes(
    f"""{_OHLC} timestamp=at last_trade_time=at last_quantity=10 buy_quantity=12000 sell_quantity=11000 volume=2500000
    average_price=middle oi=0 oi_day_high=0 oi_day_low=0 net_change lower_circuit_limit=lower_band
    upper_circuit_limit=upper_band depth( buy sell )""",
    buy=lambda view: _depth(view, -1),
    sell=lambda view: _depth(view, 1),
)
INSTRUMENT = STYLE.instruments(
    """instrument_token exchange_token tradingsymbol name=name.upper() last_price=0 expiry="" strike=0 tick_size
    lot_size=lot instrument_type="EQ" segment=exchange exchange=exchange""",
    tick_size=lambda one: f"{one.tick / 100:g}",
)


def _name(account: Account) -> str:
    return account.user_name.replace(".", " ").replace("-", " ").title()


def _depth(view: QuoteView, way: int) -> list[dict[str, object]]:
    """Five steps of one side of the market."""
    return [{"price": view.ticks_away(way * at), "quantity": 100 * at, "orders": at} for at in range(1, 6)]
