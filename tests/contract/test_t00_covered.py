"""T00: no broker goes untested."""

import shutil
from pathlib import Path

import pytest

from tests.brokers import uncovered
from tests.support.brokers import ANY_BROKER
from torana import connectors
from torana.connectors.registry import BROKERS, find_brokers


def test_t00_every_broker_that_is_found_is_covered() -> None:
    """A new folder under `connectors/` wants `tests/brokers/<key>.py`."""
    assert uncovered() == []


def test_t00_a_broker_is_known_by_the_name_of_its_folder() -> None:
    assert {name: broker.key for name, broker in BROKERS.items()} == {name: name for name in BROKERS}


def test_t00_a_folder_that_is_added_is_found_and_wants_to_be_covered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the first test here could not fail."""
    shutil.copytree(Path(connectors.__path__[0]) / ANY_BROKER, tmp_path / "copied")
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path)])

    found = find_brokers()

    assert set(found) == {*BROKERS, "copied"}
    assert uncovered(found) == ["copied"]
