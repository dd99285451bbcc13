"""Rows as InvestRight writes them: amounts as numbers, moments as `DD/MM/YYYY HH:MM:SS`, nothing as an empty text."""

from torana.kit.clock import IST
from torana.kit.money import rupees
from torana.market.models import Security
from torana.sandbox.hdfc.errors import TABLES
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import OMS_PLAIN, why
from torana.sandbox.securities import by_name
from torana.sandbox.wire import Style

WORDS, ROWS = TABLES.words, TABLES.rows
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
    securities={
        **dict.fromkeys(("security_id", "securityId", "tradingsymbol"), code_of),
        "token_id": lambda one: f"{one.exchange}{one.exchange_token}",
    },
)
ORDER = STYLE.orders(
    ROWS["order"],
    status_message=lambda view: why(view, OMS_PLAIN),
    status_message_raw=why,
    total_traded_value=lambda view: rupees(view.order.value),
    external_reference_number=_reference,
)
TRADE, TRADE_OF_ORDER = STYLE.trades(ROWS["trade"]), STYLE.trades(ROWS["trade_of_order"])
HOLDING, POSITION = STYLE.holdings(ROWS["holding"]), STYLE.positions(ROWS["position"])
FUNDS, PRICE = STYLE.funds(ROWS["funds"]), STYLE.quotes(ROWS["price"])
_DEMAT = STYLE.person(ROWS["demat"])
PERSON = STYLE.person(ROWS["person"], depository_details=lambda account: [_DEMAT(account)])
SECURITY = STYLE.instruments(ROWS["security"], symbol_name=lambda one: one.symbol if one.exchange == "NSE" else "")
