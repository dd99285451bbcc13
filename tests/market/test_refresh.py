"""The brokers' files on their way into the tables: over real HTTP, into a real database."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.market.brokers_files import FileServer, file_server, kite_file, sources_at, upstox_file
from torana.kit.database import Database
from torana.market import keep, securities, store
from torana.market.listing import Listing, NotTradable, Refused
from torana.market.models import Security
from torana.market.packaged import packaged_securities
from torana.market.refresh import Outcome, Refreshed, refresh_all

NOW = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
WHOLE = list(packaged_securities())
WHOLE_FILE = upstox_file(WHOLE)
TCS_ISIN = "INE467B01029"
DEBENTURE = Security("IRFCN5", "IRFC 8.1 %", "INE053F07AB5", "N5", 1, 1, 909090, "other")


@pytest.fixture
async def own(fresh_database_url: str) -> AsyncIterator[Database]:
    database = Database(fresh_database_url, size=3)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def served() -> AsyncIterator[FileServer]:
    async with file_server() as server:
        yield server


@pytest.fixture(autouse=True)
def packaged_again() -> Iterator[None]:
    yield
    securities.use(None)


async def refreshed(
    database: Database, served: FileServer, *brokers: str, now: datetime = NOW, fewer: bool = False
) -> list[Refreshed]:
    async with sources_at(served, *brokers) as sources:
        return await refresh_all(database, sources, now, fewer=fewer)


async def listing(database: Database) -> Listing:
    found = await keep.read_listing(database)
    assert found is not None
    return found


def without(symbols: Sequence[str]) -> list[Security]:
    return [one for one in WHOLE if one.symbol not in symbols]


async def test_the_files_fill_the_tables_and_every_look_up_goes_by_them(own: Database, served: FileServer) -> None:
    served.files = {"upstox": upstox_file([*WHOLE, DEBENTURE]), "kite": kite_file(WHOLE)}

    results = await refreshed(own, served, "upstox", "kite")

    assert [result.outcome for result in results] == [Outcome.REFRESHED, Outcome.REFRESHED]
    assert results[0].text == "3,332 of NSE, 4,788 of BSE, 8,121 rows read"
    found = await listing(own)
    assert found.counts() == {"NSE": 3332, "BSE": 4788}
    assert found.dates == {"NSE": date(2026, 11, 27), "BSE": date(2026, 11, 27)}
    infy = found.by_symbol("INFY")
    assert infy == securities.find("INFY")
    assert infy is not None
    assert infy.bse_code == 500209
    assert found.by_broker_code("kite", str(1594 << 8 | 1)) == infy
    code = found.code_of("upstox", infy.isin)
    assert code is not None
    assert code.code == "NSE_EQ|INE009A01021"
    assert found.by_symbol("ZOMATO") == found.by_symbol("ETERNAL")
    assert found.resolve("IRFCN5") == Refused(NotTradable.OTHER_SERIES, DEBENTURE)


async def test_the_next_file_takes_the_place_of_the_last(own: Database, served: FileServer) -> None:
    served.files = {"upstox": WHOLE_FILE}
    await refreshed(own, served, "upstox")
    infy = next(one for one in WHOLE if (one.exchange, one.symbol) == ("NSE", "INFY"))
    newcomer = Security("NEWCO", "New Company", "INE111A01011", "EQ", 5, 1, 999_901, "equity")

    served.files = {"upstox": upstox_file([*without(["INFY", "WIPRO"]), replace(infy, tick=50), newcomer])}
    await refreshed(own, served, "upstox", now=TOMORROW)

    found = await listing(own)
    assert found.by_symbol("NEWCO") == newcomer
    assert found.by_symbol("WIPRO") is None
    now = found.by_symbol("INFY")
    assert now is not None
    assert (now.tick, found.dates["NSE"]) == (50, date(2026, 11, 28))


async def test_a_security_that_was_renamed_answers_to_its_old_symbol(own: Database, served: FileServer) -> None:
    served.files = {"upstox": upstox_file([*WHOLE, Security("NEWCO", "N", "INE111A01011", "EQ", 5, 1, 999_901, "")])}
    await refreshed(own, served, "upstox")

    served.files = {"upstox": upstox_file([*WHOLE, Security("LATERCO", "N", "INE111A01011", "EQ", 5, 1, 999_901, "")])}
    await refreshed(own, served, "upstox", now=TOMORROW)

    found = await listing(own)
    renamed = found.by_symbol("NEWCO")
    assert renamed is not None
    assert renamed.symbol == "LATERCO"
    assert found.resolve("newco") == renamed


async def content(database: Database) -> object:
    """A digest of all securities."""
    return await database.value(
        "select md5(string_agg(i::text, ',' order by i.exchange, i.exchange_token)) from instruments i"
    )


@pytest.mark.parametrize(
    ("body", "outcome", "said"),
    [
        (b"", Outcome.UNREADABLE, "it is empty"),
        (b"<html>Maintenance</html>", Outcome.UNREADABLE, "it is no JSON array"),
        (WHOLE_FILE[:-100], Outcome.UNREADABLE, "it is cut off"),
        (upstox_file([]), Outcome.SHRUNK, "0 securities of NSE, where 3,332 were known: nothing was changed"),
        (
            upstox_file([one for one in WHOLE if one.exchange == "NSE"]),
            Outcome.SHRUNK,
            "0 securities of BSE, where 4,788",
        ),
        (upstox_file(WHOLE[:7200]), Outcome.SHRUNK, "where 3,332 were known"),
    ],
    ids=["empty", "a page", "cut off", "no rows", "one exchange only", "a tenth less"],
)
@pytest.mark.parametrize("known", [True, False], ids=["after a first file", "on the packaged list"])
async def test_a_file_that_is_not_whole_changes_nothing_and_says_so(
    own: Database, served: FileServer, body: bytes, outcome: Outcome, said: str, known: bool
) -> None:
    if known:
        served.files = {"upstox": WHOLE_FILE}
        await refreshed(own, served, "upstox")
    before = await content(own)
    served.files = {"upstox": body}

    [result] = await refreshed(own, served, "upstox", now=TOMORROW)

    assert result.outcome is outcome
    assert said in result.text
    assert await content(own) == before
    [state] = await store.file_states(own)
    assert (state.problem, state.read_at) == (result.text, NOW if known else None)


async def test_a_file_that_cannot_be_fetched_changes_nothing_and_says_so(own: Database, served: FileServer) -> None:
    served.files = {"upstox": WHOLE_FILE}
    await refreshed(own, served, "upstox")
    before = await content(own)

    served.status = "503 Service Unavailable"
    [refused] = await refreshed(own, served, "upstox", now=TOMORROW)
    served.status, served.breaks_off = "200 OK", True
    [broken] = await refreshed(own, served, "upstox", now=TOMORROW)

    assert (refused.outcome, broken.outcome) == (Outcome.NOT_FETCHED, Outcome.NOT_FETCHED)
    assert "the server answered 503" in refused.text
    assert await content(own) == before


async def test_a_tenth_less_is_taken_and_more_than_that_when_the_operator_says_so(
    own: Database, served: FileServer
) -> None:
    nse = [one for one in WHOLE if one.exchange == "NSE"]
    bse = [one for one in WHOLE if one.exchange == "BSE"]
    served.files = {"upstox": upstox_file([*nse[:3000], *bse])}
    [tenth] = await refreshed(own, served, "upstox")
    served.files = {"upstox": upstox_file([*nse[:2000], *bse])}
    [third] = await refreshed(own, served, "upstox")
    [said_so] = await refreshed(own, served, "upstox", fewer=True)

    assert [one.outcome for one in (tenth, third, said_so)] == [Outcome.REFRESHED, Outcome.SHRUNK, Outcome.REFRESHED]
    assert (await listing(own)).counts()["NSE"] == 2000


async def test_rows_that_cannot_be_read_are_skipped_and_counted(own: Database, served: FileServer) -> None:
    served.files = {"upstox": upstox_file(WHOLE, {"segment": "NSE_EQ", "isin": 5}, {"segment": "NSE_FO"})}

    [result] = await refreshed(own, served, "upstox")

    assert result.outcome is Outcome.REFRESHED
    assert result.text == "3,332 of NSE, 4,788 of BSE, 8,122 rows read, 1 unreadable and skipped"
    [state] = await store.file_states(own)
    assert (state.unreadable, state.rows) == (1, 8120)


async def test_the_same_security_twice_is_one(own: Database, served: FileServer) -> None:
    served.files = {"upstox": upstox_file([*WHOLE, *WHOLE[-5:]])}

    [result] = await refreshed(own, served, "upstox")

    assert result.outcome is Outcome.REFRESHED
    assert (await listing(own)).counts() == {"NSE": 3332, "BSE": 4788}


async def test_codes_wait_for_securities_and_name_only_what_is_listed(own: Database, served: FileServer) -> None:
    stranger = Security("STRANGER", "S", "INE222A01012", "EQ", 5, 1, 888_888, "equity")
    served.files = {"upstox": WHOLE_FILE, "kite": kite_file([*WHOLE, stranger])}
    [early] = await refreshed(own, served, "kite")
    await refreshed(own, served, "upstox", "kite")

    assert early.outcome is Outcome.NO_SECURITIES
    assert (await listing(own)).codes() == {"upstox": 8120, "kite": 8120}
    assert (await listing(own)).by_broker_code("kite", str(888_888 << 8 | 1)) is None

    served.files = {"kite": kite_file(WHOLE[:4000])}
    [less] = await refreshed(own, served, "kite")
    assert less.outcome is Outcome.SHRUNK
    assert (await listing(own)).codes()["kite"] == 8120


async def test_a_list_in_two_files_is_one_list_and_one_file_alone_is_none(own: Database, served: FileServer) -> None:
    nse, bse = (kite_file([one for one in WHOLE if one.exchange == exchange]) for exchange in ("NSE", "BSE"))
    served.files = {"upstox": WHOLE_FILE, "kite": nse, "more": bse}
    async with sources_at(served, "upstox", "kite") as (securities_of, codes_of):
        in_two = replace(codes_of, also=(f"{served.url}/more",))

        whole = await refresh_all(own, [securities_of, in_two], NOW)
        served.files["more"] = b""
        half = await refresh_all(own, [in_two], TOMORROW)

    assert [result.outcome for result in (*whole, *half)] == [
        Outcome.REFRESHED, Outcome.REFRESHED, Outcome.UNREADABLE,
    ]  # fmt: skip
    assert whole[1].text.startswith("3,332 of NSE, 4,788 of BSE")
    found = await listing(own)
    assert found.by_broker_code("kite", str(1594 << 8 | 1)) == found.by_symbol("INFY")
    assert found.code_of("kite", TCS_ISIN, "BSE") is not None


async def test_a_reader_sees_the_old_list_or_the_new_one_and_never_half(own: Database, served: FileServer) -> None:
    served.files = {"upstox": WHOLE_FILE}
    await refreshed(own, served, "upstox")

    async with own.connection() as reader, reader.transaction(isolation="repeatable_read"):
        before = await reader.fetchval("select count(*) from instruments")
        served.files = {"upstox": upstox_file([*WHOLE, DEBENTURE])}
        [result] = await refreshed(own, served, "upstox", now=TOMORROW)
        during = await reader.fetchval("select count(*) from instruments")

    assert result.outcome is Outcome.REFRESHED
    assert (before, during) == (8120, 8120)
    assert await own.value("select count(*) from instruments") == 8121


async def test_a_freeze_quantity_that_one_broker_tells_outlives_the_next_file_of_another(
    own: Database, served: FileServer
) -> None:
    row = {"token": "1594", "symbol": "INFY-EQ", "exch_seg": "NSE", "freeze_qty": "247449"}
    on_bse = {"token": "500209", "symbol": "INFY", "exch_seg": "BSE", "freeze_qty": "0"}
    served.files = {"upstox": WHOLE_FILE, "angelbroking": json.dumps([row, on_bse]).encode()}

    await refreshed(own, served, "upstox", "angelbroking", fewer=True)
    told = await listing(own)
    await refreshed(own, served, "upstox", now=TOMORROW)
    later = await listing(own)

    for found in (told, later):
        infy, there = found.by_symbol("INFY"), found.by_symbol("INFY", "BSE")
        assert infy is not None
        assert there is not None
        assert (infy.freeze_quantity, there.freeze_quantity) == (247_449, None)


async def test_the_largest_order_of_a_broker_is_its_own_and_not_the_exchanges(
    own: Database, served: FileServer
) -> None:
    infy = {"segment": "NSE_EQ", "isin": "INE009A01021", "instrument_type": "EQ",
            "instrument_key": "NSE_EQ|INE009A01021", "exchange_token": "1594", "trading_symbol": "INFY",
            "name": "INFOSYS", "tick_size": 10.0, "lot_size": 1, "freeze_quantity": 100000.0}  # fmt: skip
    served.files = {"upstox": upstox_file(without(["INFY"]), infy)}

    await refreshed(own, served, "upstox")

    found = await listing(own)
    code = found.code_of("upstox", "INE009A01021")
    assert code is not None
    assert code.largest_order == 100_000
    security = found.by_symbol("INFY")
    assert security is not None
    assert security.freeze_quantity is None


async def test_a_second_row_of_the_same_token_or_code_is_counted_and_left(own: Database, served: FileServer) -> None:
    infy = next(one for one in WHOLE if (one.exchange, one.symbol) == ("NSE", "INFY"))
    served.files = {
        "upstox": upstox_file([*WHOLE, replace(infy, exchange_token=999_902), replace(infy, isin=TCS_ISIN)])
    }

    [result] = await refreshed(own, served, "upstox")

    assert (result.outcome, result.unreadable) == (Outcome.REFRESHED, 2)
    assert (await listing(own)).by_symbol("INFY") == securities.find("INFY")
