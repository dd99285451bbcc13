"""Rows as InvestRight writes them: amounts as numbers, moments as `DD/MM/YYYY HH:MM:SS`, nothing as an empty text.

Source: the samples of the InvestRight Open API documentation; the columns of the file from readers of the real one.
"""

from torana.kit.clock import IST
from torana.kit.money import rupees
from torana.market.models import Security
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import OMS_PLAIN, why
from torana.sandbox.securities import by_name
from torana.sandbox.vocabulary import Vocabulary, few_words
from torana.sandbox.wire import Style

WORDS = Vocabulary(
    few_words(
        sent="Transit", amo="Pending", resting="Pending", cancel_pending="Cancel Pending", complete="Traded",
        cancelled="Cancelled", rejected="Rejected",
    ),
    undocumented="Awaiting Surveillance",
    modifying=("Modify Pending", "Modified"),
)  # fmt: skip
_OWN_REFERENCE = "STAPI"


def code_of(security: Security) -> str:
    """Invented, alike on both exchanges, as the real ones are (`WIPLTDEQNR`)."""
    return "".join(one for one in security.symbol if one.isalnum()) + "EQNR"


by_code = by_name(code_of)


def _reference(view: OrderView) -> str:
    own = f"{view.at.astimezone(IST):%Y%m%d}{view.order_id[-7:]}"
    return f"{_OWN_REFERENCE}{view.tag or own}"


STYLE = Style(
    "%d/%m/%Y %H:%M:%S",
    null="",
    names=dict.fromkeys(
        ("modification_allowed", "cancellation_allowed"), lambda view: "NO" if view.order.final else "YES"
    ),
    securities={
        "security_id": code_of,
        "securityId": code_of,
        "tradingsymbol": code_of,
        "token_id": lambda one: f"{one.exchange}{one.exchange_token}",
    },
)
ORDER = STYLE.orders(
    """client_id=account_id order_id exchange_order_id status status_message status_message_raw order_timestamp=at
    exchange tradingsymbol security_id company_name=security.name underlying_symbol="" instrument_segment="EQUITY"
    instrument_type="Equity" expiry_date="" strike_price==0 option_type="" isin=security.isin
    transaction_type=side.capitalize() validity product quantity disclosed_quantity=disclosed price trigger_price==0
    filled_quantity=filled pending_quantity=pending average_price==0 total_traded_value order_source="C"
    order_subchannel="C" modification_allowed cancellation_allowed token_id order_slot good_till_date=""
    external_reference_number modified instrument_token=0 order_type cancelled_quantity=cancelled
    market_protection=0""",
    status_message=lambda view: why(view, OMS_PLAIN),
    status_message_raw=why,
    total_traded_value=lambda view: rupees(view.order.value),
    order_slot=lambda view: "AMO" if view.amo else "Online",
    external_reference_number=_reference,
)
TRADE = STYLE.trades(
    """client_id=order.account_id trade_id order_id exchange product average_price=price filled_quantity=quantity
    pending_quantity=0 exchange_order_id transaction_type=side.capitalize() fill_timestamp=at security_id
    company_name=security.name underlying_symbol="" instrument_segment="EQUITY" expiry_date="" strike_price==0
    option_type="" isin=security.isin status="Traded" validity=order.asked.validity total_traded_value=value
    order_source="C" order_type"""
)
TRADE_OF_ORDER = STYLE.trades(
    """tradeId=trade_id orderId=order_id exchange securityId product averagePrice=price filledQuantity=quantity
    pendingQuantity=0 exchangeOrderId=exchange_order_id transactionType=side.capitalize() fillTimestamp=at
    companyName=security.name underlyingSymbol="" instrumentSegment="EQUITY" expiryDate="" strikePrice==0 optionType=""
    isin=security.isin status="Traded" validity="1" totalTradedValue=value orderSource="C" orderType=order_type
    client_id=order.account_id"""
)
"""In another spelling than those of the day, as the sample has it."""
HOLDING = STYLE.holdings(
    """security_id="" exchange company_name=security.name sector_name="" isin=security.isin quantity=delivered
    average_price investment_value="" close_price realised="" sip_indicator="N" mtf_indicator="N" ltcg_quantity=0
    corporate_action_indicator="" corporate_action_message="\""""
)
POSITION = STYLE.positions(
    """client_id=account.user_id security_id instrument_segment="EQUITY" underlying_symbol=symbol product exchange
    expiry_date="" option_type="" strike_price==0 total_buy_quantity=bought.quantity total_sell_qty=sold.quantity
    net_qty=quantity average_buy_price=bought.price average_sell_price=sold.price total_buy_value=bought.value
    total_sell_value=sold.value t_day_buy_quantity=bought.quantity t_day_sell_qty=sold.quantity t_day_net_qty=quantity
    t_day_average_buy_price=bought.price t_day_avg_sell_price=sold.price t_day_buy_value=bought.value
    t_day_sell_value=sold.value cf_buy_qty=0 cf_sell_qty=0 cf_average_buy_price==0 cf_average_sell_price==0
    cf_buy_value==0 cf_sell_value==0 realised_pl_overall_position=realised realised_pl_t_day_position=realised"""
)
FUNDS = STYLE.funds(
    """equity( total_available_limit=available total_utilised_limit=used total_limit=opening
    totalAvailableLimitDetails( cash=available mtf==0 equity_intraday=available equity_margin=available )
    totalUtilizationDetails( cash=used mtf==0 equity_margin_intraday_cover==0 )
    totalLimitDetails( bank_hold==0 intraday_sales_proceed==0 ledger_balance=cash adhoc_limit==0 pledge_limit==0 ) )"""
)
_DEMAT = STYLE.person(
    """depository_code="12345678" depository_account_number=user_id depository="NSDL" edis_flag="Y" ddpi_flag""",
    ddpi_flag=lambda account: "N" if account.needs_edis else "Y",
)
PERSON = STYLE.person(
    """user_id user_type="NormalClient" user_name broker="InvestRight" accountSettlementType="RETAIL"
    exchanges:NSE=["EQUITY"] exchanges:BSE=["EQUITY"] products=["DELIVERY"] order_types=["MARKET","LIMIT"]
    depository_details""",
    depository_details=lambda account: [_DEMAT(account)],
)
PRICE = STYLE.quotes("prev_close=close ltp=last_price exchange token", token=lambda view: view.security.exchange_token)
SECURITY = STYLE.instruments(
    """exchange security_id instrument_segment="EQUITY" expiry_date="" strike_price="" option_type="" lot_size=lot
    tick_size=tick close_price=0 exch_security_id=exchange_token symbol_name underline_symbol="" open_price=0""",
    symbol_name=lambda one: one.symbol if one.exchange == "NSE" else "",
)
