"""Shares that an investment holds and the broker does not show: when they are missing, and how they leave."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.baskets.test_actions import events
from tests.baskets.test_investments import ISCID, OTHER, Told, invested
from tests.baskets.test_outcomes import BEGUN, ITC, TCS
from tests.baskets.test_routes import isin_of, load
from tests.orders.making import NOW
from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from tests.support.gateway import api_services_of
from torana.baskets import store
from torana.baskets.adjust import Asked, adjusted
from torana.baskets.growth import worth_by_day
from torana.baskets.investments import Outcome, write
from torana.baskets.missing import missing_now, notice, settling_since
from torana.baskets.models import AcceptedBy, Investment, Missing
from torana.baskets.positions import Left, Position
from torana.baskets.store.missing import Beside
from torana.baskets.store.trades import Trade
from torana.holdings.models import Held, Traded
from torana.holdings.snapshots import Reading
from torana.kit.database import Database
from torana.market.packaged import packaged_securities
from torana.market.securities import current as listing
from torana.retention.person import erase, export

READ = NOW + timedelta(days=7)
LATER = READ + timedelta(days=2)
INVESTMENT = msgspec.structs.replace(
    BEGUN, open_batch_id=None, updated_at=NOW, positions=(Position("TCS", "NSE", TCS, 10, 1000_00),)
)
SECOND = msgspec.structs.replace(INVESTMENT, iscid=OTHER, positions=(Position("TCS", "NSE", TCS, 5, 400_00),))
DELISTED = msgspec.structs.replace(INVESTMENT, positions=(Position("GONE", "NSE", "INE000000000", 4, 100_00),))


def held(quantity: int = 0, isin: str | None = TCS, symbol: str = "TCS", **more: Any) -> Held:
    plain: dict[str, Any] = {"t1_quantity": 0, "collateral_quantity": 0, "other_quantity": 0, "average_price": 100_00}
    return Held(isin=isin, symbol=symbol, exchanges=frozenset({"NSE"}), quantity=quantity, **(plain | more))


def missed(number: int, known: int = 0, of: Sequence[Investment] = (INVESTMENT,), *held: Held, **more: Any) -> int:
    beside = Beside(
        frozenset(more.pop("moving", ())),
        more.pop("settling", {}),
        {TCS: Missing(TCS, known, NOW, more.pop("read_at", NOW))} if known else {},
    )
    reading = Reading(ANY_BROKER, held, more.pop("taken_at", READ), **more)
    found = missing_now(of, reading, beside)
    assert set(found) <= {TCS}
    assert number == (found[TCS].shares if found else 0)
    return number


ROWS: list[tuple[int, int, Sequence[Investment], list[Held], dict[str, Any]]] = [
    (4, 0, [INVESTMENT], [held(6)], {}),
    (10, 0, [INVESTMENT], [], {}),
    (0, 0, [INVESTMENT], [held(10)], {}),
    (0, 0, [INVESTMENT], [held(25)], {}),
    (0, 4, [INVESTMENT], [held(10)], {}),
    (9, 0, [INVESTMENT, SECOND], [held(6)], {}),
    (0, 0, [INVESTMENT, SECOND], [held(15)], {}),
    # wherever they stand, they are there
    (0, 0, [INVESTMENT], [held(4, t1_quantity=4, collateral_quantity=3, other_quantity=1, nse=Traded(2))], {}),
    (0, 0, [INVESTMENT], [held(8, bse=Traded(2))], {}),
    (3, 0, [INVESTMENT], [held(10, nse=Traded(-3))], {}),
    # what may not be delivered yet is not missing, and no proof that others are there
    (0, 0, [INVESTMENT], [], {"settling": {TCS: 10}}),
    (2, 0, [INVESTMENT], [held(4)], {"settling": {TCS: 4}}),
    (5, 5, [INVESTMENT], [held(4)], {"settling": {TCS: 4}}),
    (6, 9, [INVESTMENT], [held(4)], {"settling": {TCS: 4}}),
    # an open order, and one that ended after the broker was asked
    (0, 0, [INVESTMENT], [], {"moving": [TCS]}),
    (3, 3, [INVESTMENT], [held(10)], {"moving": [TCS]}),
    (0, 0, [INVESTMENT], [], {"taken_at": NOW - timedelta(seconds=1)}),
    (10, 0, [INVESTMENT], [], {"taken_at": NOW}),
    (3, 3, [INVESTMENT], [], {"read_at": READ + timedelta(seconds=1)}),
    (10, 3, [INVESTMENT], [], {"read_at": READ}),
    # what is not told for sure changes nothing, but that enough are there
    (0, 0, [INVESTMENT], [], {"tells_pledged": False}),
    (3, 3, [INVESTMENT], [], {"tells_pledged": False}),
    (0, 3, [INVESTMENT], [held(10)], {"tells_pledged": False}),
    (0, 0, [INVESTMENT], [held(2, collateral_quantity=None)], {}),
    (0, 0, [INVESTMENT], [held(2, certain=False)], {}),
    (0, 0, [INVESTMENT], [held(0, None, "WHO?", nse=Traded(1))], {}),
    # a corporate action is no sale: another ISIN of the same name, or one that is listed no more
    (0, 0, [INVESTMENT], [held(50, "INE467B01037")], {}),
    (0, 3, [INVESTMENT], [held(50, "INE467B01037")], {}),
    (0, 0, [DELISTED], [], {}),
]


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_what_is_missing(row: tuple[int, int, Sequence[Investment], list[Held], dict[str, Any]]) -> None:
    """Ten shares of TCS are held in an investment, five in another; so many were missing before."""
    wanted, known, investments, rows, how = row

    missed(wanted, known, investments, *rows, **how)


def test_what_cannot_be_told_of_one_share_hides_nothing_of_the_others() -> None:
    """TCS is being sold; of the one that was missing before it is kept since when."""
    itc, infy = (Position(one, "NSE", isin_of(one), 4, 100_00) for one in ("ITC", "INFY"))
    three = msgspec.structs.replace(INVESTMENT, positions=(itc, *INVESTMENT.positions, infy))
    known = {infy.isin: Missing(infy.isin, 4, NOW, NOW)}

    found = missing_now([three], Reading(ANY_BROKER, [], READ), Beside(frozenset({TCS}), {}, known))

    assert found == {itc.isin: Missing(itc.isin, 4, READ, READ), infy.isin: Missing(infy.isin, 4, NOW, READ)}


@pytest.mark.parametrize(("exchange", "other"), [("NSE", "BSE"), ("BSE", "NSE")])
def test_a_share_that_one_exchange_alone_lists_is_missed_like_any(exchange: str, other: str) -> None:
    only = next(one for one in listing().by_symbols[exchange].values() if listing().by_isin(one.isin, other) is None)
    held = msgspec.structs.replace(INVESTMENT, positions=(Position(only.symbol, exchange, only.isin, 4, 100_00),))

    found = missing_now([held], Reading(ANY_BROKER, [], READ), Beside(frozenset(), {}, {}))

    assert found == {only.isin: Missing(only.isin, 4, READ, READ)}


@pytest.mark.parametrize(
    ("read", "since"),
    [
        (datetime(2026, 11, 30, 5, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 11, 30, 19, tzinfo=UTC), date(2026, 11, 30)),
    ],
)
def test_delivery_takes_until_the_evening_after_the_purchase(read: datetime, since: date) -> None:
    """Read on a Monday, what was bought on Friday may be on its way; a Thursday's is there. The second time it is
    Tuesday in India already."""
    assert settling_since(read) == since


# what is kept and told


async def read(database: Database, seller: Told, *rows: Held, after: int = 0) -> None:
    now = seller._clock.now() + timedelta(seconds=after)
    reading = Reading(ANY_BROKER, rows, now)
    await notice(database, seller.gateway.gateway_id, seller.investor_id, reading, now)


async def item(seller: Told, iscid: str = ISCID) -> Any:
    return await seller.ask("user/investments", iscid=iscid)


async def accept(seller: Told, *left: dict[str, Any], iscid: str = ISCID, **more: Any) -> Any:
    answer = await seller.client.post(
        f"/v1/{seller.gateway.name}/engine/user/investments/reconcile",
        json={"iscid": iscid, "left": list(left), **more},
        headers=seller.headers(seller.investor_id),
    )
    return answer.json()["data"] if answer.status_code == 200 else (answer.status_code, answer.json()["errors"])


async def begun(database: Database, seller: Told, *iscids: str) -> None:
    """Two shares of TCS each, bought a month ago for 6,000 rupees."""
    bought = seller._clock.now() - timedelta(days=30)
    for iscid in iscids:
        tcs = Position("TCS", "NSE", isin_of("TCS"), 2, 6000_00)
        await invested(database, seller, iscid, positions=(tcs,), created_at=bought, updated_at=bought)
        async with database.transaction() as connection:
            trade = Trade(bought.date(), tcs.isin, 2, 6000_00)
            await store.add_trades(connection, seller.gateway.gateway_id, iscid, [trade])


async def test_missing_shares_are_asked_for_once_and_nothing_is_changed(database: Database, seller: Told) -> None:
    """Until a reading shows them again."""
    await begun(database, seller, ISCID)
    whole = await item(seller)
    await read(database, seller, held(1, isin_of("TCS")), after=1)
    await read(database, seller, held(1, isin_of("TCS")), after=2)

    missing = await item(seller)
    (asked,) = (await seller.ask("user/pendingActions"))["pendingActions"]
    await read(database, seller, held(2, isin_of("TCS")), after=3)
    found = await item(seller)

    assert (whole["actions"]["reconcile"], whole["investment"]["flags"]["sharesMissing"]) == (None, False)
    assert missing["actions"]["reconcile"] == {
        "iscid": ISCID, "scid": "LAMP_1", "name": "Night light", "source": "GATEWAY",
        "date": "2026-11-18T05:00:02.000Z",
        "constituents": [{"ticker": "TCS", "exchange": "NSE", "shares": 2, "missing": 1, "alsoIn": []}],
    }  # fmt: skip
    assert missing["investment"]["recommendedAction"] == "RECONCILE"
    assert missing["investment"]["flags"]["sharesMissing"] is True
    assert missing["investment"]["currentConfig"] == whole["investment"]["currentConfig"]
    assert (asked["action"], asked["iscid"], asked["orderConfig"]) == ("RECONCILE", ISCID, None)
    assert found == whole
    assert await events(database, seller) == [("raised", "RECONCILE"), ("ended", "shares_found")]


async def test_which_of_several_lost_them_is_said_by_whoever_knows(
    database: Database, seller: Told, clock: HandClock
) -> None:
    """Three of four are gone. At a price they count as sold; without one what they brought is not known, and nothing
    is made up for it."""
    await load(database, {"TCS": {date(2026, 11, 17): 3_300_00}})
    await begun(database, seller, ISCID, OTHER)
    await read(database, seller, held(1, isin_of("TCS")))
    both = [(await item(seller, iscid))["actions"]["reconcile"]["constituents"][0] for iscid in (ISCID, OTHER)]
    clock.advance(5)

    done = await accept(seller, {"ticker": "tcs", "shares": 2}, date="2026-11-10")
    first, second = await item(seller), (await item(seller, OTHER))["actions"]["reconcile"]["constituents"]
    sold = await accept(seller, {"ticker": "TCS", "shares": 1, "price": 3100.5}, iscid=OTHER)
    rest = await item(seller, OTHER)
    exited = (await seller.ask("user/investments/exited"))["exitedInvestments"]
    together = (await seller.ask("user/investments", aggregatedData="true"))["aggregated"]

    assert [(one["missing"], one["alsoIn"]) for one in both] == [(2, [OTHER]), (2, [ISCID])]
    assert [one["missing"] for one in second] == [1]
    (gone,) = done["adjustments"]
    assert (gone["date"], gone["shares"], gone["price"], gone["cost"], gone["acceptedBy"]) == (
        "2026-11-10", 2, None, 6000, "partner",
    )  # fmt: skip
    assert first["investment"]["adjustments"] == done["adjustments"]
    assert [one["iscid"] for one in exited] == [ISCID]
    returns = exited[0]["returns"]
    assert (returns["realizedInvestment"], returns["realizedReturns"], returns["leftInvestment"]) == (0, 0, 6000)
    assert (sold["adjustments"][0]["date"], sold["adjustments"][0]["price"]) == ("2026-11-18", 3100.5)
    assert (rest["actions"]["reconcile"], rest["investment"]["flags"]["sharesMissing"]) == (None, False)
    returns = rest["investment"]["returns"]
    assert (returns["unrealizedInvestment"], returns["realizedReturns"]) == (3000, 100.5)
    assert (together["currentInvestment"], together["currentReturns"], together["totalReturns"]) == (3000, 300, None)
    assert await events(database, seller) == [
        ("raised", "RECONCILE"), ("raised", "RECONCILE"), ("ended", "done"), ("ended", "done"),
    ]  # fmt: skip
    traded = await store.trades_of(database, seller.gateway.gateway_id, ISCID)
    assert [(one.day, one.shares, one.paid) for one in traded[1:]] == [(date(2026, 11, 10), -2, -6000_00)]
    closes = {isin_of("TCS"): {date(2026, 11, day): 3_300_00 for day in (9, 10, 11)}}
    assert [(one.day.day, one.put_in) for one in worth_by_day(traded, closes)] == [(9, 6000_00)]


async def test_what_one_investment_lost_the_other_did_not(database: Database, seller: Told) -> None:
    await begun(database, seller, ISCID, OTHER)
    await read(database, seller, held(2, isin_of("TCS")))

    await accept(seller, {"ticker": "TCS", "shares": 2})

    assert (await item(seller, OTHER))["actions"]["reconcile"] is None
    assert (await seller.ask("user/pendingActions"))["pendingActions"] == []
    assert (await events(database, seller))[2:] == [("ended", "done"), ("ended", "shares_found")]


async def test_of_what_is_sold_nothing_is_missing(database: Database, seller: Told) -> None:
    """Whoever buys the security again is not asked about shares of before."""
    await begun(database, seller, ISCID)
    await read(database, seller, held(1, isin_of("TCS")))
    at, now = seller.gateway.gateway_id, seller._clock.now()

    async with database.transaction() as connection:
        known = await store.missing_of(connection, at, seller.investor_id)
        investment = await store.lock_investment(connection, at, ISCID)
        assert investment is not None
        nothing = tuple(msgspec.structs.replace(one, shares=0, cost=0) for one in investment.positions)
        await write(connection, Outcome(msgspec.structs.replace(investment, positions=nothing, exited_at=now)), now)
        after = await store.missing_of(connection, at, seller.investor_id)

    assert [one.shares for one in known.values()] == [1]
    assert after == {}
    assert (await events(database, seller))[1:] == [("ended", "exited")]


def test_without_a_day_they_left_when_they_were_missed_or_once_so_many_were_held() -> None:
    """Two of ten were held when the first were missed, the others were bought on the day of the last reading."""
    lost = Missing(TCS, 5, NOW, READ)
    trades = [Trade(NOW.date() - timedelta(days=30), TCS, 2, 200_00), Trade(READ.date(), TCS, 8, 800_00)]

    days = [
        adjusted(INVESTMENT, Asked((Left(TCS, shares),), None, AcceptedBy.PARTNER), {TCS: lost}, trades, LATER)[0].day
        for shares in (2, 5)
    ]

    assert days == [NOW.date(), READ.date()]


async def test_no_more_leaves_than_is_missing_and_was_held(database: Database, seller: Told) -> None:
    await begun(database, seller, ISCID)
    nothing = await accept(seller, {"ticker": "TCS", "shares": 1})
    await read(database, seller, held(1, isin_of("TCS")), after=1)
    one = {"ticker": "TCS", "shares": 1}

    refused = {
        "more": await accept(seller, {"ticker": "TCS", "shares": 2}),
        "before": await accept(seller, one, date="2026-10-01"),
        "later": await accept(seller, one, date="2026-11-19"),
        "other": await accept(seller, {"ticker": "ITC", "shares": 1}),
        "twice": await accept(seller, one, one),
        "price": await accept(seller, one | {"price": -1}),
        "iscid": await accept(seller, one, iscid="c" * 24),
    }
    await database.execute("update investments set open_batch_id = 'b' where iscid = $1", ISCID)
    pending = await accept(seller, one)

    assert nothing == (400, ["SharesNotMissing"])
    assert refused == {
        "more": (400, ["SharesNotMissing"]),
        "before": (400, ["LeftDateInvalid"]),
        "later": (400, ["LeftDateInvalid"]),
        "other": (400, ["ReconciliationInvalid"]),
        "twice": (400, ["ReconciliationInvalid"]),
        "price": (400, ["ReconciliationInvalid"]),
        "iscid": (404, ["IscidNotFound"]),
    }
    assert pending == (400, ["OrderPending"])
    assert (await item(seller))["investment"]["adjustments"] == []


async def test_what_was_said_of_missing_shares_is_taken_back_or_said_anew(database: Database, seller: Told) -> None:
    """Nothing is erased: another adjustment stands beside the one that was not so, and the question is open again until
    it is answered. An investment that was over by it goes on."""
    await begun(database, seller, ISCID, OTHER)
    whole = await item(seller, OTHER)
    await read(database, seller, held(2, isin_of("TCS")))
    (gone,) = (await accept(seller, {"ticker": "TCS", "shares": 2, "price": 3100}, date="2026-11-10"))["adjustments"]
    exited = (await seller.ask("user/investments/exited"))["exitedInvestments"]

    (back,) = (await accept(seller, takeBack=[gone["adjustmentId"]]))["adjustments"]
    open_again = await item(seller)
    anew = (await accept(seller, {"ticker": "TCS", "shares": 1}))["adjustments"]
    amended = (await accept(seller, {"ticker": "TCS", "shares": 2}, takeBack=[anew[0]["adjustmentId"]]))["adjustments"]
    refused = [
        await accept(seller, takeBack=[gone["adjustmentId"]]),
        await accept(seller, takeBack=[back["adjustmentId"]]),
        await accept(seller, takeBack=["c" * 24]),
        await accept(seller, takeBack=[amended[1]["adjustmentId"]], iscid=OTHER),
        await accept(seller),
    ]
    last = await item(seller)

    assert [one["iscid"] for one in exited] == [ISCID]
    assert (back["shares"], back["price"], back["cost"], back["date"], back["takesBack"]) == (
        -2, 3100, -6000, "2026-11-10", gone["adjustmentId"],
    )  # fmt: skip
    assert open_again["actions"]["reconcile"]["constituents"][0]["missing"] == 2
    assert open_again["investment"]["currentConfig"] == whole["investment"]["currentConfig"]
    assert open_again["investment"]["returns"] == whole["investment"]["returns"]
    assert [(one["shares"], one["date"]) for one in amended] == [(-1, "2026-11-10"), (2, "2026-11-10")]
    assert refused == [
        (400, ["AdjustmentTakenBack"]), (400, ["AdjustmentTakenBack"]), (404, ["AdjustmentNotFound"]),
        (404, ["AdjustmentNotFound"]), (400, ["ReconciliationInvalid"]),
    ]  # fmt: skip
    assert [one["shares"] for one in last["investment"]["adjustments"]] == [2, -2, 1, -1, 2]
    assert last["investment"]["returns"]["leftInvestment"] == 6000
    assert (await item(seller, OTHER))["actions"]["reconcile"] is None
    assert await by_day(database, seller) == {isin_of("TCS"): (0, 0)}


async def by_day(database: Database, seller: Told) -> dict[str, tuple[int, int]]:
    """Shares and money of the investment, by ISIN, as all its days tell them together."""
    found: dict[str, tuple[int, int]] = {}
    for one in await store.trades_of(database, seller.gateway.gateway_id, ISCID):
        shares, paid = found.get(one.isin, (0, 0))
        found[one.isin] = shares + one.shares, paid + one.paid
    return found


async def test_an_investment_whose_first_trades_nobody_kept_tells_no_yearly_return(
    database: Database, seller: Told
) -> None:
    """Its batches had been deleted by their age before trades were kept by day."""
    await load(database, {"TCS": {date(2026, 11, 17): 3_300_00}})
    bought = seller._clock.now() - timedelta(days=400)
    tcs = Position("TCS", "NSE", isin_of("TCS"), 2, 6000_00)
    await invested(database, seller, positions=(tcs,), batch_count=1, created_at=bought, updated_at=bought)
    async with database.transaction() as connection:
        later = Trade(bought.date() + timedelta(days=90), tcs.isin, 1, 3000_00)
        await store.add_trades(connection, seller.gateway.gateway_id, ISCID, [later])
    kept = await item(seller)

    await database.execute("update investments set trades_whole = false, revision = revision + 1")

    assert kept["investment"]["returns"]["xirr"] is not None
    assert (await item(seller))["investment"]["returns"]["xirr"] is None


async def test_shares_leave_an_investment_whose_first_trades_nobody_kept(database: Database, seller: Told) -> None:
    """Nobody can say since when it held them: the day that is told is believed, but not one that is to come, nor one
    before there was an investment. (Midnight in India on the first day of all has no time in UTC.)"""
    tcs = Position("TCS", "NSE", isin_of("TCS"), 2, 6000_00)
    await invested(database, seller, positions=(tcs,))
    async with database.transaction() as connection:
        kept = Trade(seller._clock.now().date(), tcs.isin, 0, 0)
        await store.add_trades(connection, seller.gateway.gateway_id, ISCID, [kept])
    await database.execute("update investments set trades_whole = false, created_at = '2026-11-09 12:00+05:30'")
    await read(database, seller, after=1)

    strange = ["2026-11-19", "2026-11-08", "0001-01-01"]
    refused = [await accept(seller, {"ticker": "TCS", "shares": 2}, date=day) for day in strange]
    done = await accept(seller, {"ticker": "TCS", "shares": 2}, date="2026-11-10")

    assert refused == [(400, ["LeftDateInvalid"])] * 3
    assert [(one["shares"], one["date"]) for one in done["adjustments"]] == [(2, "2026-11-10")]


async def test_what_left_is_exported_and_erased_with_its_investor(database: Database, seller: Told) -> None:
    await begun(database, seller, ISCID, OTHER)
    await read(database, seller)
    await accept(seller, {"ticker": "TCS", "shares": 1})
    at = seller.gateway.gateway_id, seller.investor_id

    exported = await export(database, api_services_of(database, seller._clock).cipher, *at)
    await erase(database, *at, seller._clock.now())

    assert [one["shares"] for one in exported["missingShares"]] == [3]
    (mine,) = [one for one in exported["investments"] if one["iscid"] == ISCID]
    assert [(one["shares"], one["price"]) for one in mine["adjustments"]] == [(1, None)]
    for table in ("missing_shares", "investment_adjustments"):
        assert await database.value(f"select count(*) from {table} where gateway_id = $1", at[0]) == 0


def test_the_isins_of_these_rows_are_listed() -> None:
    """A split is told from them alone if they are."""
    listed = {one.isin for one in packaged_securities()}

    assert {TCS, ITC} <= listed
