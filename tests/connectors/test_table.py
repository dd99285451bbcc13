"""The public tables are what the connectors say of themselves."""

import subprocess
import sys
from pathlib import Path

import pytest

from torana.connectors.contract import Evidence
from torana.connectors.registry import BROKERS
from torana.connectors.table import BEGIN, tables, written

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "connectors.md"


def test_the_page_holds_the_present_tables() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert written(page) == page


def test_every_broker_is_in_the_tables_and_says_what_it_was_verified_against() -> None:
    told = tables()

    for broker in BROKERS.values():
        assert f" {broker.name} |" in told
        assert broker.verified
        assert (f"TORANA_BROKER_{broker.key.upper()}_GUESS" in told) == bool(broker.guess)


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers"):
        written(f"{BEGIN} and no end")


def test_the_command_prints_the_tables() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "torana.connectors.table"], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert printed.stdout == tables()


@pytest.mark.parametrize("broker", BROKERS)
def test_the_notes_of_a_broker_say_of_every_point_how_sure_it_is_and_name_what_is_not(broker: str) -> None:
    notes = (ROOT / "src" / "torana" / "connectors" / broker / "NOTES.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in notes.splitlines() if line[:1] == "|"]
    verified = BROKERS[broker].verified

    assert rows[0] == ["point", "what we do", "how sure"]
    assert [row for row in rows[2:] if len(row) != 3 or not all(row)] == []
    unsure = [area for area, by in verified.items() if by not in (Evidence.OFFICIAL_DOCS, Evidence.OFFICIAL_CLIENT)]
    assert [area for area in unsure if area not in notes] == []
