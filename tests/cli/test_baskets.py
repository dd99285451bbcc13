"""`torana baskets` and `torana prices`, as a partner's operator types them; and the sample baskets."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent

import click
import pytest
from click.testing import CliRunner, Result

from torana.baskets import store
from torana.baskets.allocate import minimum_amount
from torana.baskets.figures import Performances
from torana.baskets.worth import targets
from torana.cli.main import main
from torana.cli.sample_baskets import make_sample_baskets, sample_drafts
from torana.kit.database import Database
from torana.market import store as market
from torana.market.models import Kind
from torana.market.securities import current
from torana.partners.models import Mode
from torana.sandbox.server import running_sandbox

WRITTEN = """
    scid: LAMP_1
    name: Night light
    shortDescription: What keeps a lamp burning.
    rationale: Power is used in any weather.
    publisherName: Lantern
    registration: {number: INH000012345}
    benchmark: {name: Nifty 50, method: Price index.}
    rebalanceSchedule: quarterly
    constituents:
      - {ticker: NTPC, weight: 0.3}
      - {ticker: POWERGRID, weight: 0.7}
"""


@pytest.fixture
def torana(own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The program on a database and a home of this test's, with a gateway `lantern`."""
    monkeypatch.setenv("TORANA_DATABASE_URL", own_database_url)
    monkeypatch.setenv("TORANA_HOME", str(tmp_path))
    runner = CliRunner()
    assert run(runner, "gateway", "create", "lantern").exit_code == 0
    return runner


def run(torana: CliRunner, *words: str, said: str = "") -> Result:
    return torana.invoke(main, words, input=said)


def test_a_file_is_shown_before_it_is_published(torana: CliRunner, tmp_path: Path) -> None:
    """No is no; yes publishes; a second time there is nothing to do."""
    file = tmp_path / "baskets.yaml"
    file.write_text(dedent(WRITTEN))

    refused = run(torana, "baskets", "push", "lantern", str(file), said="n\n")
    done = run(torana, "baskets", "push", "lantern", str(file), said="y\n")
    again = run(torana, "baskets", "push", "lantern", str(file))

    assert refused.exit_code == 1
    assert "+ constituents.POWERGRID: weight 0.7" in refused.output
    assert done.output.startswith("LAMP_1: created, version 1\n")
    assert done.output.endswith("LAMP_1: created, version 1\n")
    assert again.output == "LAMP_1: unchanged, version 1\nNothing to change.\n"


def test_dividends_are_shown_before_they_are_written(torana: CliRunner, tmp_path: Path) -> None:
    """From a CSV and from YAML; what cannot be one is named, and then none is written."""
    table, listed, wrong = tmp_path / "dividends.csv", tmp_path / "dividends.yaml", tmp_path / "wrong.csv"
    table.write_text("ticker,exDate,perShare\nNTPC,2026-11-13,2.5\n")
    listed.write_text("- {ticker: NTPC, exDate: 2026-11-13, perShare: 2.75}\n")
    wrong.write_text("ticker,exDate,perShare\nNTPC,2026-11-20,1\nWHO,2026-11-20,1\n")

    refused = run(torana, "baskets", "dividends", "lantern", str(table), said="n\n")
    done = run(torana, "baskets", "dividends", "lantern", str(table), said="y\n")
    again = run(torana, "baskets", "dividends", "lantern", str(table))
    changed = run(torana, "baskets", "dividends", "lantern", str(listed), "--yes")
    unread = run(torana, "baskets", "dividends", "lantern", str(wrong), "--yes")

    assert refused.exit_code == 1
    assert "+ NTPC 2026-11-13: 2.5" in refused.output
    assert done.output.endswith("1 dividend(s) written.\n")
    assert again.output == "Nothing to change.\n"
    assert changed.output == "  - NTPC 2026-11-13: 2.5\n  + NTPC 2026-11-13: 2.75\n1 dividend(s) written.\n"
    assert (
        run(torana, "baskets", "dividends", "lantern").output
        == "ticker,exchange,exDate,perShare\nNTPC,NSE,2026-11-13,2.75\n"
    )
    assert unread.exit_code == 1
    assert "'WHO' is not listed on 'NSE'" in unread.output


def test_isins_that_became_others_are_shown_before_they_are_written(torana: CliRunner, tmp_path: Path) -> None:
    """And listed with what is held and listed no more; a file that is none is named."""
    table, wrong = tmp_path / "changes.csv", tmp_path / "wrong.csv"
    table.write_text("isin,ticker,oldShares,newShares,date\nINE733E01002,NTPC,1,5,2026-11-16\n")
    wrong.write_text("isin,ticker,oldShares,newShares,date\nINE733E01002,NTPC,1,many,2026-11-16\n")

    nothing = run(torana, "baskets", "isin-changes", "lantern")
    refused = run(torana, "baskets", "isin-changes", "lantern", str(table), said="n\n")
    done = run(torana, "baskets", "isin-changes", "lantern", str(table), "--yes")
    listed = run(torana, "baskets", "isin-changes", "lantern")
    unread = run(torana, "baskets", "isin-changes", "lantern", str(wrong), "--yes")
    removed = run(torana, "baskets", "isin-changes", "lantern", "--remove", "INE733E01002", "--yes")

    told = "INE733E01002: 1 became 5 of NTPC (INE733E01010) on 2026-11-16; 0 converted, 0 wait\n"
    assert nothing.output == "All that is held and sold is listed, and nothing was supplied.\n"
    assert (refused.exit_code, refused.output.startswith(told)) == (1, True)
    assert done.output == told + "1 written, 0 removed.\n"
    assert listed.output == told
    assert unread.exit_code == 1
    assert "Expected `int`, got `str`" in unread.output
    assert removed.output == "0 written, 1 removed.\n"


def test_what_left_an_investment_is_named_as_it_was_refused(torana: CliRunner) -> None:
    """Of one that is not there, and in words that say nothing."""
    unknown = run(torana, "baskets", "reconcile", "lantern", "c" * 24, "--left", "NTPC=2@351.50", "--yes")
    nothing = run(torana, "baskets", "reconcile", "lantern", "c" * 24)
    wrong = run(torana, "baskets", "reconcile", "lantern", "c" * 24, "--left", "NTPC")

    assert unknown.exit_code == 1
    assert "IscidNotFound" in unknown.output
    assert nothing.output == "Nothing left it without an order.\n"
    assert wrong.exit_code == 2


def test_what_was_shown_of_dividends_is_what_is_written(
    torana: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the file is saved again while the question stands."""
    table = tmp_path / "dividends.csv"
    table.write_text("ticker,exDate,perShare\nNTPC,2026-11-13,2.5\n")

    def saved_again(*question: object, **how: object) -> None:
        table.write_text("ticker,exDate,perShare\nNTPC,2026-11-13,25\n")

    with monkeypatch.context() as asked:
        asked.setattr(click, "confirm", saved_again)
        assert run(torana, "baskets", "dividends", "lantern", str(table)).exit_code == 0
    now = run(torana, "baskets", "dividends", "lantern", str(table), said="n\n")

    assert "- NTPC 2026-11-13: 2.5\n" in now.output


def test_a_csv_holds_the_constituents_of_one_basket(torana: CliRunner, tmp_path: Path) -> None:
    baskets, weights = tmp_path / "baskets.yaml", tmp_path / "weights.csv"
    baskets.write_text(dedent(WRITTEN))
    weights.write_text("ticker,weight\nNTPC,0.5\nITC,0.5\n")
    run(torana, "baskets", "push", "lantern", str(baskets), "--yes")

    done = run(torana, "baskets", "push", "lantern", str(weights), "--scid", "LAMP_1", "--yes")

    assert "LAMP_1: new version, version 2" in done.output
    assert "  - constituents.NTPC: weight 0.3\n  + constituents.NTPC: weight 0.5\n" in done.output


def test_a_csv_leaves_alone_what_somebody_said_of_the_basket_meanwhile(
    torana: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one person reads what would change, another one withdraws the basket and renames it."""
    baskets, weights = tmp_path / "baskets.yaml", tmp_path / "weights.csv"
    baskets.write_text(dedent(WRITTEN))
    weights.write_text("ticker,weight\nNTPC,0.5\nITC,0.5\n")
    run(torana, "baskets", "push", "lantern", str(baskets), "--yes")
    changed = tmp_path / "changed.yaml"
    changed.write_text(dedent(WRITTEN).replace("Night light", "Day light") + "active: false\n")

    def another_is_faster(question: str, *, abort: bool) -> bool:
        assert run(torana, "baskets", "push", "lantern", str(changed), "--yes").exit_code == 0
        return True

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(click, "confirm", another_is_faster)
        done = run(torana, "baskets", "push", "lantern", str(weights), "--scid", "LAMP_1")
    left = run(torana, "baskets", "push", "lantern", str(changed), said="n\n")

    assert "LAMP_1: new version, version 2" in done.output
    assert "constituents.NTPC: weight 0.3" in left.output
    assert " name: " not in left.output
    assert " active: " not in left.output


def test_a_basket_stands_once_in_a_file(torana: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "baskets.yaml"
    one = dedent(WRITTEN).strip().replace("\n", "\n  ")
    file.write_text(f"- {one}\n- {one.replace('Night', 'Day')}\n")

    refused = run(torana, "baskets", "push", "lantern", str(file), "--yes")

    assert refused.exit_code == 1
    assert "more than once in the file: LAMP_1" in refused.output


def test_a_list_is_published_whole_or_not_at_all(torana: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "baskets.yaml"
    one, other = (dedent(WRITTEN).strip().replace("\n", "\n  ") for _ in range(2))
    file.write_text(f"- {one}\n- {other.replace('LAMP_1', 'LAMP_2').replace('0.7', '0.6')}\n")

    refused = run(torana, "baskets", "push", "lantern", str(file), "--yes")

    assert refused.exit_code == 1
    assert "LAMP_2: the weights must sum to 1: they sum to 0.9" in refused.output
    file.write_text(dedent(WRITTEN))
    assert "LAMP_1: created" in run(torana, "baskets", "push", "lantern", str(file), "--yes").output


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.yaml", "name: [", "the file is not a list of baskets"),
        ("a.yaml", dedent(WRITTEN).replace("0.7", "much"), "constituents"),
        ("a.yaml", dedent(WRITTEN).replace("weight", "weigth"), "weigth"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    torana: CliRunner, tmp_path: Path, name: str, text: str, says: str
) -> None:
    file = tmp_path / name
    file.write_text(text)

    refused = run(torana, "baskets", "push", "lantern", str(file), "--yes")

    assert refused.exit_code == 1
    assert says in refused.output


def test_closing_prices_come_from_a_file(torana: CliRunner, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("day,symbol,close\n2025-11-17,TCS,3000.05\n2025-11-18,TCS,3010\n")
    bad.write_text("day,symbol,close\n2025-11-17,TCS,0\n")

    assert run(torana, "prices", "load", str(good)).output == "2 closing prices loaded for live gateways.\n"
    refused = run(torana, "prices", "load", str(bad))
    assert refused.exit_code == 1
    assert "line 2: not a price" in refused.output
    bad.write_text("day,symbol,close\n2925-11-17,TCS,3000\n")
    assert "line 2: 2925-11-17 is still to come" in run(torana, "prices", "load", str(bad)).output


@pytest.mark.parametrize(
    ("symbol", "says"),
    [("NOSUCH", "not listed on the NSE: NOSUCH"), ("TCS", "no sandbox answers at http://127.0.0.1:9/")],
)
def test_simulated_prices_that_are_not_to_be_had_say_why(
    torana: CliRunner, monkeypatch: pytest.MonkeyPatch, symbol: str, says: str
) -> None:
    """Nothing listens at the address of the sandbox; nobody asks there for a symbol that there is not."""
    monkeypatch.setenv("TORANA_SANDBOX_URL", "http://127.0.0.1:9")

    refused = run(torana, "prices", "sandbox", "--since", "2026-11-01", symbol)

    assert refused.exit_code == 1
    assert says in refused.output


@pytest.fixture
async def database(own_database_url: str) -> AsyncIterator[Database]:
    database = Database(own_database_url, size=2)
    await database.open()
    yield database
    await database.close()


async def test_the_demo_sells_ten_baskets_with_a_year_of_prices(database: Database) -> None:
    """Each has a minimum amount, an index and a label; some hold funds. A second start changes nothing."""
    now = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
    await database.execute("insert into partners (partner_id, name, created_at) values ('p', 'Lantern', now())")
    await database.execute(
        "insert into gateways (gateway_id, partner_id, name, display_name, mode, secret, api_secret, created_at)"
        " values ('g', 'p', 'lantern', 'Lantern', 'test', '', '', now())"
    )
    async with running_sandbox() as sandbox:
        await make_sample_baskets(database, "g", sandbox.url, now)
        await make_sample_baskets(database, "g", sandbox.url, now)

    found = await store.all_baskets(database, "g")
    told = await Performances(database).figures(found, Mode.TEST)

    assert [(basket.version, basket.archived_at) for basket in found] == [(1, None)] * 10
    assert all(figures.yearly is not None and figures.volatility is not None for figures in told)
    latest = await market.latest_closes(
        database, "test", [each.isin for basket in found for each in basket.constituents]
    )
    for basket in found:
        known = targets(basket.constituents, latest)
        assert known is not None
        assert 0 < minimum_amount(known) < 10_00_000_00


def test_some_sample_baskets_hold_funds() -> None:
    drafts = sample_drafts(date(2026, 11, 18))
    funds = [
        draft.scid
        for draft in drafts
        if any((found := current().by_isin(each.isin)) and found.kind == Kind.ETF for each in draft.constituents)
    ]

    assert len(drafts) == 10
    assert len(funds) >= 3
