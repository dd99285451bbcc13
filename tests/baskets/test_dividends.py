"""Dividends that a partner supplies: who is credited, and that nothing is told where none was supplied."""

import asyncio
from contextlib import AsyncExitStack
from datetime import date, timedelta
from typing import Any

from tests.baskets.test_investments import ISCID, Told, invested
from tests.baskets.test_missing import accept, held, read
from tests.baskets.test_routes import isin_of, load
from tests.support.clock import HandClock
from tests.support.database import until_waiting
from torana.baskets import store
from torana.baskets.dividends import Supplied
from torana.baskets.dividends import supply as write
from torana.baskets.growth import yearly_return
from torana.baskets.positions import Position
from torana.baskets.store.dividends import Dividend
from torana.baskets.store.trades import Trade
from torana.kit.database import Database


async def supply(seller: Told, body: Any, **query: str) -> Any:
    answer = await seller.client.post(
        f"/v1/{seller.gateway.name}/baskets/dividends", json=body, params=query, headers=seller.headers()
    )
    return answer.json()["data"] if answer.status_code == 200 else (answer.status_code, answer.json()["errors"])


def of(day: str, per_share: float, ticker: str = "TCS") -> dict[str, Any]:
    return {"ticker": ticker, "exDate": day, "perShare": per_share}


async def bought(database: Database, seller: Told) -> None:
    """Six shares of TCS and two of ITC on 1 September; on 2 November four more, and the two are sold. A share of TCS is
    worth 3,300 rupees now."""
    await load(database, {"TCS": {date(2026, 11, 17): 3_300_00}})
    begun = seller._clock.now() - timedelta(days=78)
    positions = (
        Position("TCS", "NSE", isin_of("TCS"), 10, 30_000_00),
        Position("ITC", "NSE", isin_of("ITC"), 0, 0, 2, 800_00, 900_00),
    )
    await invested(database, seller, positions=positions, created_at=begun, updated_at=begun)
    trades = [
        Trade(date(2026, 9, 1), isin_of("TCS"), 6, 18_000_00),
        Trade(date(2026, 9, 1), isin_of("ITC"), 2, 800_00),
        Trade(date(2026, 11, 2), isin_of("TCS"), 4, 12_000_00),
        Trade(date(2026, 11, 2), isin_of("ITC"), -2, -900_00),
    ]
    async with database.transaction() as connection:
        await store.add_trades(connection, seller.gateway.gateway_id, ISCID, trades)


async def told(seller: Told) -> Any:
    return (await seller.ask("user/investments", iscid=ISCID))["investment"]


async def test_who_held_the_shares_before_the_ex_date_is_credited(
    database: Database, seller: Told, clock: HandClock
) -> None:
    """Bought on the ex-date is too late, sold before it too early; an ex-date to come counts from its day on. What was
    never supplied is not known, and so is what only others were paid."""
    await bought(database, seller)
    unknown = await told(seller)
    await supply(seller, {"dividends": [of("2026-11-10", 6.25, "ITC"), of("2026-08-20", 9)]})
    still_unknown = await told(seller)
    given = [of("2026-11-02", 10), of("2026-11-13", 12.5), of("2026-11-19", 4), of("2026-10-01", 2, "ITC")]
    await supply(seller, {"dividends": given})

    known = await told(seller)
    together = (await seller.ask("user/investments", aggregatedData="true"))["aggregated"]
    clock.advance(86_400)
    tomorrow = await told(seller)

    assert (unknown["returns"]["divReturns"], unknown["dividends"], still_unknown) == (None, [], unknown)
    assert [(one["ticker"], one["exDate"], one["shares"], one["amount"]) for one in known["dividends"]] == [
        ("ITC", "2026-10-01", 2, 4), ("TCS", "2026-11-02", 6, 60), ("TCS", "2026-11-13", 10, 125),
    ]  # fmt: skip
    assert known["returns"]["divReturns"] == 189
    assert known["returns"]["totalReturns"] == unknown["returns"]["totalReturns"] + 189 == 3000 + 100 + 189
    assert together["totalReturns"] == 3289
    paid = [
        (date(2026, 9, 1), 18_800_00), (date(2026, 10, 1), -4_00), (date(2026, 11, 2), 11_100_00 - 60_00),
        (date(2026, 11, 13), -125_00),
    ]  # fmt: skip
    assert known["returns"]["xirr"] == float(yearly_return(paid, 33_000_00, date(2026, 11, 17)) or 0)
    assert known["returns"]["xirr"] > unknown["returns"]["xirr"]
    assert tomorrow["returns"]["divReturns"] == 189 + 40


async def test_shares_that_left_before_the_ex_date_are_credited_to_nobody(database: Database, seller: Told) -> None:
    await bought(database, seller)
    await supply(seller, {"dividends": [of("2026-11-13", 12.5)]})
    await read(database, seller, held(7, isin_of("TCS")))

    await accept(seller, {"ticker": "TCS", "shares": 3}, date="2026-11-09")

    returns = (await told(seller))["returns"]
    assert (returns["divReturns"], returns["totalReturns"], returns["xirr"]) == (87.5, None, None)


async def test_what_is_supplied_is_compared_first_and_can_be_taken_back(database: Database, seller: Told) -> None:
    one, two = of("2026-11-13", 12.5), of("2026-11-06", 3, "ITC")
    dry = await supply(seller, {"dividends": [one, two]}, dryRun="true")
    first = await supply(seller, {"dividends": [one, two]})
    again = await supply(seller, {"dividends": [one, two]})
    changed = await supply(seller, {"dividends": [one | {"perShare": 13}], "remove": [{
        "ticker": "ITC", "exDate": "2026-11-06"}]})  # fmt: skip

    assert dry == first == {"changes": [
        {"ticker": "ITC", "exDate": "2026-11-06", "before": None, "after": 3},
        {"ticker": "TCS", "exDate": "2026-11-13", "before": None, "after": 12.5},
    ]}  # fmt: skip
    assert again == {"changes": []}
    assert [(row["before"], row["after"]) for row in changed["changes"]] == [(3, None), (12.5, 13)]
    faults = [
        {"dividends": [of("2026-11-13", 0)]},
        {"dividends": [of("2026-11-13", 0.001)]},
        {"dividends": [of("2026-11-13", 1_000_000)]},
        {"dividends": [of("2026-11-13", 1, "NOT_THERE")]},
        {"dividends": [of("2026-11-31", 1)]},
        {"dividends": [one, one]},
        {"dividends": [one], "remove": [{"ticker": "TCS", "exDate": "2026-11-13"}]},
        {"dividends": [one | {"amount": 1}]},
    ]
    for fault in faults:
        assert await supply(seller, fault) == (400, ["DividendsInvalid"]), fault


async def test_what_was_supplied_is_listed(database: Database, seller: Told) -> None:
    """By ex-date, the newest first; of one security, of some days, by pages; what is listed no more under its ISIN, by
    which it can be removed. Another gateway's are not there."""

    async def listed(**query: str) -> Any:
        path = f"/v1/{seller.gateway.name}/baskets/dividends"
        answer = await seller.client.get(path, params=query, headers=seller.headers())
        return answer.json()["data"] if answer.status_code == 200 else answer.status_code

    async with database.transaction() as connection:
        for gateway_id in (seller.gateway.gateway_id, "gw_other"):
            gone = Dividend("INE000000000", date(2026, 5, 4), 1_00)
            await store.put_dividends(connection, gateway_id, [gone])
    await supply(seller, {"dividends": [of("2026-11-13", 12.5), of("2026-11-06", 3, "ITC"), of("2026-08-07", 2)]})

    every, page = await listed(), await listed(count="1", offset="1")
    of_tcs, of_days = await listed(ticker="tcs"), await listed(**{"from": "2026-08-07", "to": "2026-11-06"})
    beyond, unknown = await listed(offset="9"), await listed(ticker="NOT_THERE")
    removed = await supply(seller, {"remove": [{"ticker": "INE000000000", "exDate": "2026-05-04"}]})
    nobody = await seller.client.get(f"/v1/{seller.gateway.name}/baskets/dividends")

    assert [(one["ticker"], one["exDate"], one["perShare"]) for one in every["dividends"]] == [
        ("TCS", "2026-11-13", 12.5), ("ITC", "2026-11-06", 3), ("TCS", "2026-08-07", 2),
        ("INE000000000", "2026-05-04", 1),
    ]  # fmt: skip
    assert (every["count"], every["dividends"][0]["isin"]) == (4, isin_of("TCS"))
    assert (page["dividends"], page["offset"]) == (every["dividends"][1:2], 1)
    assert [one["exDate"] for one in of_tcs["dividends"]] == ["2026-11-13", "2026-08-07"]
    assert [one["ticker"] for one in of_days["dividends"]] == ["ITC", "TCS"]
    assert (beyond["dividends"], unknown) == ([], 400)
    assert removed["changes"][0]["before"] == 1
    assert nobody.status_code == 401


async def test_of_two_supplies_at_once_the_second_replaces_the_first(database: Database, seller: Told) -> None:
    """It is what was there before both: it waits, says what it changes, and is told from then on."""
    await bought(database, seller)
    await supply(seller, {"dividends": [of("2026-11-13", 10)]})
    at, isin = seller.gateway.gateway_id, isin_of("TCS")
    first, second = (
        Supplied((Dividend(isin, date(2026, 11, 13), per_share),), (), {isin: "TCS"}) for per_share in (12_00, 10_00)
    )

    async with AsyncExitStack() as later, AsyncExitStack() as earlier:
        one = await earlier.enter_async_context(database.transaction())
        await write(one, at, first)
        other = await later.enter_async_context(database.transaction())
        waiting = asyncio.create_task(write(other, at, second))
        await until_waiting(database)
        await earlier.aclose()
        (changed,) = await waiting
        between = await told(seller)
    after = await told(seller)

    assert (changed.before, changed.after) == ("12", "10")
    assert (between["returns"]["divReturns"], after["returns"]["divReturns"]) == (120, 100)
