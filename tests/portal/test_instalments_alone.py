"""Instalments that are placed by themselves, from the page on which that is agreed to: with a login that lives they are
ordered once, within what was agreed to, and told; without one they are asked for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.portal.installation import Browser, Installation, installed
from tests.portal.investing import actions_told, bought, published, shares
from tests.portal.test_instalments import agreed, page_of, plan_asked, plan_of, tellings, terms
from torana.baskets.invariants import violations
from torana.baskets.schedule import due_at, due_day
from torana.connectors.serving import Serves
from torana.investors import consents
from torana.kit.clock import IST
from torana.orders import invariants as order_invariants


@pytest.fixture
async def installation(own_database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """Of somebody who invests with it themselves; a week in which there is trading has begun."""
    async with installed(own_database_url, tmp_path, serves=Serves.OWN, settle_window=0.0) as made:
        now = made.services.clock.now()
        morning = datetime.combine(due_day(now.astimezone(IST).date()), time(7), IST)
        made.advance(max((morning - now).total_seconds(), 0))
        await made.tell("POST", "/sandbox/clock", {"mode": "trading"})
        await published(made)
        async with made.worker():
            yield made
        assert await violations(made.services.database) == []


@pytest.fixture
async def told(installation: Installation, browser: Browser) -> dict[str, Any]:
    return (await bought(installation, browser))[1]


async def auto_planned(installation: Installation, browser: Browser, told: dict[str, Any], **config: Any) -> Any:
    """A plan from today on, of which the investor has agreed that it is placed by itself; its flow and its review."""
    day = installation.services.clock.now().astimezone(IST).date()
    asked = {"amount": 20000, "frequency": "1w", "scheduledDate": day.isoformat(), "sipType": "auto"}
    flow = await plan_asked(installation, told, **(asked | config))
    review = await terms(browser, await page_of(installation, browser, flow))
    await agreed(installation, browser, flow, review)
    return flow, review


async def to_opening(installation: Installation) -> None:
    """It is a minute past the opening of the day, here and at the exchange."""
    day = installation.services.clock.now().astimezone(IST).date()
    installation.advance((due_at(day) + timedelta(minutes=1) - installation.services.clock.now()).total_seconds())
    await installation.tell("POST", "/sandbox/clock", {"mode": "trading"})


async def until(installation: Installation, told: dict[str, Any], wanted: list[str]) -> None:
    """The partner was told this. What was tried before the exchange had opened is tried again."""
    async with asyncio.timeout(30):
        while (found := await actions_told(installation, told)) != wanted:
            await asyncio.sleep(0.2)
            del found


async def test_with_a_login_that_lives_an_instalment_is_ordered_once_by_itself(
    installation: Installation, browser: Browser, told: dict[str, Any]
) -> None:
    """At limits within what the page said, under a consent that the ledger keeps; told as any order is."""
    flow, review = await auto_planned(installation, browser, told)
    before, sent = await shares(installation, told), len(await installation.orders_at_broker())
    await to_opening(installation)
    await until(installation, told, ["SIP", "SIP", "SIP done"])

    database, at = installation.services.database, (installation.gateway.gateway_id, told["smallcaseAuthId"])
    (consent,) = await consents.ledger(database, *at)
    plan = await plan_of(installation, told)
    assert plan is not None
    assert [one["sipType"] for one in await tellings(installation, flow)] == ["auto"] * 3
    assert "You do not review or confirm them" in review.words
    assert "₹20,000.00 each time" in consent.notice
    assert (consent.consent_id, consent.scopes) == (plan.consent_id, ["instalments"])
    assert sum((await shares(installation, told)).values()) > sum(before.values())
    orders = (await installation.orders_at_broker())[sent:]
    print(orders)
    assert len(orders) == 2
