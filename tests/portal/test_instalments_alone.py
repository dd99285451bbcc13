"""Instalments that are placed by themselves, from the page on which that is agreed to: with a login that lives they are
ordered once, within what was agreed to, and told; without one they are asked for."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.portal.installation import Browser, Installation, installed
from tests.portal.investing import actions_told, asked, bought, opened, published, shares
from tests.portal.test_instalments import agreed, page_of, plan_asked, plan_of, tellings, terms
from tests.support.partner import log_in
from torana.baskets import store
from torana.baskets.invariants import violations
from torana.baskets.models import ActionKind
from torana.baskets.plans import come_due
from torana.baskets.schedule import due_at, due_day
from torana.baskets.store.actions import INSTALMENTS, Pending
from torana.baskets.store.plans import PLANS
from torana.connectors.serving import Serves
from torana.flows.context import FlowServices
from torana.flows.instalments import place_due
from torana.flows.instalments.place_due import AGAIN, place_instalment
from torana.flows.registry import FLOWS
from torana.holdings.withdraw import withdraw
from torana.investors import consents
from torana.investors.consents import WithdrawnBy
from torana.kit.clock import IST
from torana.kit.due import Claim, LostLease, claim
from torana.kit.faultpoints import FaultInjected, armed
from torana.kit.overload import Overload
from torana.kit.runner import Runner
from torana.orders.models import Halt
from torana.orders.states import HaltedBy
from torana.orders.store import insert_halt
from torana.retention.person import erase, export
from torana.services import flow_services


@pytest.fixture
async def installation(own_database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """Of somebody who invests with it themselves; it is the morning of a day with trading."""
    async with installed(own_database_url, tmp_path, serves=Serves.OWN, settle_window=0.0) as made:
        now = made.services.clock.now()
        morning = datetime.combine(due_day(today(made)), time(7), IST)
        made.advance(max((morning - now).total_seconds(), 0))
        await made.tell("POST", "/sandbox/clock", {"mode": "trading"})
        await published(made)
        yield made


def today(installation: Installation) -> date:
    return installation.services.clock.now().astimezone(IST).date()


async def auto_planned(installation: Installation, browser: Browser, told: dict[str, Any]) -> tuple[list[Any], str]:
    """A plan from today on, of which the investor has agreed that it is placed by itself: how it was told, and what the
    page said."""
    config = {"amount": 20000, "frequency": "1w", "scheduledDate": today(installation).isoformat(), "sipType": "auto"}
    flow = await plan_asked(installation, told, **config)
    review = await terms(browser, await page_of(installation, browser, flow))
    await agreed(installation, browser, flow, review)
    return await tellings(installation, flow), review.words


async def to_opening(installation: Installation, day: date) -> None:
    """It is a minute past the opening of that day, here and at the exchange."""
    installation.advance((due_at(day) + timedelta(minutes=1) - installation.services.clock.now()).total_seconds())
    await installation.tell("POST", "/sandbox/clock", {"mode": "trading"})


async def until_told(installation: Installation, told: dict[str, Any], wanted: list[str]) -> None:
    async with asyncio.timeout(30):
        while await actions_told(installation, told) != wanted:
            await asyncio.sleep(0.1)


async def test_with_a_login_that_lives_an_instalment_is_ordered_once_by_itself(
    installation: Installation, browser: Browser
) -> None:
    """At limits, for at most the amount, under a consent that the ledger keeps, the last of a changed plan; told as any
    order is. Once it is withdrawn the next instalment is asked for like any other."""
    database, gateway_id = installation.services.database, installation.gateway.gateway_id
    async with installation.worker():
        told = (await bought(installation, browser))[1]
        first, _ = await auto_planned(installation, browser, told)
        tellings, words = await auto_planned(installation, browser, told)
        before, sent = await shares(installation, told), len(await installation.orders_at_broker())
        await to_opening(installation, today(installation))
        await until_told(installation, told, ["SIP", "SIP", "SIP done"])
    orders = (await installation.orders_at_broker())[sent:]
    after, plan = await shares(installation, told), await plan_of(installation, told)
    investor_id = told["smallcaseAuthId"]
    consent, changed = await consents.ledger(database, gateway_id, investor_id)
    kept = await export(database, installation.services.cipher, gateway_id, investor_id)

    assert plan is not None
    assert [one["sipType"] for one in (*first, *tellings)] == ["auto"] * 6
    assert (changed.withdrawn_by, consent.withdrawn_by) == ("investor", None)
    assert "You do not review or confirm them" in words
    assert "₹20,000.00 each time" in consent.notice
    assert (plan.consent_id, plan.basket_version) == (consent.consent_id, 1)
    assert [one["asked"]["orderType"] for one in orders] == ["LIMIT"] * 2
    assert 19_000_00 < sum(one["quantity"] * one["limitPrice"] for one in orders) <= 20_000_00
    assert {one["symbol"]: one["quantity"] for one in orders} == {name: after[name] - before[name] for name in after}
    assert await told_of_it(installation, told) == [
        "transaction.created", "transaction.used", "transaction.confirmed", "batch.placed", "batch.completed",
    ]  # fmt: skip
    assert [one["consent_id"] for one in kept["instalmentPlans"]] == [plan.consent_id]
    assert consent.notice in [one["notice"] for one in kept["consents"]]

    at = database, FLOWS.tables, gateway_id, investor_id, consent.consent_id
    await withdraw(*at, by=WithdrawnBy.PARTNER, now=installation.services.clock.now())
    await to_opening(installation, today(installation) + timedelta(days=7))
    await come(installation)
    assert (await due(installation, told)).action.consent_id == ""
    assert await violations(database) == []
    await erase(database, gateway_id, investor_id, installation.services.clock.now())
    assert await plan_of(installation, told) is None


async def told_of_it(installation: Installation, told: dict[str, Any]) -> list[str]:
    """The events of the transaction in which the instalment was placed, but for steps that may fall together."""
    question = """
        select array_agg(e.type order by e.sequence) from events e
        join pending_actions a on a.gateway_id = e.gateway_id and a.transaction_id = e.transaction_id
        where a.iscid = $1 and e.type not in ('orders.updated', 'transaction.processing', 'transaction.completed')
    """
    return await installation.services.database.value(question, told["iscid"]) or []


async def come(installation: Installation) -> None:
    """A worker looks at the plans alone."""
    database, clock = installation.services.database, installation.services.clock
    await Runner(database, clock, {PLANS: partial(come_due, database, clock)}).drain()


async def due(installation: Installation, told: dict[str, Any]) -> Pending:
    at = installation.gateway.gateway_id, told["smallcaseAuthId"], told["iscid"]
    return next(
        one for one in await store.pending(installation.services.database, *at) if one.action.kind is ActionKind.SIP
    )


class Hand:
    """A worker that a test leads: it takes the instalment that is due, and tries to place it."""

    def __init__(self, installation: Installation, told: dict[str, Any]) -> None:
        self.installation, self.told = installation, told
        self.database = installation.services.database
        self.flows = flow_services(installation.services, Overload())

    async def take(self) -> list[Claim]:
        """The instalment, which no other worker holds, if it is due."""
        await self.database.execute("update pending_actions set lease_until = null")
        now = self.installation.services.clock.now()
        return await claim(self.database, INSTALMENTS, self.installation.gateway.gateway_id, now, 10)

    async def tries(self, flows: FlowServices | None = None) -> str | None:
        """Once more, when its time has come: why it was not placed."""
        self.installation.advance(AGAIN.total_seconds())
        (taken,) = await self.take()
        await place_instalment(flows or self.flows, taken)
        return (await due(self.installation, self.told)).action.why_not

    async def batches(self) -> int:
        counted: int = await self.database.value("select count(*) from batches where iscid = $1", self.told["iscid"])
        return counted

    async def transactions(self) -> int:
        """In which an instalment was placed by itself."""
        question = "select count(*) from events where type = 'transaction.confirmed' and data ? 'consent_id'"
        counted: int = await self.database.value(question)
        return counted

    async def halt(self) -> None:
        wanted = Halt(self.installation.gateway.gateway_id, "", HaltedBy.PARTNER, "an audit", datetime.now(UTC))
        async with self.database.transaction() as connection:
            await insert_halt(connection, wanted)

    async def forgets(self) -> None:
        """The database is brought back to what it was before the order."""
        for statement in (
            "delete from attempts where planned_at >= (select max(created_at) from batches)",
            "delete from orders where created_at >= (select max(created_at) from batches)",
            "delete from batches where created_at >= (select max(created_at) from batches)",
            "update investments set open_batch_id = null",
            "update pending_actions set ended_at = null, ended_by = null, transaction_id = null, due_at = created_at",
        ):
            await self.database.execute(statement)


async def test_what_stands_against_it_is_told_and_it_is_placed_once_whatever_happens(
    installation: Installation, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No login, another account's login, an order in front of the investor, a halt: asked for, and why. Then a worker
    that dies before the commit, one that loses its lease in that moment, one that dies after it, a database that was
    restored: one order. Who opens it themselves and leaves has refused it."""
    services, gateway = installation.services, installation.gateway
    async with installation.worker():
        told = (await bought(installation, browser))[1]
        await auto_planned(installation, browser, told)
    hand, investor_id = Hand(installation, told), told["smallcaseAuthId"]
    await to_opening(installation, today(installation))
    await come(installation)
    before, sent = await hand.batches(), len(await installation.orders_at_broker())

    for session in await services.sessions.all_live(gateway.gateway_id, investor_id, services.clock.now()):
        await services.sessions.end(gateway.gateway_id, session.session_id, services.clock.now())
    await log_in(hand.database, gateway, services.clock.now(), user="SOMEBODY")
    assert [await hand.tries(), await hand.tries()] == ["no_login"] * 2
    assert await actions_told(installation, told) == ["SIP", "SIP"]

    more = await asked(installation, "INVESTMORE", investor_id, iscid=told["iscid"])
    review = await opened(installation, browser, more)
    assert (await hand.tries(), review.status) == ("being_ordered", 200)
    await browser.submit(review, "/cancel")
    await hand.halt()
    assert await hand.tries() == "orders_halted"
    await hand.database.execute("delete from halts")
    assert await hand.tries(replace(hand.flows, settle_window=1e6)) == "orders_halted"  # it waits, and says nothing
    await hand.database.execute("update pending_actions set due_at = created_at")

    with armed("flows.instalments.before_write=raise"), pytest.raises(FaultInjected):
        await hand.tries()
    assert (await hand.batches(), await hand.transactions()) == (before, 0)
    other: list[Claim] = []

    async def stolen(name: str) -> None:
        """The lease is another worker's now, which places, and dies before it can say so."""
        if name == "flows.instalments.after_write":
            raise FaultInjected(name)
        if not other:
            other.extend(await hand.take())
            with pytest.raises(FaultInjected):
                await place_instalment(hand.flows, other[0])

    monkeypatch.setattr(place_due, "reach", stolen)
    with pytest.raises(LostLease):
        await hand.tries()
    monkeypatch.undo()
    assert (await hand.batches(), await hand.transactions()) == (before + 1, 1)
    assert await hand.tries() is None
    assert await hand.take() == []
    async with installation.worker():
        await until_told(installation, told, ["SIP"] * 5 + ["SIP done"])
    assert len(await installation.orders_at_broker()) == sent + 2

    await hand.forgets()
    assert await hand.tries() == "unknown_orders"
    sip = await opened(installation, browser, await asked(installation, "SIP", investor_id, iscid=told["iscid"]))
    await browser.submit(sip, "/cancel")
    installation.advance(AGAIN.total_seconds())
    assert ((await due(installation, told)).action.why_not, await hand.take()) == ("taken_up", [])
    assert (await hand.batches(), len(await installation.orders_at_broker())) == (before, sent + 2)
