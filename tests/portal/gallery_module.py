"""Pages of the module of baskets, for the gallery."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from tests.portal.samples import ANY, HOME, REVIEWING, batch, order
from torana.flows.module.context import percent
from torana.flows.module.views import (
    HEIGHT,
    SPARK,
    WIDTH,
    BasketCard,
    BasketView,
    Change,
    Chart,
    DiscoveryView,
    Fact,
    Filter,
    InvestmentCard,
    InvestmentsView,
    InvestmentView,
    LockedView,
    LostRow,
    ModuleOrdersView,
    OrderGroup,
    Part,
    PastOrder,
    PendingCard,
    PendingView,
    ReconcileView,
    Tab,
)
from torana.flows.ordering.order_rows import order_row
from torana.kit.clock import IST
from torana.orders.states import OrderState
from torana.pages.drawing import Drawn, drawn
from torana.pages.forms import Choice, Field
from torana.pages.render import View
from torana.pages.texts.languages import ENGLISH
from torana.pages.views import Action, Closing, Notice, Tone

WORDS = ENGLISH.module
FRAME = replace(REVIEWING, closing=Closing.AT_ONCE)
LEVELS = [round(10_000 * (1 + at / 900 + math.sin(at / 17) / 14 + math.sin(at / 5) / 60)) for at in range(250)]


def sure(line: Drawn | None) -> Drawn:
    assert line is not None
    return line


def tabs(here: int) -> tuple[Tab, ...]:
    labels = (WORDS.tab_discover, WORDS.tab_investments, WORDS.tab_pending, WORDS.tab_orders)
    return tuple(Tab(label, f"{HOME}?at={at}", at == here) for at, label in enumerate(labels))


def day(back: int) -> str:
    return WORDS.day(at=datetime(2026, 11, 27, tzinfo=IST) - timedelta(days=back))


def chart(second: bool = False) -> Chart:
    put = [9_000] * 120 + [9_800] * 130
    low, high = (min((*LEVELS, *put)), max((*LEVELS, *put))) if second else (min(LEVELS), max(LEVELS))
    rows = tuple((day(at), "₹98,000.00", "₹90,000.00") if second else (day(at), "104.2") for at in range(365, 0, -60))
    columns = (
        (WORDS.column_day, WORDS.legend_worth, WORDS.legend_put) if second else (WORDS.column_day, WORDS.column_index)
    )
    marks = ("₹1,20,000", "₹1,05,000", "₹90,000") if second else ("131.0", "112.5", "94.0")
    periods = (
        ()
        if second
        else tuple(
            Tab(label, f"{HOME}?period={at}", at == 2)
            for at, label in enumerate((WORDS.month, WORDS.half_year, WORDS.year, WORDS.whole))
        )
    )
    return Chart(
        WORDS.worth_title if second else WORDS.index_title,
        WORDS.index_summary(begin=day(365), end=day(0), change="+12.3 %", low="94.0", high="131.0"),
        sure(drawn(LEVELS, WIDTH, HEIGHT, low=low, high=high)),
        drawn(put, WIDTH, HEIGHT, low=low, high=high) if second else None,
        (WORDS.legend_worth, WORDS.legend_put) if second else (),
        *marks, day(365), day(0), columns, rows, periods,
    )  # fmt: skip


def card(levels: list[int], change: Change | None, minimum: str | None) -> BasketCard:
    text = WORDS.closed_held
    return BasketCard(f"{HOME}?at=basket", "Kuber Wealth", text, minimum, change, drawn(levels, *SPARK, margin=2))


def choices(name: str, label: str, *labels: str) -> Filter:
    return Filter(name, label, tuple(Choice(str(at), one, at == 1) for at, one in enumerate(labels)))


FILTERS = (
    choices(
        "minInvest", WORDS.filter_amount, WORDS.any_amount, WORDS.up_to(amount="₹5,000"), WORDS.up_to(amount="₹25,000")
    ),
    choices("risk", WORDS.filter_risk, WORDS.any_risk, WORDS.risk_low, WORDS.risk_medium, WORDS.risk_high),
    choices("sort", WORDS.filter_sort, WORDS.sort_usual, WORDS.sort_name, WORDS.sort_minimum, WORDS.sort_changed),
)
YEAR, LOSS = percent(Decimal("0.1234"), label=WORDS.in_a_year), percent(Decimal("-0.034"), label=WORDS.in_a_month)
CARDS = (card(LEVELS, YEAR, "₹1,374.50"), card(LEVELS[::-1], LOSS, "₹48,120.00"), card([1], None, None))
DISCOVERY = DiscoveryView(
    FRAME, WORDS.discover_title, tabs(0), "", FILTERS, 2, HOME, WORDS.found(count=12), CARDS, f"{HOME}?from=20"
)
PARTS = (
    Part("TCS", "Tata Consultancy Services", "40 %", "40", WORDS.share_count(count=3)),
    Part("MARUTI", "Maruti Suzuki India Limited", "35.5 %", "35.5", WORDS.share_count(count=1)),
    Part("ITC", "ITC", "24.5 %", "24.5", WORDS.share_count(count=24)),
)
HELD = (
    Part(
        "TCS", "Tata Consultancy Services", "₹12,370.50", "64.1",
        WORDS.held_at(count=3, average=4_012_35), percent(Decimal("0.0271")),
    ),
    Part("ITC", "ITC", "₹6,923.00", "35.9", WORDS.held_at(count=24, average=301_20), percent(Decimal("-0.0418"))),
)  # fmt: skip
BASKET = BasketView(
    FRAME, "Kuber Wealth", tabs(0), Tab(WORDS.all_baskets, HOME),
    WORDS.publisher(name="Acme Invest", number="INH000000000"), WORDS.closed_held,
    (Fact(WORDS.minimum, "₹1,374.50"), Fact(WORDS.risk, WORDS.risk_medium), Fact(WORDS.shares, "3")),
    chart(), WORDS.method,
    (
        Fact(WORDS.one_day, None, percent(Decimal("0.004"))), Fact(WORDS.one_week, None, percent(Decimal("-0.012"))),
        Fact(WORDS.one_month, None, percent(Decimal("0.021"))), Fact(WORDS.one_year, None),
    ),
    PARTS, (WORDS.locked_text(app="Acme Invest"), WORDS.order_open_amo),
    (
        Fact(WORDS.schedule, WORDS.schedule_is(schedule="quarterly")), Fact(WORDS.changed, day(20)),
        Fact(WORDS.benchmark, WORDS.method),
    ),
    (), (Tab(WORDS.your_investment, HOME),),
    Action(WORDS.invest_from(amount="₹1,374.50"), post="confirm", fields={"step": "order"}),
)  # fmt: skip
NO_PRICES = replace(
    BASKET, chart=None, facts=(Fact(WORDS.minimum, None), Fact(WORDS.risk, None), Fact(WORDS.shares, "3")),
    notices=(Notice(Tone.NOTE, WORDS.closed_title, WORDS.closed_text),), own=(), invest=None,
)  # fmt: skip


def held(name: str, worth: str | None, change: Change | None, share: str, wants: str = "") -> InvestmentCard:
    return InvestmentCard(f"{HOME}?at=investment", name, worth, WORDS.invested(amount=18_000_00), change, wants, share)


INVESTMENTS = InvestmentsView(
    FRAME, WORDS.investments_title, tabs(1),
    (
        Fact(WORDS.worth_now, "₹1,23,293.50", Change("+₹8,293.50", "+7.2 %", True)),
        Fact(WORDS.put_in, "₹1,15,000.00"),
    ),
    (
        held("Kuber Wealth", "₹98,120.00", Change("+₹8,120.00", "+9.0 %", True), "79.6", WORDS.rebalance_title),
        held("Acme Invest", "₹25,173.50", Change("−₹173.50", "−0.7 %", False), "20.4"),
        held("Torana", None, None, ""),
    ),
    (held("Kuber Wealth", "₹19,000.00", Change("+₹1,000.00", "+5.6 %", True), ""),),
    WORDS.priced(day=day(0)), None, Tab(WORDS.pending_count(count=3), HOME),
)  # fmt: skip
NOTHING = replace(
    INVESTMENTS, facts=(), cards=(), exited=(), priced="", pending=None, nothing=Action(WORDS.all_baskets, href=HOME)
)  # fmt: skip
PENDING = PendingCard(
    "Kuber Wealth", HOME, WORDS.rebalance_title, WORDS.rebalance_text(at=datetime(2026, 11, 20, tzinfo=IST)),
    WORDS.asked_since(at=datetime(2026, 11, 20, tzinfo=IST)), WORDS.rebalance_next(day=day(-30)),
    Action(WORDS.rebalance_do, post="confirm", fields={"step": "order"}),
)  # fmt: skip
TO_REPAIR = replace(
    PENDING, name="Acme Invest", title=WORDS.repair_title, text=WORDS.repair_text(count=2), until=WORDS.repair_until,
    action=Action(WORDS.repair_do, post="confirm", fields={"step": "order"}),
    more=Action(WORDS.leave_out, href=HOME),
)  # fmt: skip
WAITS = replace(PENDING, text=f"{PENDING.text} {WORDS.after_repair}", name="Acme Invest", action=None)
INSTALMENT = replace(
    PENDING, title=WORDS.instalment_title, text=WORDS.instalment_text(amount=5_000_00),
    until=WORDS.instalment_until(at=datetime(2026, 12, 1, tzinfo=IST)),
    action=Action(WORDS.instalment_do, post="confirm", fields={"step": "order"}),
)  # fmt: skip
PENDINGS = PendingView(FRAME, WORDS.pending_title, tabs(2), (TO_REPAIR, WAITS, INSTALMENT), None)
INVESTMENT = InvestmentView(
    FRAME, "Kuber Wealth", tabs(1), Tab(WORDS.all_investments, HOME),
    Fact(WORDS.worth_now, "₹19,293.50", Change("+₹1,293.50", "+7.2 %", True)),
    (PENDING,), (),
    (
        Fact(WORDS.put_in, "₹18,000.00"), Fact(WORDS.since, day(300)),
        Fact(WORDS.unrealised, None, Change("+₹1,293.50", "", True)),
        Fact(WORDS.realised, None, Change("−₹12.00", "", False)),
    ),
    chart(second=True), HELD, WORDS.priced(day=day(0)),
    (
        PastOrder(WORDS.kind(kind="REBALANCE"), day(30), WORDS.filled(filled=4, count=4), WORDS.paid(amount=1_20_00)),
        PastOrder(WORDS.kind(kind="BUY"), day(300), WORDS.filled(filled=2, count=3), WORDS.paid(amount=18_000_00)),
    ),
    Action(WORDS.invest_more, post="confirm", fields={"step": "order"}),
    (
        Action(WORDS.manage, post="confirm", fields={"step": "order"}),
        Action(WORDS.sell_all, post="confirm", fields={"step": "order"}),
        Action(WORDS.about_basket, href=HOME),
    ),
)  # fmt: skip
WAITING = replace(
    INVESTMENT, pending=(), chart=None, past=(), main=None, more=(Action(WORDS.about_basket, href=HOME),),
    notices=(Notice(Tone.QUEUE, WORDS.order_open, WORDS.order_open_amo),),
)  # fmt: skip
LOST = replace(
    INVESTMENT,
    pending=(
        replace(
            PENDING,
            title=WORDS.reconcile_title,
            text=WORDS.reconcile_text(
                broker=ANY.name, count=3, symbols=["TCS", "ITC"], at=datetime(2026, 11, 27, 14, 5, tzinfo=IST)
            ),
            until=WORDS.reconcile_until,
            action=Action(WORDS.reconcile_do, href=HOME),
        ),
    ),
    facts=(*INVESTMENT.facts, Fact(WORDS.left_unknown, "₹640.00")),
    past=(
        PastOrder(WORDS.left_kind, day(2), WORDS.left_count(count=2, symbol="ITC"), ""),
        PastOrder(WORDS.left_kind, day(9), WORDS.left_count(count=1, symbol="TCS"), WORDS.received(amount=4_010_00)),
        *INVESTMENT.past,
    ),
)


def lost(isin: str, symbol: str, name: str, also: str = "", problem: str = "", typed: str = "") -> LostRow:
    return LostRow(
        symbol, name, WORDS.lost_held(count=3), WORDS.lost_missing(count=2), also,
        Field(
            f"shares-{isin}", WORDS.left_shares(symbol=symbol), typed, keyboard="numeric", longest=9, optional=True,
            problem=problem,
        ),
        Field(
            f"price-{isin}", WORDS.left_price, "", keyboard="decimal", longest=16, before="₹", optional=True,
        ),
    )  # fmt: skip


RECONCILE = ReconcileView(
    FRAME, WORDS.lost_title, tabs(1), Tab("Kuber Wealth", HOME), WORDS.lost_text(broker=ANY.name, app="Acme Invest"),
    (
        lost("INE467B01029", "TCS", "Tata Consultancy Services", typed="2"),
        lost("INE585B01010", "MARUTI", "Maruti Suzuki India Limited", also=WORDS.lost_also),
    ),
    Field("day", WORDS.left_day, kind="date", longest=10, optional=True), {"step": "reconcile"},
    Action(WORDS.left_check(broker=ANY.name), post="confirm", fields={"step": "check"}),
)  # fmt: skip
REFUSED = replace(
    RECONCILE, problem=WORDS.left_unread(broker=ANY.name),
    rows=(lost("INE467B01029", "TCS", "Tata Consultancy Services", problem=WORDS.problem_left(most=2), typed="7"),),
)  # fmt: skip
_BATCH = batch(order("TCS", 3, OrderState.COMPLETE), order("ITC", 24, OrderState.OPEN))
ORDERS = ModuleOrdersView(
    FRAME, WORDS.orders_title, tabs(3), WORDS.orders_text, ANY,
    (
        OrderGroup(
            WORDS.kind_of(kind=WORDS.kind(kind="BUY"), basket="Kuber Wealth"),
            WORDS.moment(at=datetime(2026, 11, 27, 14, 5, tzinfo=IST)),
            tuple(order_row(_BATCH, one, ANY.name, ENGLISH) for one in _BATCH.orders),
        ),
    ),
    Action(WORDS.follow, post="confirm", fields={"step": "follow"}),
)  # fmt: skip
MODULE: dict[str, View] = {
    "module-discovery": DISCOVERY,
    "module-discovery-none": replace(DISCOVERY, cards=(), more="", found=WORDS.found(count=0)),
    "module-basket": BASKET,
    "module-basket-no-prices": NO_PRICES,
    "module-investments": INVESTMENTS,
    "module-investments-none": NOTHING,
    "module-investment": INVESTMENT,
    "module-investment-waiting": WAITING,
    "module-pending": PENDINGS,
    "module-investment-lost": LOST,
    "module-reconcile": RECONCILE,
    "module-reconcile-refused": REFUSED,
    "module-orders": ORDERS,
    "module-locked": LockedView(
        FRAME, WORDS.investments_title, tabs(1), WORDS.locked_text(app="Acme Invest"),
        Action(WORDS.choose_broker, post="confirm", fields={"step": "login"}),
    ),
}  # fmt: skip
