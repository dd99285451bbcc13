"""T00: no broker goes untested."""

from tests.brokers import uncovered


def test_t00_every_broker_that_is_found_is_covered() -> None:
    """A new folder under `connectors/` wants `tests/brokers/<key>.py`."""
    assert uncovered() == []
