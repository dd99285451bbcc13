"""What the partner is told of investments."""

from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from typing import Any

import pytest

from tests.baskets.test_outcomes import ALL, PART, of
from tests.baskets.test_routes import Partner, isin_of, load
from tests.baskets.writing import written
from tests.orders.making import NOW
from tests.support.clock import HandClock
from tests.support.gateway import api_services_of, application, calling
from tests.support.partner import log_in, make_gateway
from torana.baskets import store
from torana.baskets.actions import ask_holders
from torana.baskets.investment_routes import investments_router
from torana.baskets.investments import Kind, at_end
from torana.baskets.models import Investment
from torana.baskets.positions import Position
from torana.baskets.routes import baskets_router
from torana.baskets.store.actions import HOLDERS
from torana.kit.database import Database
from torana.kit.runner import Runner
from torana.retention.person import erase, export

ISCID, OTHER = "a" * 24, "b" * 24


class Told(Partner):
    investor_id: str

    async def ask(self, path: str, investor_id: str | None = None, **query: str) -> Any:
        answer = await self.client.get(
            f"/v1/{self.gateway.name}/engine/{path}",
            params=query,
            headers=self.headers(investor_id or self.investor_id),
        )
        return answer.json()["data"] if answer.status_code == 200 else (answer.status_code, answer.json()["errors"])


@pytest.fixture
async def partner(database: Database, clock: HandClock) -> AsyncIterator[Told]:
    """Sells one basket; an investor of theirs has logged in."""
    services = api_services_of(database, clock)
    app = application(database, clock, more=[baskets_router(services), investments_router(services)])
    async with calling(app) as client:
        partner = Told(client, await make_gateway(database, clock), clock)
        await partner.publish(written("LAMP_1"))
        partner.investor_id, _ = await log_in(database, partner.gateway, clock.now())
        yield partner


async def invested(database: Database, partner: Told, iscid: str = ISCID, **different: Any) -> None:
    """Two shares of TCS at 3,000 rupees; one more was sold with 100 rupees of profit."""
    tcs = Position("TCS", "NSE", isin_of("TCS"), 2, 6000_00, 1, 3000_00, 3100_00)
    now = partner._clock.now()
    plain: dict[str, Any] = {
        "gateway_id": partner.gateway.gateway_id, "iscid": iscid, "investor_id": partner.investor_id,
        "scid": "LAMP_1", "version": 1, "positions": (tcs,), "created_at": now, "updated_at": now,
    }  # fmt: skip
    async with database.transaction() as connection:
        await store.insert_investment(connection, Investment(**(plain | different)))


async def test_an_investment_is_told_with_its_costs_and_returns(database: Database, partner: Told) -> None:
    await load(database, {"TCS": {date(2026, 11, 17): 3_300_00}})
    await invested(database, partner)

    (found,) = (await partner.ask("user/investments"))["investments"]
    alone = await partner.ask("user/investments", iscid=ISCID)

    assert alone == found
    investment = found["investment"]
    assert (investment["iscid"], investment["scid"], investment["version"]) == (ISCID, "LAMP_1", 1)
    returns = investment["returns"]
    assert (returns["networth"], returns["unrealizedInvestment"], returns["unrealizedReturns"]) == (6600, 6000, 600)
    assert (returns["realizedInvestment"], returns["realizedReturns"]) == (3000, 100)
    assert returns["divReturns"] is None
    (tcs,) = investment["currentConfig"]["constituents"]
    assert (tcs["ticker"], tcs["shares"], tcs["averagePrice"], tcs["weight"], tcs["returns"]) == (
        "TCS", 2, 3000, 1, 600,
    )  # fmt: skip
    assert found["actions"] == {"fix": [], "rebalance": None, "sip": None, "reconcile": None}


async def test_what_no_price_tells_is_null(database: Database, partner: Told) -> None:
    await load(database, {})
    await invested(database, partner)

    (found,) = (await partner.ask("user/investments"))["investments"]
    together = (await partner.ask("user/investments", aggregatedData="true"))["aggregated"]

    assert found["investment"]["returns"]["networth"] is None
    assert found["investment"]["currentConfig"]["constituents"][0]["weight"] is None
    assert (together["networth"], together["currentReturnsPercent"], together["currentInvestment"]) == (
        None, None, 6000,
    )  # fmt: skip


async def test_all_of_them_as_one(database: Database, partner: Told) -> None:
    """The interface's forms: never invested is an empty list; nothing held is zeros, and percents of nothing null."""
    await load(database, {"TCS": {date(2026, 11, 17): 3_300_00}})
    none = await partner.ask("user/investments", aggregatedData="true")
    sold = Position("TCS", "NSE", isin_of("TCS"), 0, 0, 1, 3000_00, 3000_00)
    now = partner._clock.now()
    await invested(database, partner, OTHER, positions=(sold,), exited_at=now)
    zero = await partner.ask("user/investments", aggregatedData="true")
    await invested(database, partner)

    both = (await partner.ask("user/investments", aggregatedData="TRUE"))["aggregated"]

    assert none == {"aggregated": []}
    assert zero["aggregated"] == {
        "currentInvestment": 0, "currentReturns": 0, "networth": 0, "totalReturns": 0,
        "currentReturnsPercent": None, "totalReturnsPercent": None,
    }  # fmt: skip
    assert both == {
        "currentInvestment": 6000, "currentReturns": 600, "networth": 6600, "totalReturns": 700,
        "currentReturnsPercent": 10, "totalReturnsPercent": 5.83,
    }  # fmt: skip


async def test_an_exited_one_is_in_its_own_list(database: Database, partner: Told) -> None:
    sold = Position("TCS", "NSE", isin_of("TCS"), 0, 0, 2, 6000_00, 6500_00)
    await invested(database, partner, positions=(sold,), exited_at=partner._clock.now())

    (found,) = (await partner.ask("user/investments/exited"))["exitedInvestments"]

    assert (await partner.ask("user/investments"))["investments"] == []
    assert (found["iscid"], found["returns"]["realizedReturns"]) == (ISCID, 500)
    assert found["dateSold"].startswith("2026-11-18T05:00:00")


async def test_a_new_version_is_an_action_of_who_holds_the_old(database: Database, partner: Told) -> None:
    """Once its holders were asked, as the webhook and the list of pending actions tell."""
    runner = Runner(database, partner._clock, {HOLDERS: partial(ask_holders, database, partner._clock)})
    await invested(database, partner)
    await partner.publish(written("LAMP_1", constituents=[{"ticker": "ITC", "weight": 1}]))
    await runner.drain()

    (found,) = (await partner.ask("user/investments"))["investments"]
    await partner.publish(written("LAMP_1", constituents=[{"ticker": "ITC", "weight": 1}], active=False))
    await runner.drain()
    (withdrawn,) = (await partner.ask("user/investments"))["investments"]

    assert found["investment"]["recommendedAction"] == "REBALANCE"
    assert (found["actions"]["rebalance"]["iscid"], found["actions"]["rebalance"]["version"]) == (ISCID, 2)
    assert withdrawn["actions"]["rebalance"] is None


async def test_nobody_sees_the_investment_of_another(database: Database, partner: Told) -> None:
    await invested(database, partner)
    other, _ = await log_in(database, partner.gateway, partner._clock.now(), user="XY9876")
    guest = await partner.read("user/investments")

    assert await partner.ask("user/investments", other) == {"investments": []}
    assert await partner.ask("user/investments", other, iscid=ISCID) == (404, ["IscidNotFound"])
    assert (guest.status_code, guest.json()["errors"]) == (400, ["InvalidIntent"])


async def test_an_investment_is_exported_and_erased_with_its_investor(database: Database, partner: Told) -> None:
    """What the broker corrects after that is a matter of the order log alone."""
    await invested(database, partner)
    at, cipher = (partner.gateway.gateway_id, partner.investor_id), api_services_of(database, partner._clock).cipher
    exported = await export(database, cipher, *at)

    await erase(database, *at, partner._clock.now())
    ended = of(Kind.BUY, PART, gateway_id=at[0], iscid=ISCID)
    async with database.transaction() as connection:
        await at_end(connection, before=ended, after=of(Kind.BUY, ALL, gateway_id=at[0], iscid=ISCID), now=NOW)

    assert [(one["iscid"], one["positions"][0]["shares"]) for one in exported["investments"]] == [(ISCID, 2)]
    assert await store.investments_of(database, *at) == []


async def test_of_a_transaction_that_is_not_there_no_orders_are_told(partner: Told) -> None:
    assert await partner.ask("orders/smt", transactionId="AAA") == {"orderBatches": [], "orders": []}


async def test_what_cannot_be_ordered_is_named_when_it_is_asked_for(database: Database, partner: Told) -> None:
    """Another gateway's investment is as little there as one that nobody has; nothing is stored."""
    await invested(database, partner)
    await invested(database, partner, OTHER)

    async def asked(**config: Any) -> tuple[int, list[str]]:
        answer = await partner.create({"intent": "TRANSACTION", "orderConfig": config}, partner.investor_id)
        return answer.status_code, answer.json()["errors"]

    assert await asked(type="BUY", scid="NOT_THERE") == (404, ["ScidNotFound"])
    assert await asked(type="EXIT", iscid="c" * 24) == (404, ["IscidNotFound"])
    assert await asked(type="EXIT", scid="LAMP_1") == (400, ["IscidNeeded"])
    assert await asked(type="EXIT", iscid=ISCID, scid="OTHER_1") == (404, ["IscidNotFound"])
    assert (await asked(type="EXIT"))[0] == 400
    assert (await asked(type="BUY", scid="LAMP_1", amount=10**12))[0] == 400
    assert (await asked(type="BUY", scid="LAMP_1", iscid=ISCID))[0] == 400
    assert (await asked(type="DUMMY", iscid=ISCID))[0] == 400
    assert (
        await database.value("select count(*) from transactions where gateway_id = $1", partner.gateway.gateway_id) == 0
    )


@pytest.mark.parametrize("word", ["INVESTMORE", "investMore", "repair", "Fix", "sip", "manage", "exit"])
async def test_words_and_ids_are_taken_as_they_come(database: Database, partner: Told, word: str) -> None:
    await invested(database, partner)

    by_iscid = await partner.create(
        {"intent": "transaction", "orderConfig": {"type": word, "iscid": ISCID}}, partner.investor_id
    )
    by_scid = await partner.create(
        {"intent": "TRANSACTION", "orderConfig": {"type": word, "scid": "LAMP_1"}}, partner.investor_id
    )
    guest = await partner.create({"intent": "TRANSACTION", "orderConfig": {"type": word, "iscid": ISCID}})

    assert (by_iscid.status_code, by_scid.status_code) == (200, 200)
    assert (guest.status_code, guest.json()["errors"]) == (400, ["InvalidIntent"])
