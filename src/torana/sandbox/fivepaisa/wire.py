"""Rows as 5paisa writes them: numbers as numbers, moments as `/Date(milliseconds+0530)/`."""

from datetime import datetime
from functools import partial

from torana.market.models import Security
from torana.sandbox.fivepaisa.errors import TABLES
from torana.sandbox.models import Reason, State
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import BSE, NSE, by_name, token_on
from torana.sandbox.wire import Style, called

WORDS, ROWS = TABLES.words, TABLES.rows
_BY_THE_EXCHANGE = frozenset({Reason.CIRCUIT})
LETTERS = {NSE: "N", BSE: "B"}
EXCHANGES = {letter: name for name, letter in LETTERS.items()}


def moment(at: datetime | None) -> str:
    return f"/Date({0 if at is None else round(at.timestamp() * 1000)}+0530)/"


def _status(view: OrderView) -> str:
    return "Rejected by Exch" if view.reason in _BY_THE_EXCHANGE and view.state is State.REJECTED else view.status


def scrip_data(security: Security) -> str:
    return f"{security.symbol}_{security.series}"


by_scrip_data = by_name(scrip_data)
STYLE = Style(
    securities=called(
        ROWS["security"], NseCode=partial(token_on, NSE), BseCode=partial(token_on, BSE), ScripData=scrip_data
    ),
    forms={"date": moment, "utc": "{:%Y-%m-%dT%H:%M:%SZ}".format},
)
BOOK = STYLE.orders(ROWS["book"], OrderStatus=_status, Reason=lambda view: why(view, TABLES.rejections) or "")
STATUS = STYLE.orders(ROWS["status"], Status=_status)
TRADE = STYLE.trades(ROWS["trade"])
HOLDING, POSITION = STYLE.holdings(ROWS["holding"]), STYLE.positions(ROWS["position"])
FUNDS, PERSON = STYLE.funds(ROWS["funds"]), STYLE.person(ROWS["person"])
PRICE, SCRIP = STYLE.quotes(ROWS["price"]), STYLE.instruments(ROWS["scrip"])
