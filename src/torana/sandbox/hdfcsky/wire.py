"""Rows as HDFC Sky writes them: amounts as numbers, moments in seconds since 1970. Source: the samples of its
documentation, and for funds what clients of the live API have seen."""

from torana.market.models import Security
from torana.sandbox.rejections import why
from torana.sandbox.vocabulary import Vocabulary, few_words
from torana.sandbox.wire import Style

WORDS = Vocabulary(
    few_words(
        sent="PENDING", amo="AMO_REQ_RECEIVED", open_pending="EXCHANGE_RESPONSE_PENDING", resting="CONFIRMED",
        cancel_pending="CANCEL_PENDING", complete="COMPLETE", cancelled="CANCEL_CONFIRMED", rejected="REJECTED",
    ),
    undocumented="AWAITING_SURVEILLANCE",
    modifying=("MODIFY_PENDING", "MODIFY_CONFIRMED"),
    cancelled_amo="AMO_CANCEL_CONFIRMED",
)  # fmt: skip


def symbol_of(security: Security) -> str:
    return f"{security.symbol}-{security.series}"


STYLE = Style(
    null="",
    securities={
        "trading_symbol": symbol_of,
        "instrument_token": lambda one: one.exchange_token,
        "token": lambda one: one.exchange_token,
    },
)
ORDER = STYLE.orders(
    """trading_symbol average_trade_price==0 exchange pro_cli="CLIENT" market_protection_percentage=0 order_entry_time
    mode="NEW" oms_order_id=order_id trailing_stop_loss={} deposit=0 square_off_value={} disclosed_quantity=disclosed
    stop_loss_value={} price order_tag="" device="WEB" remaining_quantity=pending average_price order_status_info=""
    quantity execution_type client_id=account_id exchange_time order_side=side login_id=account_id
    validity instrument_token product trigger_price==0 segment="" trade_price==0 order_type contract_description={}
    rejection_code=0 exchange_order_id order_status=status filled_quantity=filled user_order_id=tag|"0" lot_size=1
    series="" rejection_reason""",
    order_entry_time=lambda view: int(view.at.timestamp()),
    exchange_time=lambda view: int(view.exchange_at.timestamp()) if view.exchange_at else 0,
    execution_type=lambda view: "AMO" if view.amo else "REGULAR",
    rejection_reason=lambda view: why(view) or "NONE",
)
TRADE = STYLE.trades(
    """client_id=order.account_id exchange exchange_order_id filled_quantity=quantity instrument_token
    oms_order_id=order_id order_price=price order_side=side order_type product remaining_quantity=0
    trade_number=trade_id trade_price=price trade_quantity=quantity trade_time trading_symbol""",
    trade_time=lambda view: int(view.at.timestamp()),
)
HOLDING = STYLE.holdings(
    """client_id=account.user_id branch_code="" buy_avg=average_price buy_avg_mtm=average_price exchange
    free_quantity=delivered isin=security.isin instrument_details( exchange=1 instrument_name="EQ" instrument_token
    trading_symbol ) ltp=last_price pending_quantity=0 pledge_quantity=collateral previous_close=close_price
    quantity=owned symbol t0_price==0 t0_quantity=0 t1_price==0 t1_quantity=t1 t2_price==0 t2_quantity=0
    today_pledge_quantity=0 token trading_symbol=symbol transaction_type="" used_quantity=used"""
)
POSITION = STYLE.positions(
    """client_id=account.user_id average_buy_price=bought.price average_price==0 average_sell_price=sold.price
    buy_amount=bought.value buy_quantity=bought.quantity cf_buy_amount==0 cf_buy_quantity=0 cf_sell_amount==0
    cf_sell_quantity=0 close_price==0 exchange instrument_token ltp=last_price multiplier=1 net_amount=cash
    net_quantity=quantity previous_close=close_price pro_cli="CLIENT" prod_type=1 product realized_mtm=realised
    segment="Capital" sell_amount=sold.value sell_quantity=sold.quantity symbol token trading_symbol"""
)
PERSON = STYLE.person(
    """client_id=user_id ddpi exchanges_subscribed=["NSE","BSE"] name=user_name poa_enabled=false
    products_enabled=["CNC"] status="active\"""",
    ddpi=lambda account: not account.needs_edis,
)
INSTRUMENT = STYLE.instruments(
    """exchange_token trading_symbol company_name=name close_price=0 expiry="01-Jan-0001" strike=0 tick_size
    lot_size=lot instrument_name="EQ" option_type="" segment=series exchange fin_instrm_pdct_tp_cd="" asset_code=""
    settlement_type="" isin""",
    tick_size=lambda one: f"{one.tick / 100:.2f}",
)
PRICE = STYLE.quotes("prev_close=close ltp=last_price exchange token")
