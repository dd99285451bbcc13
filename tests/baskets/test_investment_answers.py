"""The answers about investments that a process keeps: whatever changes, the next look tells it."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from tests.baskets.test_actions import NEW_SHARES, worked
from tests.baskets.test_investments import ISCID, OTHER, Told, invested
from tests.baskets.test_outcomes import ALL, ITC, line, of
from tests.baskets.test_routes import isin_of, load
from tests.baskets.writing import written
from tests.orders.making import NOW
from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from torana.baskets import investment_answers, plans, store
from torana.baskets.actions import new_action
from torana.baskets.adjust import Asked as Gone
from torana.baskets.adjust import reconcile
from torana.baskets.dividends import Supplied, supply
from torana.baskets.investment_answers import Asked, InvestmentAnswers
from torana.baskets.investment_routes import RUNNING
from torana.baskets.investments import Kind, Outcome, archived, at_end, write
from torana.baskets.isin_changes import convert
from torana.baskets.missing import notice
from torana.baskets.models import (
    AcceptedBy,
    ActionEnd,
    ActionKind,
    Frequency,
    Investment,
    IsinChange,
    PlanEnd,
)
from torana.baskets.plans import Terms, agreed
from torana.baskets.positions import Left
from torana.baskets.store.dividends import Dividend
from torana.baskets.store.overview import marked_overviews
from torana.baskets.store.trades import Trade
from torana.baskets.subject import Subject, take_version
from torana.connectors.contract import Side
from torana.holdings.snapshots import Reading
from torana.kit.database import Connection, Database
from torana.market import securities
from torana.market import store as market
from torana.market.models import Close
from torana.orders.states import OrderState
from torana.retention.person import erase

TUESDAY = date(2026, 11, 17)


class Story:
    """An investment with a plan, a due instalment and something to repair, of which a newer version is sold, and what
    may become of it."""

    def __init__(self, database: Database, seller: Told, clock: HandClock) -> None:
        self.database, self.seller, self.clock = database, seller, clock
        self.at = seller.gateway.gateway_id, ISCID

    async def begins(self) -> None:
        await load(self.database, {"TCS": {TUESDAY: 3_300_00}})
        await invested(self.database, self.seller)
        async with self.database.transaction() as connection:
            await store.add_trades(connection, *self.at, [Trade(date(2026, 11, 2), isin_of("TCS"), 2, 6000_00)])
            await store.put_dividends(connection, self.at[0], [Dividend(isin_of("TCS"), date(2026, 11, 19), 4_00)])
        await self.seller.publish(written("LAMP_1", constituents=NEW_SHARES))
        await worked(self.database, self.seller, self.clock)
        await self.with_investment(self._begins)

    async def _begins(self, connection: Connection, investment: Investment) -> None:
        await write(connection, Outcome(msgspec.structs.replace(investment, repairs=("c" * 24,))), NOW)
        terms = Terms(5000_00, Frequency.WEEKLY, date(2026, 11, 23))
        await plans.save(connection, investment, agreed(investment, None, terms, NOW), NOW)
        due = new_action(investment, ActionKind.SIP, NOW, amount=5000_00, frequency=Frequency.WEEKLY, day=TUESDAY)
        await store.insert_action(connection, due)

    async def with_investment(self, verb: Callable[[Connection, Investment], Awaitable[Any]]) -> None:
        async with self.database.transaction() as connection:
            investment = await store.lock_investment(connection, *self.at)
            assert investment is not None
            await verb(connection, investment)

    async def an_order_begins(self) -> None:
        more = {"gateway_id": self.at[0], "iscid": ISCID, "investor_id": self.seller.investor_id}
        waited_for = of(Kind.INVESTMORE, ended=False, batch_id="new", **more)

        async def begin(connection: Connection, investment: Investment) -> None:
            assert await store.begin_batch(connection, waited_for, investment.revision)

        await self.with_investment(begin)

    async def ends(self, *lines: Any, kind: Kind = Kind.INVESTMORE, before: Any = None) -> None:
        ended = of(kind, *lines, gateway_id=self.at[0], iscid=ISCID)
        earlier = of(kind, *lines, ended=False, gateway_id=self.at[0], iscid=ISCID) if before is None else before
        async with self.database.transaction() as connection:
            await at_end(connection, before=earlier, after=ended, now=NOW)

    async def an_order_is_filled(self) -> None:
        await self.ends(ALL)

    async def a_sell_is_filled(self) -> None:
        await self.ends(line(OrderState.COMPLETE, 1, side=Side.SELL), kind=Kind.PARTIALEXIT)

    async def an_order_of_something_else_is_filled(self) -> None:
        await self.ends(line(OrderState.COMPLETE, 10, isin=ITC))

    async def an_end_is_corrected(self) -> None:
        before = of(Kind.INVESTMORE, line(OrderState.COMPLETE, 9), gateway_id=self.at[0], iscid=ISCID)
        await self.ends(line(OrderState.COMPLETE, 10), before=before)

    async def shares_are_missing(self) -> None:
        later = NOW + timedelta(days=8)
        reading = Reading(ANY_BROKER, (), later)
        await notice(self.database, self.at[0], self.seller.investor_id, reading, later)

    async def missing_shares_leave(self) -> None:
        await self.shares_are_missing()
        gone = Gone((Left(isin_of("TCS"), 1),), None, AcceptedBy.INVESTOR)
        async with self.database.transaction() as connection:
            await reconcile(connection, self.at[0], self.seller.investor_id, ISCID, gone, NOW + timedelta(days=8))

    async def that_is_taken_back(self) -> None:
        async with self.database.transaction() as connection:
            (gone,) = await store.adjustments_of(connection, *self.at)
            back = Gone((), None, AcceptedBy.INVESTOR, (gone.adjustment_id,))
            await reconcile(connection, self.at[0], self.seller.investor_id, ISCID, back, NOW + timedelta(days=8))

    async def the_share_has_another_isin(self) -> None:
        change = IsinChange(
            gateway_id=self.at[0], isin=isin_of("TCS"), new_isin=isin_of("INFY"), symbol="INFY", exchange="NSE",
            old_shares=1, new_shares=5, day=TUESDAY, supplied_at=NOW,
        )  # fmt: skip
        await self.with_investment(lambda connection, found: convert(connection, found, change, NOW))

    async def a_dividend_is_supplied(self) -> None:
        isin = isin_of("TCS")
        supplied = Supplied((Dividend(isin, date(2026, 11, 13), 12_50),), (), {isin: "TCS"})
        async with self.database.transaction() as connection:
            await supply(connection, self.at[0], supplied)

    async def an_ex_date_comes(self) -> None:
        self.clock.advance(86_400)

    async def something_is_left_out(self) -> None:
        await self.with_investment(lambda connection, found: write(connection, archived(found, NOW), NOW))

    async def everything_is_sold(self) -> None:
        async def sold(connection: Connection, found: Investment) -> None:
            nothing = [msgspec.structs.replace(one, shares=0, cost=0) for one in found.positions]
            over = msgspec.structs.replace(found, positions=tuple(nothing), exited_at=NOW)
            await write(connection, Outcome(over), NOW)

        await self.with_investment(sold)

    async def the_newest_version_is_taken(self) -> None:
        basket = await store.find(self.database, self.at[0], "LAMP_1")
        investment = await store.investment_of(self.database, self.at[0], self.seller.investor_id, ISCID)
        assert basket is not None
        await take_version(self.database, Subject(basket, investment), NOW)

    async def an_instalment_is_missed(self) -> None:
        async def missed(connection: Connection, investment: Investment) -> None:
            due = (await store.standing(connection, investment)).open[ActionKind.SIP]
            await store.end_action(connection, due, ActionEnd.MISSED, NOW)

        await self.with_investment(missed)

    async def the_plan_has(self, **different: Any) -> None:
        async def change(connection: Connection, investment: Investment) -> None:
            plan = await store.lock_plan(connection, *self.at)
            assert plan is not None
            await plans.save(connection, investment, msgspec.structs.replace(plan, **different), NOW)

        await self.with_investment(change)

    async def the_plan_asks_for_more(self) -> None:
        await self.the_plan_has(amount=6000_00)

    async def the_plan_goes_on_to_its_next_day(self) -> None:
        await self.the_plan_has(number=1)

    async def the_plan_ends(self) -> None:
        await self.the_plan_has(ended_at=NOW, ended_by=PlanEnd.INVESTOR)

    async def the_basket_has_another_name(self) -> None:
        await self.seller.publish(written("LAMP_1", constituents=NEW_SHARES, name="Day light"))

    async def the_basket_has_another_description(self) -> None:
        await self.seller.publish(written("LAMP_1", constituents=NEW_SHARES, shortDescription="Other words."))

    async def a_newer_version_is_published(self) -> None:
        await self.seller.publish(written("LAMP_1", constituents=[{"ticker": "NTPC", "weight": 1}]))
        await worked(self.database, self.seller, self.clock)

    async def the_basket_is_withdrawn(self) -> None:
        await self.seller.publish(written("LAMP_1", constituents=NEW_SHARES, active=False))
        await worked(self.database, self.seller, self.clock)

    async def closes(self, day: date, close: int) -> None:
        async with self.database.transaction() as connection:
            await market.put_closes(connection, "test", [Close(isin_of("TCS"), day, close)])

    async def prices_of_a_later_day_come(self) -> None:
        await self.closes(TUESDAY + timedelta(days=1), 3_400_00)

    async def a_price_is_corrected(self) -> None:
        await self.closes(TUESDAY, 3_299_95)

    async def a_company_has_another_name(self) -> None:
        listing = securities.current()
        found = listing.by_isin(isin_of("TCS"))
        assert found is not None
        other = replace(found, name="Another name")
        securities.use(replace(listing, _by_isin={**listing._by_isin, ("NSE", isin_of("TCS")): other}))

    async def another_investment_begins(self) -> None:
        await invested(self.database, self.seller, OTHER)

    async def the_person_is_erased(self) -> None:
        await erase(self.database, self.at[0], self.seller.investor_id, NOW)


CHANGES = {
    "prices, names and shares": (
        Story.a_price_is_corrected,
        Story.prices_of_a_later_day_come,
        Story.a_company_has_another_name,
        Story.the_basket_has_another_name,
        Story.the_basket_has_another_description,
        Story.shares_are_missing,
        Story.missing_shares_leave,
        Story.that_is_taken_back,
        Story.a_dividend_is_supplied,
        Story.an_ex_date_comes,
        Story.the_share_has_another_isin,
        Story.another_investment_begins,
        Story.the_person_is_erased,
    ),
    "orders": (
        Story.the_basket_is_withdrawn,
        Story.an_order_is_filled,
        Story.a_sell_is_filled,
        Story.an_order_of_something_else_is_filled,
        Story.an_end_is_corrected,
        Story.an_order_begins,
    ),
    "what is asked": (
        Story.the_plan_asks_for_more,
        Story.the_plan_goes_on_to_its_next_day,
        Story.an_instalment_is_missed,
        Story.the_plan_ends,
        Story.something_is_left_out,
        Story.a_newer_version_is_published,
        Story.the_newest_version_is_taken,
        Story.everything_is_sold,
    ),
}
"""One after the other."""


@pytest.fixture
def names() -> Iterator[None]:
    yield
    securities.use(None)


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
async def test_the_next_look_tells_what_has_changed(
    database: Database,
    seller: Told,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
    names: None,
    changes: Sequence[Callable[[Story], Awaitable[None]]],
) -> None:
    """The same as an answer that is made anew; and until then what was kept is sent."""
    story, made = Story(database, seller, clock), []

    async def read(*at: Any) -> Any:
        made.append(at)
        return await marked_overviews(*at)

    monkeypatch.setattr(investment_answers, "marked_overviews", read)
    await story.begins()
    before = await seller.ask("user/investments")
    assert len(before["investments"]) == 1

    for becomes in changes:
        made.clear()
        kept = await seller.ask("user/investments")
        assert (kept, made) == (before, []), becomes.__name__

        await becomes(story)
        changed = await seller.ask("user/investments")

        assert changed != before, becomes.__name__
        assert changed == await fresh(database, seller), becomes.__name__
        before = changed


async def test_a_look_after_a_change_reads_the_one_that_changed(
    database: Database, seller: Told, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given three investments of which one changes and another one is gone, the third is told as it was kept; after
    a price has come all are made anew."""
    story, read = Story(database, seller, clock), []

    async def noted(*at: Any) -> Any:
        found = await marked_overviews(*at)
        read.append([one.iscid for one in found[1] if one.shown])
        return found

    monkeypatch.setattr(investment_answers, "marked_overviews", noted)
    await story.begins()
    for iscid in (OTHER, "c" * 24):
        await invested(database, seller, iscid)
    await seller.ask("user/investments")
    await story.an_order_is_filled()
    await database.execute("delete from investments where iscid = $1", OTHER)
    told = await seller.ask("user/investments")
    again = await seller.ask("user/investments")
    await story.a_price_is_corrected()
    await seller.ask("user/investments")

    assert read == [[ISCID, OTHER, "c" * 24], [ISCID], [ISCID, "c" * 24]]
    assert told == again
    assert [one["investment"]["iscid"] for one in told["investments"]] == [ISCID, "c" * 24]


async def fresh(database: Database, seller: Told) -> Any:
    """As a process answers that has kept nothing."""
    asked = Asked(seller.gateway.gateway_id, "test", seller.investor_id)
    return msgspec.json.decode(await InvestmentAnswers(database).find(asked, RUNNING, seller._clock.now()))["data"]


async def test_each_form_and_each_investment_has_its_own_answer_and_nobody_another_ones(
    database: Database, seller: Told, clock: HandClock
) -> None:
    await load(database, {"TCS": {TUESDAY: 3_300_00}})
    await invested(database, seller)
    await invested(database, seller, OTHER, exited_at=clock.now())

    async def told() -> list[Any]:
        asked: list[tuple[str, dict[str, str]]] = [
            ("user/investments", {}), ("user/investments", {"iscid": ISCID}), ("user/investments", {"iscid": OTHER}),
            ("user/investments", {"aggregatedData": "true"}), ("user/investments/exited", {}),
        ]  # fmt: skip
        return [await seller.ask(path, **query) for path, query in asked]

    first, second = await told(), await told()

    assert first == second
    assert len({msgspec.json.encode(one) for one in first}) == len(first)
    assert await seller.ask("user/investments", investor_id="c" * 24) == {"investments": []}


async def test_an_answer_made_while_something_changed_is_not_kept_for_what_was_before(
    database: Database, seller: Told, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the first question and the reading a price comes and a fill: the next look still tells the newest."""
    story = Story(database, seller, clock)
    await story.begins()

    async def overtaken(*at: Any) -> Any:
        found = await marked_overviews(*at)
        await story.an_order_is_filled()
        await story.a_price_is_corrected()
        return found

    monkeypatch.setattr(investment_answers, "marked_overviews", overtaken)
    await seller.ask("user/investments")
    monkeypatch.setattr(investment_answers, "marked_overviews", marked_overviews)

    assert await seller.ask("user/investments") == await fresh(database, seller)
