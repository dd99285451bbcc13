"""SIP_SETUP through the pop-up: a plan is made, changed and ended; an instalment that comes due is ordered."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from tests.portal.installation import Answer, Browser, Flow, Installation
from tests.portal.investing import SCID, actions_told, asked, bought, chosen, opened, published, shares
from tests.support.database import until_waiting
from torana.api.answers import encode, iso
from torana.baskets import store
from torana.baskets.invariants import violations
from torana.baskets.models import Plan
from torana.baskets.plan_schemas import PLAN_UPDATED
from torana.baskets.schedule import due_at, due_day
from torana.flows.registry import FLOWS
from torana.kit.clock import IST
from torana.transactions.details import details


@pytest.fixture(autouse=True)
async def worker(installation: Installation) -> AsyncIterator[None]:
    await published(installation)
    async with installation.worker():
        yield
    assert await violations(installation.services.database) == []


@pytest.fixture
async def told(installation: Installation, browser: Browser) -> dict[str, Any]:
    """What the promise of a first investment told."""
    return (await bought(installation, browser))[1]


def today(installation: Installation) -> date:
    return installation.services.clock.now().astimezone(IST).date()


async def plan_asked(installation: Installation, told: dict[str, Any], **config: Any) -> Flow:
    body = {"intent": "SIP_SETUP", "orderConfig": {"iscid": told["iscid"], **config}}
    return await installation.ask_for(body, told["smallcaseAuthId"])


async def page_of(installation: Installation, browser: Browser, flow: Flow) -> Answer:
    """The first page of a plan, in the browser in which the investor bought."""
    return await installation.open(browser, flow)


async def terms(browser: Browser, page: Answer, **typed: str) -> Answer:
    """The form for amount, frequency and day is sent, with what is typed over what stands in it."""
    form = next(one for one in page.page.forms if ("step", "terms") in one.fields)
    return await browser.post(form.action, dict(form.fields) | typed, origin=browser.base)


async def plan_of(installation: Installation, told: dict[str, Any]) -> Plan | None:
    return await store.find_plan(installation.services.database, installation.gateway.gateway_id, told["iscid"])


async def agreed(installation: Installation, browser: Browser, flow: Flow, review: Answer) -> dict[str, Any]:
    """Yes to the page that is shown; what the promise told."""
    after = await browser.submit(review, "/confirm")
    assert after.status == 200, after.words[-600:]
    return dict((await installation.settled(flow))["result"])


async def tellings(installation: Installation, flow: Flow) -> list[Any]:
    """`sipDetails` of promise, look-up and webhook."""
    promise = (await installation.settled(flow))["result"]
    transaction, services = await installation.transaction(flow), installation.services
    looked = await details(
        services.database, services.cipher, installation.gateway, FLOWS.of(transaction), transaction,
        services.clock.now(),
    )  # fmt: skip
    question = "select data from events where transaction_id = $1 and type = 'instalment_plan.updated'"
    sent = PLAN_UPDATED.wire(await services.database.value(question, flow.transaction_id))
    return [
        promise["sipDetails"],
        *(msgspec.json.decode(encode(one["sipDetails"])) for one in (looked["success"], sent)),
    ]


async def test_a_plan_is_made_changed_and_ended(
    installation: Installation, browser: Browser, told: dict[str, Any]
) -> None:
    """Promise, look-up and webhook tell the same of each; nothing is bought by any of it."""
    sent, day = len(await installation.orders_at_broker()), today(installation) + timedelta(days=3)
    iscid = told["iscid"]
    first = await plan_asked(installation, told, amount=20000, frequency="1m", scheduledDate=day.isoformat())
    form = await page_of(installation, browser, first)
    review = await terms(browser, form)
    await agreed(installation, browser, first, review)
    made = await plan_of(installation, told)
    again = await plan_asked(installation, told)
    later = day + timedelta(days=1)
    changing = await page_of(installation, browser, again)
    changed = await terms(browser, changing, amount="25,000.50", frequency="1w", day=later.isoformat())
    await agreed(installation, browser, again, changed)
    over = await plan_asked(installation, told, sipAction="end")
    question = await page_of(installation, browser, over)
    await agreed(installation, browser, over, question)
    ended = await plan_of(installation, told)

    assert (form.heading, review.heading) == ("Instalments for Night light", "Instalments for Night light")
    assert "₹20,000.00" in review.words
    assert "Nothing is bought without you" in review.words
    assert made is not None
    assert (made.amount, made.frequency, made.first_day, made.ended_at) == (20_000_00, "1m", day, None)
    assert "You already have instalments" in changing.words
    assert "Change the instalments" in changed.words
    of = {"iscid": iscid, "scid": SCID}
    for flow, expected in (
        (first, {"sipAction": "create", "sipActive": True, "sipType": "manual", "amount": 20000, "frequency": "1m",
                 "scheduledDate": iso(due_at(day))}),
        (again, {"sipAction": "manage", "sipActive": True, "sipType": "manual", "amount": 25000.5, "frequency": "1w",
                 "scheduledDate": iso(due_at(later))}),
        (over, {"sipAction": "end", "sipActive": False}),
    ):  # fmt: skip
        assert await tellings(installation, flow) == [expected | of] * 3
    assert ended is not None
    assert (ended.ended_by, question.heading) == ("investor", "End the instalments for Night light?")
    assert len(await installation.orders_at_broker()) == sent


async def test_a_due_instalment_is_ordered_and_asked_for_no_more(
    installation: Installation, browser: Browser, told: dict[str, Any]
) -> None:
    """A raise, an order of type SIP with what was planned, an end; the next one waits for its day."""
    day = today(installation) + timedelta(days=1)
    flow = await plan_asked(installation, told, amount=20000, frequency="1w", scheduledDate=day.isoformat())
    await agreed(installation, browser, flow, await terms(browser, await page_of(installation, browser, flow)))
    before = await shares(installation, told)
    installation.advance((due_at(day) - installation.services.clock.now()).total_seconds() + 60)
    async with asyncio.timeout(30):
        while await actions_told(installation, told) != ["SIP"]:
            await asyncio.sleep(0.1)
    await installation.tell("POST", "/sandbox/clock", {"mode": "trading"})

    sip = await asked(installation, "SIP", told["smallcaseAuthId"], iscid=told["iscid"])
    page = await opened(installation, browser, sip)
    await browser.submit(await chosen(browser, page), "/confirm")
    await installation.settled(sip)

    plan = await plan_of(installation, told)
    assert plan is not None
    assert "is due" in page.words
    assert 'value="20000"' in page.text
    assert sum((await shares(installation, told)).values()) > sum(before.values())
    assert await actions_told(installation, told) == ["SIP", "SIP done"]
    assert (plan.number, plan.last_day, plan.ended_at) == (1, day, None)


async def test_what_cannot_be_planned_is_asked_for_again(
    installation: Installation, browser: Browser, told: dict[str, Any]
) -> None:
    """The page says what is wrong with each; nothing is kept of it. What was not read is not agreed to."""
    flow = await plan_asked(installation, told)
    form = await page_of(installation, browser, flow)
    good = {"amount": "20000", "frequency": "1m", "day": today(installation).isoformat()}
    for wrong, words in (
        ({"amount": "much"}, "Enter an amount in rupees"),
        ({"amount": "1e12"}, "Enter an amount in rupees"),
        ({"frequency": "4m"}, "Choose how often."),
        ({"day": "2027-02-31"}, "Enter a valid date."),
        ({"day": "2020-01-01"}, "or later."),
        ({"day": "2040-01-01"}, "Choose a date within a year."),
    ):
        again = await terms(browser, form, **(good | wrong))
        assert (again.status, again.heading) == (422, form.heading)
        assert words in again.words
    review = await terms(browser, form, **good)
    unread = await browser.submit(review, "/confirm", consent="0" * 32)
    back = await browser.submit(review, "/again")

    assert (unread.status, unread.heading) == (422, review.heading)
    assert "Review the plan" in back.text
    assert await plan_of(installation, told) is None
    assert (await installation.transaction(flow)).status == "USED"


async def test_of_two_windows_the_second_does_not_undo_what_the_first_agreed_to(
    installation: Installation, browser: Browser, told: dict[str, Any]
) -> None:
    flows = [await plan_asked(installation, told, amount=amount) for amount in (20000, 30000)]
    reviews = [await terms(browser, await page_of(installation, browser, flow)) for flow in flows]

    await agreed(installation, browser, flows[0], reviews[0])
    shown = await browser.submit(reviews[1], "/confirm")
    plan = await plan_of(installation, told)
    second = await agreed(installation, browser, flows[1], shown)

    assert plan is not None
    assert plan.amount == 20_000_00
    assert "Change the instalments" in shown.words
    assert second["sipDetails"]["sipAction"] == "manage"


async def test_an_investment_that_is_exited_at_that_moment_gets_no_plan(
    installation: Installation, browser: Browser, told: dict[str, Any]
) -> None:
    """Given the last of it is sold while the yes to a plan is on its way, the page is shown anew."""
    services, flow = installation.services, await plan_asked(installation, told, amount=20000)
    review = await terms(browser, await page_of(installation, browser, flow))

    async with services.database.transaction() as connection:
        held = await store.lock_investment(connection, installation.gateway.gateway_id, told["iscid"])
        sending = asyncio.create_task(browser.submit(review, "/confirm"))
        await until_waiting(services.database)
        assert held is not None
        now = services.clock.now()
        await store.save_investment(connection, msgspec.structs.replace(held, exited_at=now), now)
    shown = await sending

    assert shown.heading == review.heading
    assert await plan_of(installation, told) is None


async def test_a_basket_that_is_withdrawn_meanwhile_gets_no_plan(
    installation: Installation, browser: Browser, told: dict[str, Any]
) -> None:
    """smallcase_archived 9007; one that runs can be ended."""
    running = await plan_asked(installation, told, amount=20000)
    review = await terms(browser, await page_of(installation, browser, running))
    late = await plan_asked(installation, told)
    form = await page_of(installation, browser, late)
    await agreed(installation, browser, running, review)
    await published(installation, active=False)

    question = await terms(browser, form, amount="20000", day=today(installation).isoformat())
    ended = await agreed(installation, browser, late, question)
    none = await plan_asked(installation, told)
    await page_of(installation, browser, none)
    error = (await installation.settled(none))["error"]

    assert "closed" in question.words
    assert ended["sipDetails"]["sipActive"] is False
    assert (error["message"], error["code"]) == ("smallcase_archived", 9007)
    assert due_day(today(installation)) >= today(installation)
