"""A share that has another ISIN: what is held of the old one is told, and follows to the new one."""

import asyncio
from datetime import date
from typing import Any

from tests.baskets.test_investments import ISCID, OTHER, Told, invested
from tests.baskets.test_missing import accept, by_day, held, item, read
from tests.baskets.test_routes import isin_of, load
from tests.baskets.writing import written
from tests.support.clock import HandClock
from torana.baskets import store
from torana.baskets.isin_changes import convert, convert_holders
from torana.baskets.models import Constituent, IsinChange
from torana.baskets.positions import Position
from torana.baskets.store.isin_changes import ISIN_CHANGES
from torana.baskets.store.trades import Trade
from torana.kit.database import Database
from torana.kit.due import Claim
from torana.kit.runner import Runner

OLD = "INE467B01011"
"""Of TCS, before its shares were split."""
SPLIT = {"isin": OLD, "ticker": "TCS", "oldShares": 1, "newShares": 5, "date": "2026-11-16"}


async def asked(seller: Told, body: Any = None, **query: str) -> Any:
    at = f"/v1/{seller.gateway.name}/baskets/isin-changes"
    headers = seller.headers()
    if body is None:
        answer = await seller.client.get(at, headers=headers)
    else:
        answer = await seller.client.post(at, json=body, params=query, headers=headers)
    return answer.json()["data"] if answer.status_code == 200 else (answer.status_code, answer.json()["errors"])


async def begun(database: Database, seller: Told, *iscids: str, **different: Any) -> None:
    """Three old shares each, bought on 2 November for 9,000 rupees."""
    for iscid in iscids:
        await invested(database, seller, iscid, positions=(Position("TCS", "NSE", OLD, 3, 9_000_00),), **different)
        async with database.transaction() as connection:
            trade = Trade(date(2026, 11, 2), OLD, 3, 9_000_00)
            await store.add_trades(connection, seller.gateway.gateway_id, iscid, [trade])


async def worked(database: Database, seller: Told, clock: HandClock) -> None:
    async def convert(claimed: Claim) -> None:
        await convert_holders(database, clock, claimed)

    await Runner(database, clock, {ISIN_CHANGES: convert}).drain()


async def test_shares_that_are_listed_no_more_are_told_and_follow_once_somebody_says_what_they_are(
    database: Database, seller: Told, clock: HandClock
) -> None:
    """Average costs and returns go on, nothing is missing, and no order was made."""
    await load(database, {"TCS": {date(2026, 11, 17): 700_00}})
    await begun(database, seller, ISCID)
    before, standing = await item(seller), await asked(seller)
    await read(database, seller, held(15, isin_of("TCS")), after=1)

    dry = await asked(seller, {"changes": [SPLIT]}, dryRun="true")
    untouched = await asked(seller)
    told = await asked(seller, {"changes": [SPLIT]})
    await worked(database, seller, clock)
    after, done = await item(seller), await asked(seller)
    await read(database, seller, held(15, isin_of("TCS")), after=2)

    (constituent,) = before["investment"]["currentConfig"]["constituents"]
    assert (before["investment"]["flags"]["notListed"], constituent["listed"]) == (True, False)
    assert standing["unlisted"] == [{
        "isin": OLD, "ticker": "TCS", "exchange": "NSE", "shares": 3, "investments": 1, "scids": [],
        "listedNow": {"ticker": "TCS", "exchange": "NSE", "isin": isin_of("TCS")},
    }]  # fmt: skip
    assert (dry["changes"][0]["waiting"], untouched) == (1, standing)
    assert [(one["waiting"], one["converted"]) for one in (*told["changes"], *done["changes"])] == [(1, 0), (0, 1)]
    assert done["unlisted"] == []
    (constituent,) = after["investment"]["currentConfig"]["constituents"]
    assert (constituent["shares"], constituent["averagePrice"], constituent["returns"]) == (15, 600, 1500)
    assert after["investment"]["flags"]["notListed"] is False
    went, came = after["investment"]["adjustments"]
    assert (went["shares"], came["shares"], went["cost"], came["cost"]) == (3, -15, 9000, -9000)
    assert (went["pairedWith"], went["date"]) == (came["adjustmentId"], "2026-11-16")
    assert (await item(seller))["actions"]["reconcile"] is None
    assert await by_day(database, seller) == {OLD: (0, 0), isin_of("TCS"): (15, 9_000_00)}


async def test_an_investment_with_an_open_order_follows_after_its_end(
    database: Database, seller: Told, clock: HandClock
) -> None:
    await begun(database, seller, ISCID)
    await begun(database, seller, OTHER, open_batch_id="b")

    await asked(seller, {"changes": [SPLIT]})
    await worked(database, seller, clock)
    first = (await asked(seller))["changes"][0]
    await database.execute("update investments set open_batch_id = null where iscid = $1", OTHER)
    clock.advance(301)
    await worked(database, seller, clock)

    assert (first["converted"], first["waiting"]) == (1, 1)
    assert (await asked(seller))["changes"][0]["converted"] == 2


async def test_a_wrong_ratio_is_taken_back_and_supplied_anew(
    database: Database, seller: Told, clock: HandClock
) -> None:
    """While the new shares are held. What was converted is not changed in silence, and not removed."""
    await begun(database, seller, ISCID)
    wrong = SPLIT | {"newShares": 50}
    await asked(seller, {"changes": [wrong]})
    await asked(seller, {"remove": [OLD]})
    removed = await asked(seller)
    await asked(seller, {"changes": [wrong]})
    await worked(database, seller, clock)

    refused = [await asked(seller, {"changes": [SPLIT]}), await asked(seller, {"remove": [OLD]})]
    same = await asked(seller, {"changes": [wrong]})
    _, came = (await item(seller))["investment"]["adjustments"]
    back = await accept(seller, takeBack=[came["adjustmentId"]])
    await asked(seller, {"changes": [SPLIT]})
    await worked(database, seller, clock)

    assert removed["changes"] == []
    assert refused == [(400, ["IsinChangeApplied"])] * 2
    assert same["changes"][0]["converted"] == 1
    assert sorted(one["shares"] for one in back["adjustments"]) == [-3, 150]
    (constituent,) = (await item(seller))["investment"]["currentConfig"]["constituents"]
    assert (constituent["shares"], constituent["averagePrice"]) == (15, 600)
    assert await by_day(database, seller) == {OLD: (0, 0), isin_of("TCS"): (15, 9_000_00)}
    await database.execute(
        "update investments set positions = jsonb_set(positions, '{1,shares}', '14') where iscid = $1", ISCID
    )
    *_, last = (await item(seller))["investment"]["adjustments"]
    assert await accept(seller, takeBack=[last["adjustmentId"]]) == (400, ["SharesNotHeld"])


async def test_a_basket_that_is_sold_with_such_a_share_is_told(database: Database, seller: Told) -> None:
    gone = [Constituent("TCS", "NSE", OLD, weight=1_000_000)]
    await seller.publish(written("LAMP_2"))
    await database.execute(
        "update basket_versions set constituents = $2 where gateway_id = $1 and scid = 'LAMP_2'",
        seller.gateway.gateway_id, gone,
    )  # fmt: skip

    (told,) = (await asked(seller))["unlisted"]

    assert (told["isin"], told["scids"], told["investments"]) == (OLD, ["LAMP_2"], 0)


FAULTS: list[Any] = [
    {"changes": [SPLIT | {"isin": "TCS"}]},
    {"changes": [SPLIT | {"ticker": "NOT_THERE"}]},
    {"changes": [SPLIT | {"exchange": "MCX"}]},
    {"changes": [SPLIT | {"newShares": 0}]},
    {"changes": [SPLIT | {"oldShares": 1.5}]},
    {"changes": [SPLIT | {"date": "2026-11-31"}]},
    {"changes": [SPLIT | {"date": "2028-01-01"}]},
    {"changes": [SPLIT, SPLIT]},
    {"changes": [SPLIT], "remove": [OLD]},
    {"changes": [SPLIT | {"ratio": 5}]},
    [],
]


async def test_what_cannot_be_is_refused(database: Database, seller: Told) -> None:
    listed = {"changes": [SPLIT | {"isin": isin_of("ITC")}]}
    refused = [await asked(seller, fault) for fault in (*FAULTS, listed)]
    nobody = await seller.client.get(f"/v1/{seller.gateway.name}/baskets/isin-changes")

    assert refused == [(400, ["IsinChangeInvalid"])] * (len(FAULTS) + 1)
    assert nobody.status_code == 401
    assert (await asked(seller))["changes"] == []


async def test_what_was_taken_back_waits_for_what_is_supplied_then(
    database: Database, seller: Told, clock: HandClock
) -> None:
    """A worker looks again for the sake of the other one, whose order was open, and converts that alone."""
    await begun(database, seller, ISCID)
    await begun(database, seller, OTHER, open_batch_id="b")
    await asked(seller, {"changes": [SPLIT | {"newShares": 50}]})
    await worked(database, seller, clock)
    went, _ = (await item(seller))["investment"]["adjustments"]

    clock.advance(60)
    await accept(seller, takeBack=[went["adjustmentId"]])
    await database.execute("update investments set open_batch_id = null where iscid = $1", OTHER)
    clock.advance(300)
    await worked(database, seller, clock)
    told = (await asked(seller))["changes"][0]

    assert (told["converted"], told["waiting"]) == (1, 1)
    assert len((await item(seller, OTHER))["investment"]["adjustments"]) == 2
    (constituent,) = (await item(seller))["investment"]["currentConfig"]["constituents"]
    assert (constituent["listed"], constituent["shares"]) == (False, 3)


async def test_a_change_is_not_replaced_while_a_worker_converts_by_it(
    database: Database, seller: Told, clock: HandClock
) -> None:
    """What is supplied meanwhile is looked at once the worker's database transaction has ended: it is refused."""
    await begun(database, seller, ISCID)
    await asked(seller, {"changes": [SPLIT]})

    async with database.transaction() as connection:
        change = await store.lock_isin_change(connection, seller.gateway.gateway_id, OLD)
        assert change is not None
        (investment,) = await store.lock_holders_of(connection, seller.gateway.gateway_id, OLD, "", 2)
        others = [
            asyncio.create_task(asked(seller, body))
            for body in ({"changes": [SPLIT | {"newShares": 50}]}, {"remove": [OLD]})
        ]
        while not all(one.done() for one in others) and await _waiting_for_locks(database) < len(others):
            await asyncio.sleep(0)
        await convert(connection, investment, change, clock.now())

    assert await asyncio.gather(*others) == [(400, ["IsinChangeApplied"])] * 2


async def _waiting_for_locks(database: Database) -> int:
    found: int = await database.value(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    return found


async def test_changes_of_changes_are_taken_back_in_one_go(database: Database, seller: Told, clock: HandClock) -> None:
    """In whatever order they are named, the last one is taken back first."""
    await begun(database, seller, ISCID)
    for isin, symbol, now in ((OLD, "TCS", isin_of("TCS")), (isin_of("TCS"), "INFY", isin_of("INFY"))):
        change = IsinChange(
            gateway_id=seller.gateway.gateway_id, isin=isin, new_isin=now, symbol=symbol, exchange="NSE",
            old_shares=1, new_shares=5, day=date(2026, 11, 16), supplied_at=clock.now(),
        )  # fmt: skip
        clock.advance(1)
        async with database.transaction() as connection:
            investment = await store.lock_investment(connection, seller.gateway.gateway_id, ISCID)
            assert investment is not None
            await convert(connection, investment, change, clock.now())
    kept = (await item(seller))["investment"]["adjustments"]

    back = await accept(seller, takeBack=[one["adjustmentId"] for one in kept])

    assert [one["shares"] for one in kept if one["shares"] > 0] == [3, 15]
    assert len(back["adjustments"]) == 4
    (constituent,) = (await item(seller))["investment"]["currentConfig"]["constituents"]
    assert (constituent["listed"], constituent["shares"], constituent["averagePrice"]) == (False, 3, 3000)
    assert {isin: told for isin, told in (await by_day(database, seller)).items() if any(told)} == {OLD: (3, 9_000_00)}
