"""A broker is found in the chooser by what people remember of its name."""

import pytest

from torana.connectors.registry import BROKERS
from torana.pages.search import found, search_words

NAMES = {key: search_words(broker.capabilities) for key, broker in BROKERS.items()}


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
        ("nobody", set()),
        ("xyz", set()),
    ],
)
def test_a_broker_is_found_by_what_people_remember_of_it(query: str, keys: set[str]) -> None:
    assert {key for key, names in NAMES.items() if found(query, names)} == keys & NAMES.keys()
