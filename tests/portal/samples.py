"""Invented partners, brokers, accounts and orders, for pages that no installation stands behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.brokers import ANY_BROKER, ANY_NAME, LIMIT_BROKER, LIMIT_NAME, OTHER_BROKER, OTHER_NAME
from torana.connectors.contract import ExecutionMode, OrderType, Side, Variety
from torana.flows.account import Account
from torana.flows.ordering.lines import Draft
from torana.flows.ordering.models import Line
from torana.flows.ordering.review_input import ReviewInput
from torana.flows.ordering.trading import Market
from torana.flows.shares import Shares
from torana.flows.visits import Visit
from torana.market.calendar import Phase
from torana.market.securities import find
from torana.orders.models import Attempt, Batch, Order
from torana.orders.states import FINAL, AttemptState, BatchStatus, OrderState
from torana.pages.palette import monogram_fill
from torana.pages.search import search_words
from torana.pages.texts.languages import ENGLISH
from torana.pages.views import Broker, Closing, Frame, Partner
from torana.partners.models import Gateway, Mode
from torana.portal.admission.browser_auth import hashed
from torana.transactions.models import Status, Transaction

HOME = "/portal/acme/VISIT"
NOW = datetime(2026, 11, 18, 5, 1, tzinfo=UTC)
NEXT_OPEN = datetime(2026, 11, 19, 3, 45, tzinfo=UTC)

TRX = "TRX_" + "a" * 32
FLOW = "f" * 32

GATEWAY = Gateway(
    gateway_id="gw_1",
    partner_id="prt_1",
    name="acme",
    display_name="Acme Invest",
    mode=Mode.TEST,
    secret="signs" * 8,
    api_secret="opens" * 8,
    brokers=None,
    allowed_origins=["https://app.acme.in"],
    branding={},
)
TRANSACTION = Transaction(
    gateway_id="gw_1",
    transaction_id=TRX,
    intent="TRANSACTION",
    kind="SECURITIES",
    status=Status.INITIALIZED,
    config={"lines": []},
    result=None,
    notes=None,
    extra={},
    asked_investor_id=None,
    investor_id=None,
    session_id=None,
    broker=None,
    error_name=None,
    error_code=None,
    event_count=1,
    created_at=NOW,
    expires_at=NOW + timedelta(minutes=10),
    used_at=None,
    confirmed_at=None,
    settled_at=None,
    finished_at=None,
)
VISIT = Visit(
    gateway_id="gw_1",
    visit_id="v" * 24,
    transaction_id=TRX,
    flow_hash=hashed(FLOW),
    cookie_hash=b"",
    asked_investor_id=None,
    connected=False,
    brokers=None,
    amo=False,
    return_url=None,
    broker=None,
    login_hash=None,
    login_kept=b"",
    review_hash=None,
    answers={},
    handed_over_at=None,
    left_at=None,
    seen_at=NOW,
    apart_at=None,
    created_at=NOW,
)

ACME = Partner("Acme Invest")
LINKED = replace(
    ACME,
    links={
        "terms": "https://acme.example/terms",
        "privacy": "https://acme.example/privacy",
        "help": "mailto:help@acme.example",
        "grievance": "https://acme.example/grievances",
    },
)
KUBER = Partner(
    "Kuber Wealth Advisory",
    logo="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' "
    "height='32' rx='9' fill='%230f766e'/%3E%3Cpath d='M9 21 16 9l7 12z' fill='none' stroke='%23fff' "
    "stroke-width='2.5' stroke-linejoin='round'/%3E%3C/svg%3E",
    accent="#0f766e",
)


def broker(key: str, name: str, monogram: str, hue: int) -> Broker:
    return Broker(key, name, monogram, monogram_fill(hue), search=search_words(key, name))


ANY = broker(ANY_BROKER, ANY_NAME, "Z", 14)
OTHER = broker(OTHER_BROKER, OTHER_NAME, "U", 268)
GROWW = broker("groww", "Groww", "G", 165)
LIMITING = broker(LIMIT_BROKER, LIMIT_NAME, "A1", 32)
ALL_BROKERS = (
    broker("fivepaisa", "5paisa", "5", 352),
    broker("aliceblue", "Alice Blue", "AB", 210),
    LIMITING,
    broker("axis", "Axis Direct", "AX", 330),
    GROWW,
    broker("hdfc", "HDFC Securities", "HS", 228),
    broker("hdfcsky", "HDFC Sky", "HK", 196),
    broker("icici", "ICICI Direct", "IC", 18),
    broker("kotak", "Kotak Securities", "K", 0),
    broker("motilal", "Motilal Oswal", "MO", 48),
    broker("edelweiss", "Nuvama", "N", 280),
    OTHER,
    ANY,
)

STARTING = Frame(ACME, HOME, csrf="c5f0", closing=Closing.AT_ONCE)
REVIEWING = replace(
    STARTING,
    closing=Closing.ASK,
    leave_title=ENGLISH.page.leave_title,
    leave_text=ENGLISH.page.leave_text_broker(app="Acme Invest", broker=ANY_NAME),
)
AFTERWARDS = replace(STARTING, closing=Closing.WINDOW)

PRICES = {"TCS": 320050, "INFY": 148735, "ITC": 41260}
BUY_TCS = Line("TCS", 10, Side.BUY)
BUY_INFY = Line("INFY", 25, Side.BUY)
SELL_ITC = Line("ITC", 120, Side.SELL)
OPEN_MARKET = Market(Phase.OPEN, Variety.REGULAR, NEXT_OPEN, NOW)
CLOSED_MARKET = Market(Phase.CLOSED, Variety.AMO, NEXT_OPEN, NOW)
RICH = Account(PRICES, 1_20_000_00, None)


def look(*lines: Line, **changed: Any) -> ReviewInput:
    """What a review is made from; by default two buys, an open market and enough money."""
    drafts = [draft(number, line) for number, line in enumerate(lines or (BUY_TCS, BUY_INFY), 1)]
    usual = ReviewInput(
        REVIEWING, ANY, "AB1234", "Acme Invest", drafts, RICH, OPEN_MARKET, "5a17"
    )  # fmt: skip
    return replace(usual, **changed)


def draft(number: int, line: Line, *, limit_open: bool = False) -> Draft:
    security = find(line.symbol)
    assert security is not None
    return Draft(number, line, security, limit_open)


def held(symbol: str, free: int, *, waiting: int = 0, pledged: int = 0, certain: bool = True) -> dict[str, Shares]:
    """What an account has of one share, as `Account.shares`."""
    security = find(symbol)
    assert security is not None
    return {security.isin: Shares(free, waiting, pledged, certain)}


def order(symbol: str, quantity: int, state: OrderState, *, side: Side = Side.BUY, **more: Any) -> Order:
    """An order in this state; filled ones at the price of `PRICES`."""
    filled = more.pop("filled", quantity if state is OrderState.COMPLETE else 0)
    security = find(symbol)
    assert security is not None
    return Order(
        order_id=f"{symbol}-{state}".lower(),
        line=1,
        symbol=symbol,
        exchange="NSE",
        isin=security.isin,
        side=side,
        quantity=quantity,
        order_type=OrderType.MARKET,
        limit_price=None,
        state=state,
        broker_order_id=more.pop("broker_order_id", "261118000123456" if state in FINAL else None),
        exchange_order_id=None,
        seen_in=None,
        filled_quantity=filled,
        average_price=PRICES.get(symbol, 0) if filled else 0,
        updated_at=NOW,
        final_at=more.pop("final_at", None),
        attempt=Attempt(
            attempt_id="att_1",
            number=1,
            tag="100000000000001",
            state=AttemptState.SENDING,
            planned_at=NOW,
            planned_in=1,
            intact=True,
            started_at=NOW,
            doubt_since=0.0,
            sends=1,
            lookups=0,
        ),
        absent_tags=[],
        **{"reason": None, "message": None, "attention": None, "attention_text": None, "broker_status": None, **more},
    )


def batch(
    *orders: Order, variety: Variety = Variety.REGULAR, mode: ExecutionMode = ExecutionMode.SERVER_API, **more: Any
) -> Batch:
    return Batch(
        gateway_id="gw_1",
        batch_id="b" * 24,
        transaction_id="TRX_1",
        investor_id="c" * 24,
        session_id="ses_1",
        broker=ANY_BROKER,
        execution_mode=mode,
        variety=variety,
        status=BatchStatus.PLACED,
        confirmed_hash=b"",
        stopped_reason=None,
        created_at=NOW,
        book_day=NOW.date(),
        watched=0.0,
        returned_watched=None,
        placed_at=None,
        completed_at=None,
        hints=0,
        intent="TRANSACTION",
        notes=None,
        settled_at=None,
        orders=list(orders),
        **{"returned_at": None, **more},
    )
