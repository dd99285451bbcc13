"""When an instalment may be placed without its investor, and with which orders: rows over pure functions. Each rule has
a row that fails without it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.baskets.test_outcomes import BEGUN, ITC, TCS
from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from torana.baskets.models import (
    ActionKind,
    Basket,
    Benchmark,
    Frequency,
    PendingAction,
    Plan,
    Profile,
    Registration,
    Schedule,
    WhyNot,
)
from torana.baskets.positions import Position
from torana.baskets.store.actions import Standing
from torana.baskets.subject import Subject
from torana.connectors.contract import OrderType, Side
from torana.connectors.registry import BROKERS, Connectors
from torana.connectors.serving import Serves
from torana.flows.instalments.may_place import Facts, Money, decide, hours, orders
from torana.flows.module.pending_pages import not_placed
from torana.flows.ordering.lines import Draft, drafts_of
from torana.flows.ordering.models import Line
from torana.flows.planning.request import auto_fault
from torana.investors.models import Consent, Scope
from torana.kit.money import Paise
from torana.pages.texts.keys import Texts
from torana.pages.texts.languages import LANGUAGES
from torana.partners.models import Mode

MONDAY = date(2026, 11, 23)
OPENING = datetime(2026, 11, 23, 3, 45, tzinfo=UTC)
HELD = (
    Position("TCS", "NSE", TCS, 2, 6000_00, 0, 0),
    Position("ITC", "NSE", ITC, 10, 4000_00, 0, 0),
)
INVESTMENT = msgspec.structs.replace(BEGUN, open_batch_id=None, positions=HELD)
ACTION = PendingAction(
    gateway_id="gw_1", action_id="c" * 24, investor_id="b" * 24, iscid="a" * 24, scid="LAMP_1", kind=ActionKind.SIP,
    amount=10_000_00, frequency=Frequency.WEEKLY, day=MONDAY, consent_id="cns_1", created_at=OPENING,
)  # fmt: skip
PLAN = Plan(
    gateway_id="gw_1", iscid="a" * 24, investor_id="b" * 24, frequency=Frequency.WEEKLY, amount=10_000_00,
    first_day=MONDAY, consent_id="cns_1", basket_version=1, limit_percent=1, created_at=OPENING, updated_at=OPENING,
)  # fmt: skip
CONSENT = Consent(
    consent_id="cns_1", investor_id="b" * 24, scopes=[Scope.INSTALMENTS], notice="", language="en",
    transaction_id="TRX_1", given_at=OPENING, valid_until=OPENING + timedelta(days=365), withdrawn_at=None,
    withdrawn_by=None,
)  # fmt: skip
BASKET = Basket(
    gateway_id="gw_1", scid="LAMP_1", version=1, constituents=(), created_at=OPENING, published_at=OPENING,
    archived_at=None,
    profile=Profile(
        name="Night light", short_description="", rationale="", publisher_name="Lantern",
        registration=Registration("INH000000000"), benchmark=Benchmark("Nifty 50", ""),
        rebalance_schedule=Schedule.YEARLY,
    ),
)  # fmt: skip
STANDING = Standing("Night light", 1, for_sale=True, broker=ANY_BROKER, open={})
FACTS = Facts(
    now=OPENING + timedelta(minutes=1), allowed=True, action=ACTION, plan=PLAN, consent=CONSENT, investment=INVESTMENT,
    standing=STANDING, ordered_since=False, in_front=False, logged_in=True, halted=False, market_open=True,
)  # fmt: skip


def changed(part: str, **different: Any) -> Facts:
    """The facts with something else in one part of them."""
    return facts(**{part: msgspec.structs.replace(getattr(FACTS, part), **different)})


def facts(**different: Any) -> Facts:
    return replace(FACTS, **different)


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (FACTS, None),
        (facts(now=OPENING), None),
        (facts(consent=None), WhyNot.CONSENT_OVER),
        (changed("consent", withdrawn_at=OPENING), WhyNot.CONSENT_OVER),
        (changed("consent", valid_until=FACTS.now), WhyNot.CONSENT_OVER),
        (changed("consent", investor_id="d" * 24), WhyNot.CONSENT_OVER),
        (changed("consent", consent_id="cns_2"), WhyNot.CONSENT_OVER),
        (facts(plan=None), WhyNot.CONSENT_OVER),
        (changed("plan", consent_id=""), WhyNot.CONSENT_OVER),
        (changed("plan", consent_id="cns_2"), WhyNot.CONSENT_OVER),
        (changed("plan", ended_at=OPENING), WhyNot.CONSENT_OVER),
        (changed("plan", amount=9_999_99), WhyNot.CONSENT_OVER),
        (changed("plan", limit_percent=None), WhyNot.CONSENT_OVER),
        (changed("action", consent_id=""), WhyNot.CONSENT_OVER),
        (changed("action", investor_id="d" * 24), WhyNot.CONSENT_OVER),
        (changed("investment", investor_id="d" * 24), WhyNot.CONSENT_OVER),
        (changed("investment", positions=()), WhyNot.CONSENT_OVER),
        (changed("action", why_not=WhyNot.TAKEN_UP), WhyNot.TAKEN_UP),
        (changed("action", why_not=WhyNot.NO_LOGIN), None),
        (facts(now=OPENING + timedelta(hours=5, minutes=45)), None),
        (facts(now=OPENING + timedelta(hours=5, minutes=45, seconds=1)), WhyNot.DAY_OVER),
        (facts(now=OPENING + timedelta(days=7)), WhyNot.DAY_OVER),
        (facts(now=OPENING - timedelta(seconds=1)), WhyNot.MARKET_CLOSED),
        (changed("action", day=date(2026, 11, 24)), WhyNot.MARKET_CLOSED),  # a holiday: it is due on Wednesday
        (facts(allowed=False), WhyNot.NOT_ALLOWED),
        (changed("standing", version=2), WhyNot.NEW_VERSION),
        (changed("investment", version=2), WhyNot.NEW_VERSION),
        (changed("plan", basket_version=2), WhyNot.NEW_VERSION),
        (changed("standing", for_sale=False), WhyNot.NEW_VERSION),
        (changed("investment", open_batch_id="batch"), WhyNot.BEING_ORDERED),
        (facts(in_front=True), WhyNot.BEING_ORDERED),
        (facts(ordered_since=True), WhyNot.ORDERED),
        (changed("investment", repairs=("batch",)), WhyNot.REPAIR),
        (changed("standing", missing=frozenset({ITC})), WhyNot.SHARES_MISSING),
        (changed("standing", missing=frozenset({"INE000A01011"})), None),
        (facts(halted=True), WhyNot.HALTED),
        (facts(market_open=False), WhyNot.MARKET_CLOSED),
        (facts(logged_in=False), WhyNot.NO_LOGIN),
    ],
)
def test_what_stands_against_an_instalment_that_nobody_confirms(known: Facts, why: WhyNot | None) -> None:
    assert decide(known) is why


def test_its_hours_are_those_of_the_day_on_which_it_is_due() -> None:
    assert hours(msgspec.structs.replace(ACTION, day=date(2026, 11, 24)))[0].date() == date(2026, 11, 25)


def drafts(*symbols: str, **different: Any) -> list[Draft]:
    """Of these, as the broker has them, with something else in them."""
    lines = [Line(one, side=Side.BUY) for one in symbols or ("TCS", "ITC")]
    made = drafts_of(lines, BROKERS[ANY_BROKER].capabilities, Mode.TEST)
    return [replace(one, **different) for one in made]


PRICES: dict[str, Paise] = {TCS: 3_000_00, ITC: 400_00}


def test_its_orders_are_limits_that_cost_at_most_the_amount() -> None:
    """In the proportions that are held, each at most one percent above its last price, on its tick."""
    made = orders(INVESTMENT, drafts(), 20_200_00, 1, Money(PRICES, 20_200_00, tells_funds=True))

    assert not isinstance(made, WhyNot)
    assert [(one.symbol, one.side, one.quantity, one.order_type, one.limit_price) for one in made] == [
        ("TCS", Side.BUY, 4, OrderType.LIMIT, 3_030_00),
        ("ITC", Side.BUY, 20, OrderType.LIMIT, 404_00),
    ]
    assert sum(one.quantity * (one.limit_price or 0) for one in made) == 20_200_00


def test_an_order_that_is_too_large_for_the_broker_goes_in_slices() -> None:
    made = orders(INVESTMENT, drafts(largest=8), 20_200_00, 1, Money(PRICES, None, tells_funds=False))

    assert not isinstance(made, WhyNot)
    assert [one.quantity for one in made] == [4, 7, 7, 6]


@pytest.mark.parametrize(
    ("amount", "percent", "money", "why"),
    [
        (20_200_00, 1, Money({TCS: 3_000_00}, 10**9, tells_funds=True), WhyNot.PRICE_UNKNOWN),
        (20_200_00, 1, Money(PRICES, None, tells_funds=True), WhyNot.FUNDS_UNKNOWN),
        (20_200_00, 1, Money(PRICES, 20_199_99, tells_funds=True), WhyNot.FUNDS_MISSING),
        (20_200_00, 1, Money(PRICES, 0, tells_funds=False), WhyNot.FUNDS_MISSING),
        (3_000_00, 1, Money(PRICES, 10**9, tells_funds=True), WhyNot.BELOW_MINIMUM),
        (20_200_00, 1, Money({TCS: 3_000_00, ITC: 4}, 10**9, tells_funds=True), WhyNot.NOT_TRADABLE),  # below a tick
        (10**10, 1, Money(PRICES, 10**15, tells_funds=True), WhyNot.NOT_TRADABLE),  # more slices than there may be
    ],
)
def test_why_there_are_no_orders(amount: Paise, percent: int, money: Money, why: WhyNot) -> None:
    assert orders(INVESTMENT, drafts(largest=1000), amount, percent, money) is why


def test_its_orders_carry_what_their_broker_calls_the_securities() -> None:
    known = drafts("TCS", code="tcs at the broker", listed_as="TCS-EQ")
    held = msgspec.structs.replace(INVESTMENT, positions=HELD[:1])

    made = orders(held, known, 3_030_00, 1, Money(PRICES, None, tells_funds=False))

    assert not isinstance(made, WhyNot)
    assert [(one.exchange, one.broker_code, one.broker_symbol) for one in made] == [
        ("NSE", "tcs at the broker", "TCS-EQ")
    ]


@pytest.mark.parametrize(("last", "placed"), [(99, False), (100, True)])
def test_no_share_is_bought_above_the_limit_that_was_agreed_to(last: Paise, placed: bool) -> None:
    """The smallest price on a tick of one rupee is more than 1 % above ninety-nine paise."""
    (known,) = drafts("ITC")
    coarse = drafts("ITC", security=replace(known.security, tick=100))
    held = msgspec.structs.replace(INVESTMENT, positions=HELD[1:])

    made = orders(held, coarse, 100_00, 1, Money({ITC: last}, None, tells_funds=False))

    assert isinstance(made, list) is placed


@pytest.mark.parametrize(("securities", "each", "placed"), [(4, 25_000, True), (5, 25_000, False), (2, 25_001, False)])
def test_a_line_has_at_most_25_orders_and_an_instalment_100(securities: int, each: int, placed: bool) -> None:
    known = drafts(*("TCS", "ITC", "INFY", "WIPRO", "SBIN")[:securities], largest=1000)
    isins = [one.security.isin for one in known]
    held = [Position(one.security.symbol, "NSE", one.security.isin, 1, 100_00, 0, 0) for one in known]
    prices = dict.fromkeys(isins, 100_00)

    made = orders(
        msgspec.structs.replace(INVESTMENT, positions=tuple(held)),
        known,
        securities * each * 101_00,
        1,
        Money(prices, None, tells_funds=False),
    )

    assert (len(made) == securities * 25) if isinstance(made, list) else not placed
    assert isinstance(made, list) is placed


def connectors_for(serves: Serves, **modes: str) -> Connectors:
    """Of an installation that serves these."""
    url = "http://127.0.0.1:1"
    return Connectors.build(keys={}, sandbox_url=url, public_url="https://x", serves=serves, test_modes=modes)


def offering(serves: Serves, **modes: str) -> set[str]:
    """The brokers at which instalments can be placed by themselves there."""
    return {one.broker for one in connectors_for(serves, **modes).available("test") if one.sip_auto}


@pytest.mark.parametrize(("serves", "newest", "allowed"), [("own", 1, True), ("own", 2, False), ("vendor", 1, False)])
def test_it_can_be_planned_for_the_newest_version_alone(serves: str, newest: int, allowed: bool) -> None:
    connector = connectors_for(Serves(serves)).get("test", ANY_BROKER)
    basket = msgspec.structs.replace(BASKET, version=newest)

    fault = auto_fault(Subject(basket, INVESTMENT), connector)

    assert (fault is None) == allowed
    assert auto_fault(Subject(basket, INVESTMENT), None) is not None


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=LANGUAGES)
def test_every_reason_is_told_to_the_investor(texts: Texts) -> None:
    for why in WhyNot:
        assert not_placed(texts.module, msgspec.structs.replace(ACTION, why_not=why))
    assert not_placed(texts.module, msgspec.structs.replace(ACTION, transaction_id="TRX_1"))
    assert not not_placed(texts.module, ACTION)


def test_only_who_serves_themselves_or_a_family_is_offered_it() -> None:
    """Where the broker takes orders by API, tells prices, and shows our tags."""
    able = offering(Serves.OWN)

    assert ANY_BROKER in able == offering(Serves.FAMILY)
    assert not any(offering(serves) for serves in (Serves.VENDOR, Serves.PUBLIC, Serves.UNSAID))
    assert OTHER_BROKER in offering(Serves.OWN, **{OTHER_BROKER: "server_api"})
    assert OTHER_BROKER not in offering(Serves.OWN, **{OTHER_BROKER: "redirect_basket"})
    assert all(BROKERS[one].quotes and BROKERS[one].orders for one in able)
    silent = {name for name, one in BROKERS.items() if one.orders and not one.orders.rules.tag.is_shown}
    assert not silent & able
