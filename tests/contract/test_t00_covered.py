"""T00: no broker goes untested."""

from tests.brokers import uncovered
from torana.connectors.registry import BROKERS


def test_t00_every_broker_that_is_found_is_covered() -> None:
    """A new folder under `connectors/` wants `tests/brokers/<key>.py`."""
    assert uncovered() == []


def test_t00_a_broker_is_known_by_the_name_of_its_folder() -> None:
    assert {name: broker.key for name, broker in BROKERS.items()} == {name: name for name in BROKERS}
