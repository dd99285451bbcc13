"""A broker is found in the chooser by what people remember of its name."""

import pytest

from torana.connectors.registry import BROKERS
from torana.pages.frames import broker_of
from torana.pages.search import found
from torana.pages.texts.languages import BROKER_NAMES

NAMES = {key: broker_of(broker.capabilities).search for key, broker in BROKERS.items()}


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("zerodah", {"kite"}),
        ("zeroda", {"kite"}),
        ("Kite", {"kite"}),
        ("angel broking", {"angelbroking"}),
        ("ANGELONE", {"angelbroking"}),
        ("edelweis", {"edelweiss"}),
        ("five paisa", {"fivepaisa"}),
        ("5 paisa", {"fivepaisa"}),
        ("hdfc", {"hdfc", "hdfcsky"}),
        ("upst", {"upstox"}),
        ("up stox", {"upstox"}),
        ("ज़ेरोधा", {"kite"}),
        ("जिरोधा", {"kite"}),
        ("अपस्टॉक्स", {"upstox"}),
        ("अप स्टाक", {"upstox"}),
        ("एंजल वन", {"angelbroking"}),
        ("५पैसा", {"fivepaisa"}),
        ("एचडीएफसी", {"hdfc", "hdfcsky"}),
        ("कोई नहीं", set()),
        ("nobody", set()),
        ("xyz", set()),
    ],
)
def test_a_broker_is_found_by_what_people_remember_of_it(query: str, keys: set[str]) -> None:
    assert {key for key, names in NAMES.items() if found(query, names)} == keys & NAMES.keys()


@pytest.mark.parametrize("key", BROKERS)
def test_a_broker_is_found_by_its_name_in_devanagari(key: str) -> None:
    """Its names stand in pages/texts/hi.toml. Typed whole, or with one letter forgotten, each leads to it first of all:
    to another only where both begin alike."""
    for name in BROKER_NAMES[key]:
        assert {one for one, names in NAMES.items() if found(name, names)} == {key}
        assert found(name.replace("़", ""), NAMES[key])
        assert all(found(name[:at] + name[at + 1 :], NAMES[key]) for at in range(1, len(name)) if len(name) > 4)


def test_no_name_is_kept_of_a_broker_that_there_is_not() -> None:
    assert set(BROKER_NAMES) <= set(BROKERS)
