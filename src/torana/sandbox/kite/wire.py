"""What Kite calls a security, and the rows of its answers: prices are JSON numbers in rupees, quantities JSON integers,
moments Indian wall time.

Segment numbers are those of the official Python client's ticker. A holding of a share that both exchanges list stands
under the NSE, but for what a broker keeps apart; that is a guess.
"""

from collections.abc import Mapping

from torana.market.models import Security
from torana.sandbox.accounts import Account
from torana.sandbox.kite.errors import TABLES
from torana.sandbox.models import State
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.securities import by_name
from torana.sandbox.vocabulary import OMS_MODIFYING, OMS_WORDS, Vocabulary
from torana.sandbox.wire import Style, in_india

SEGMENTS: Mapping[str, int] = {"NSE": 1, "BSE": 4}
VOCABULARY = Vocabulary(
    words={state: word.upper() for state, word in OMS_WORDS.items()} | {State.AMO_RECEIVED: "AMO REQ RECEIVED"},
    undocumented="HELD BY SURVEILLANCE",
    modifying=tuple(word.upper() for word in OMS_MODIFYING),
    cancelled_amo="CANCELLED AMO",
    strange_in=frozenset(State),
)
ROWS = TABLES.rows


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
    forms={"clock": in_india("%H:%M:%S"), "plain": lambda paise: f"{paise / 100:g}"},
    names={
        "status_message_raw": lambda view: view.reason and TABLES.rejections.get(view.reason, view.message or ""),
        "guid": lambda view: f"{view.order.guid[:6]}X{view.order_id[-9:]}",
        "tags": lambda view: [view.tag] if view.tag else [],
    },
)
HISTORY, BOOK = STYLE.orders(ROWS["history"]), STYLE.orders(ROWS["book"])
TRADE, HOLDING = STYLE.trades(ROWS["trade"]), STYLE.holdings(ROWS["holding"])
POSITION, FUNDS = STYLE.positions(ROWS["position"]), STYLE.funds(ROWS["funds"])
CHARGES = STYLE.costs(ROWS["charges"])
MARGIN = STYLE.costs(ROWS["margin"], charges=CHARGES)
PERSON = STYLE.person(
    ROWS["person"],
    email=lambda account: f"{account.user_id.lower()}@example.com",
    user_name=lambda account: _name(account),
    user_shortname=lambda account: _name(account).split(" ")[0],
)
"""Who the client is, as profile and token answer tell it."""
LTP, OHLC = STYLE.quotes(ROWS["ltp"]), STYLE.quotes(ROWS["ohlc"])
QUOTE = STYLE.quotes(ROWS["quote"], buy=lambda view: _depth(view, -1), sell=lambda view: _depth(view, 1))
INSTRUMENT = STYLE.instruments(ROWS["instrument"])


def _name(account: Account) -> str:
    return account.user_name.replace(".", " ").replace("-", " ").title()


def _depth(view: QuoteView, way: int) -> list[dict[str, object]]:
    """Five steps of one side of the market."""
    return [{"price": view.ticks_away(way * at), "quantity": 100 * at, "orders": at} for at in range(1, 6)]
