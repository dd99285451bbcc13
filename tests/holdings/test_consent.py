"""What an investor agreed to, and that nothing is read, kept or told without it."""

import asyncio
from typing import Any

import pytest

from tests.holdings.world import BODY, World
from tests.kit.jobs import eventually
from tests.portal.installation import Browser
from tests.portal.test_mutual_funds import RIGHT, code_page, give, looked_up
from torana.baskets import missing
from torana.holdings import store
from torana.investors.consents import give as give_consent
from torana.investors.models import Scope
from torana.retention.person import erase, export, export_transactions
from torana.retention.reap import reap
from torana.settings import Retention


async def test_the_ledger_keeps_the_very_words_the_language_and_the_time(world: World, browser: Browser) -> None:
    flow, asking = await world.asked(browser)
    await world.agreed(browser, asking)
    transaction = await world.installation.transaction(flow)

    (consent,) = (await world.get("consents", transaction.investor_id)).json()["data"]

    for line in consent["text"].split("\n")[:2]:
        assert line in asking.words
    for part in ("What: ", "With whom: Only Acme Invest", "For how long: Until ", "Never: ", "[Share my holdings]"):
        assert part in consent["text"]
    assert (consent["language"], consent["scopes"]) == ("en", ["securities"])
    assert consent["transactionId"] == flow.transaction_id
    assert consent["givenAt"] < consent["validUntil"]
    assert (consent["withdrawnAt"], consent["withdrawnBy"]) == (None, None)


async def test_a_refusal_ends_it_and_nothing_is_read(world: World, browser: Browser) -> None:
    """H02."""
    flow, asking = await world.asked(browser)

    page = await browser.submit(asking, "/cancel", reason="consent_denied")

    settled = await world.installation.settled(flow)
    investor_id = (await world.installation.transaction(flow)).investor_id
    refused = await world.holdings(investor_id)
    assert page.heading == "You declined"
    assert (settled["error"]["message"], settled["error"]["code"]) == ("consent_denied", 1003)
    assert (refused.status_code, refused.json()["errors"]) == (404, ["ConsentMissing"])
    assert await world.stored() == 0


async def test_an_import_without_consent_shows_the_question_again(world: World, browser: Browser) -> None:
    """Neither the address of the import nor a yes to other words reads anything."""
    flow, asking = await world.asked(browser)

    past = await browser.get(f"{asking.url.partition('?')[0]}?part=holdings")
    other = await browser.submit(asking, "/confirm", consent="0" * 32)

    assert past.heading == other.heading == asking.heading
    assert other.status == 422
    assert (await world.get("consents", (await world.installation.transaction(flow)).investor_id)).json()["data"] == []
    assert await world.stored() == 0


async def test_who_is_asked_for_more_is_asked_again(world: World, browser: Browser) -> None:
    investor_id = await world.imported(browser)

    _, page = await world.asked(browser, BODY | {"assetConfig": {"mfHoldings": True}}, investor_id=investor_id)

    assert page.heading == "Share your holdings with Acme Invest?"


async def test_a_withdrawal_deletes_what_is_kept_and_tells_the_partner(world: World, browser: Browser) -> None:
    """H02: by the API; twice is once. A webhook that was still under way tells nothing any more."""
    investor_id = await world.imported(browser)
    assert await world.stored() == 1

    first = await world.withdraw(investor_id)
    second = await world.withdraw(investor_id)
    async with world.installation.worker():
        withdrawn = await world.event("consent.withdrawn")
        imported = await world.event("holdings.imported")
    after = await world.holdings(investor_id, version="v2")

    assert first.status_code == second.status_code == 200
    assert first.json()["data"] == second.json()["data"]
    assert first.json()["data"]["withdrawnBy"] == "partner"
    assert await world.stored() == 0
    assert (withdrawn["smallcaseAuthId"], withdrawn["scopes"]) == (investor_id, ["securities"])
    assert [told["event"] for told in world.events].count("consent.withdrawn") == 1
    assert (imported["securities"], imported["deleted"]) == (None, True)
    assert (after.status_code, after.json()["errors"]) == (404, ["ConsentWithdrawn"])


async def test_what_is_kept_open_goes_with_the_look_that_finds_the_consent_over(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """H02: the process forgets the list, too."""
    investor_id = await world.imported(browser)
    known: list[bytes] = []

    async def find(*at: Any) -> Any:
        known.append(at[-1])
        return await really(*at)

    really = store.find
    monkeypatch.setattr(store, "find", find)
    before = [(await world.holdings(investor_id, version="v2")).status_code for _ in range(2)]
    await world.withdraw(investor_id)
    after = [(await world.holdings(investor_id, version="v2")).status_code for _ in range(2)]

    assert (before, after) == ([200, 200], [404, 404])
    assert [one == b"\0" for one in known] == [True, False, False, True]


async def test_repeating_an_old_withdrawal_leaves_what_was_agreed_to_later(world: World, browser: Browser) -> None:
    """H02: a partner's retry that comes after the next import."""
    investor_id = await world.imported(browser)
    old = (await world.withdraw(investor_id)).json()["data"]
    _, asking = await world.asked(browser, investor_id=investor_id)
    await world.agreed(browser, asking)

    again = await world.withdraw(investor_id, old["id"])

    newer, _ = (await world.get("consents", investor_id)).json()["data"]
    assert (again.status_code, again.json()["data"]) == (200, old)
    assert newer["withdrawnAt"] is None
    assert await world.stored() == 1


async def test_an_investor_stops_sharing_where_they_began(world: World, browser: Browser) -> None:
    flow, asking = await world.asked(browser)
    done = await world.agreed(browser, asking)

    stopped = await browser.submit(done, "/again")

    investor_id = (await world.installation.transaction(flow)).investor_id
    (consent,) = (await world.get("consents", investor_id)).json()["data"]
    assert stopped.heading == "You have stopped sharing"
    assert consent["withdrawnBy"] == "investor"
    assert await world.stored() == 0


async def test_a_statement_of_funds_stands_in_the_same_ledger_and_goes_with_its_consent(
    world: World, browser: Browser
) -> None:
    """Given holdings and a statement of funds, each with its entry, when the second is taken back, then the statement
    is deleted, the partner is told, and the holdings stay."""
    investor_id = await world.imported(browser)
    body = {"intent": "MF_HOLDINGS_IMPORT", "responseConfig": {"casSummary": True}}
    asked = await world.installation.ask_for(body, investor_id)
    async with world.installation.worker():
        await give(browser, await code_page(world.installation, browser, asked), RIGHT)
        await world.installation.settled(asked)
        of_funds, of_holdings = (await world.get("consents", investor_id)).json()["data"]
        before = (await looked_up(world.installation, asked))["success"]["casSummary"]
        answer = (await world.withdraw(investor_id, of_funds["id"])).json()["data"]
        told = await world.event("consent.withdrawn")
    after = (await looked_up(world.installation, asked))["success"]["casSummary"]

    assert (of_funds["scopes"], of_holdings["scopes"]) == (["fund_statement"], ["securities"])
    assert (of_funds["transactionId"], of_funds["language"]) == (asked.transaction_id, "en")
    assert "Acme Invest gets your folios" in of_funds["text"]
    said = of_funds["text"].split("\n")
    assert (said[0], said[-1]) == ("Share your mutual fund holdings", "[Agree and get OTP]"), (
        "the whole page, as of holdings"
    )
    assert (answer["id"], answer["withdrawnBy"]) == (of_funds["id"], "partner")
    assert (told["consentId"], told["scopes"]) == (of_funds["id"], ["fund_statement"])
    assert (before is not None, after) == (True, None)
    assert (await world.holdings(investor_id)).status_code == 200


async def test_a_guest_takes_back_what_they_agreed_to(world: World, browser: Browser) -> None:
    """Given a guest's statement of funds, then its transaction leads to their consent, and taking that back deletes the
    statement, tells the partner, and leaves what other guests agreed to."""
    body = {"intent": "MF_HOLDINGS_IMPORT", "responseConfig": {"casSummary": True}}
    asked = await world.installation.ask_for(body, None)
    other = await world.installation.ask_for(body, None)
    async with world.installation.worker():
        for flow in (asked, other):
            await give(browser, await code_page(world.installation, browser, flow), RIGHT)
            await world.installation.settled(flow)
        (agreed,) = (await world.get("consents", None, transactionId=asked.transaction_id)).json()["data"]
        first = await world.withdraw(None, agreed["id"])
        second = await world.withdraw(None, agreed["id"])
        told = await world.event("consent.withdrawn")

    assert (agreed["scopes"], agreed["withdrawnAt"]) == (["fund_statement"], None)
    assert first.status_code == second.status_code == 200
    assert first.json()["data"] == second.json()["data"]
    assert first.json()["data"]["withdrawnBy"] == "partner"
    assert [one["event"] for one in world.events].count("consent.withdrawn") == 1
    assert (told["smallcaseAuthId"], told["transactionId"]) == (None, asked.transaction_id)
    assert (told["consentId"], told["scopes"]) == (agreed["id"], ["fund_statement"])
    gone, kept = [(await looked_up(world.installation, flow))["success"]["casSummary"] for flow in (asked, other)]
    assert (gone, kept is not None) == (None, True)
    services, gateway_id = world.installation.services, world.installation.gateway.gateway_id
    exported = await export_transactions(services.database, services.cipher, gateway_id, [asked.transaction_id])
    assert [one["type"] for one in exported["ownEvents"]] == ["consent.withdrawn"]


async def test_a_guest_sees_and_takes_back_nothing_of_an_investor(world: World, browser: Browser) -> None:
    investor_id = await world.imported(browser)
    (theirs,) = (await world.get("consents", investor_id)).json()["data"]

    unnamed = await world.get("consents", None)
    by_transaction = await world.get("consents", None, transactionId=theirs["transactionId"])
    refused = await world.withdraw(None, theirs["id"])

    assert (unnamed.status_code, "transactionId" in unnamed.json()["errors"][0]) == (400, True)
    assert by_transaction.json()["data"] == []
    assert (refused.status_code, refused.json()["errors"]) == (404, ["ConsentNotFound"])
    assert await world.stored() == 1


async def test_of_many_withdrawals_at_once_one_is_told(world: World, browser: Browser) -> None:
    """H02: a partner's server that asks for both consents of an investor at once, again and again."""
    investor_id = await world.imported(browser)
    _, asking = await world.asked(browser, BODY | {"assetConfig": {"mfHoldings": True}}, investor_id=investor_id)
    await world.agreed(browser, asking)
    ids = [one["id"] for one in (await world.get("consents", investor_id)).json()["data"]]
    assert len(ids) == 2

    answers = await asyncio.gather(*(world.withdraw(investor_id, one) for one in ids * 4))

    assert [one.status_code for one in answers] == [200] * 8
    assert {one.json()["data"]["withdrawnAt"] for one in answers} == {answers[0].json()["data"]["withdrawnAt"]}
    services = world.installation.services
    assert await services.database.value("select count(*) from events where type = 'consent.withdrawn'") == 2


async def test_a_consent_to_something_else_is_none_to_holdings(world: World, browser: Browser) -> None:
    """The partner reads that the investor was not asked, whatever else they have agreed to or taken back."""
    _, asking = await world.asked(browser)
    services, gateway_id = world.installation.services, world.installation.gateway.gateway_id
    investor_id = str(await services.database.value("select investor_id from investors"))
    assert asking.heading == "Share your holdings with Acme Invest?"
    async with services.database.transaction() as connection:
        await give_consent(
            connection,
            gateway_id=gateway_id,
            investor_id=investor_id,
            scopes={Scope.ACCOUNT_OPENING},
            notice="Open an account?",
            language="en",
            transaction_id="TRX_1",
            now=services.clock.now(),
        )

    refused = await world.holdings(investor_id)

    assert (refused.status_code, refused.json()["errors"]) == (404, ["ConsentMissing"])


async def test_after_a_withdrawal_the_next_import_asks(world: World, browser: Browser) -> None:
    investor_id = await world.imported(browser)
    await world.withdraw(investor_id)

    _, page = await world.asked(browser, investor_id=investor_id)

    assert page.heading == "Share your holdings with Acme Invest?"


async def test_a_reading_that_ends_after_the_withdrawal_is_not_kept(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker is slow, and the investor withdraws meanwhile. It is not compared with investments either."""
    compared: list[Any] = []

    async def notice(*at: Any) -> None:
        compared.append(at)

    investor_id = await world.imported(browser)
    _, page = await world.asked(browser, investor_id=investor_id)
    await world.installation.tell(
        "POST", "/sandbox/faults", {"operation": "holdings", "kind": "latency", "seconds": 1.5, "times": 1}
    )

    async def asked() -> bool:
        faults = (await world.installation.tell("GET", "/sandbox/faults"))["faults"]
        return all(fault["applied"] for fault in faults)

    monkeypatch.setattr(missing, "notice", notice)
    loading = asyncio.create_task(browser.load(page))
    await eventually(asked)
    await world.withdraw(investor_id)
    await loading

    assert (await world.stored(), compared) == (0, [])


async def test_a_consent_ends_by_itself_and_takes_the_holdings_along(world: World, browser: Browser) -> None:
    investor_id = await world.imported(browser)
    world.installation.advance(366 * 86_400)

    refused = await world.holdings(investor_id)
    services = world.installation.services
    await reap(services.database, Retention(of_tables={"holdings_days": 10_000}), services.clock.now())

    assert (refused.status_code, refused.json()["errors"]) == (404, ["ConsentExpired"])
    assert await world.stored() == 0
    assert len((await world.get("consents", investor_id)).json()["data"]) == 1


async def test_a_person_is_given_what_is_kept_and_is_taken_out_of_it(world: World, browser: Browser) -> None:
    investor_id = await world.imported(browser)
    services, gateway_id = world.installation.services, world.installation.gateway.gateway_id
    await world.withdraw(investor_id)
    _, asking = await world.asked(browser, investor_id=investor_id)
    await world.agreed(browser, asking)

    exported = await export(services.database, services.cipher, gateway_id, investor_id)
    told = (await world.holdings(investor_id, version="v2")).json()["data"]
    await erase(services.database, gateway_id, investor_id, services.clock.now())
    left = await export(services.database, services.cipher, gateway_id, investor_id)

    (kept,), (_, consent) = exported["holdings"], exported["consents"]
    assert kept["securities"] == told["securities"]
    assert not kept.keys() & {"securities_v1", "securities_v2"}
    assert "[Share my holdings]" in consent["notice"]
    assert [one["type"] for one in exported["ownEvents"]] == ["consent.withdrawn"]
    assert left["holdings"] == []
    assert [one["withdrawn_by"] for one in left["consents"]] == ["partner", "erasure"]
    assert await world.stored() == 0
    assert (await world.holdings(investor_id)).json()["errors"] == ["UnknownInvestor"]


@pytest.mark.parametrize(("days", "left"), [(89, 1), (91, 0)])
async def test_old_holdings_are_deleted_on_schedule(world: World, browser: Browser, days: int, left: int) -> None:
    await world.imported(browser)
    world.installation.advance(days * 86_400)

    services = world.installation.services
    await reap(services.database, Retention(), services.clock.now())

    assert await world.stored() == left


async def test_consents_leave_long_after_they_ended(world: World, browser: Browser) -> None:
    investor_id = await world.imported(browser)
    await world.withdraw(investor_id)
    services = world.installation.services

    counts = []
    for days in (1800, 100):
        world.installation.advance(days * 86_400)
        counts.append((await reap(services.database, Retention(), services.clock.now())).get("consents", 0))

    assert counts == [0, 1]
