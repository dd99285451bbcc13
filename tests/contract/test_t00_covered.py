"""T00: no broker goes untested."""

import shutil
from pathlib import Path

import pytest

from tests.brokers import uncovered
from tests.support.brokers import ANY_BROKER
from torana import connectors
from torana.cli.connectors import as_list, left
from torana.connectors.registry import BROKERS, find_brokers

ROOT = Path(__file__).parents[2]


def test_t00_every_broker_that_is_found_is_covered() -> None:
    """A new folder under `connectors/` wants `tests/brokers/<key>.py`."""
    assert uncovered() == []


@pytest.mark.parametrize("broker", BROKERS)
def test_t00_nothing_of_a_broker_is_left_to_write(broker: str) -> None:
    """What `torana connector new` left to be written, as it listed it."""
    require_written(ROOT, broker)


def require_written(root: Path, broker: str) -> None:
    if lines := left(root, broker):
        pytest.fail(f"of {broker} there is left to write:\n{as_list(lines)}", pytrace=False)


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
