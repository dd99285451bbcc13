"""A test names a broker only where the broker is its subject: every other one takes what a broker offers
(`tests/support/brokers.py`), so that the tenth broker changes no test but its own."""

import re
from functools import cache
from pathlib import Path

from torana.connectors.registry import BROKERS

TESTS = Path(__file__).parents[1]
WORDS = "|".join(re.escape(word) for one in BROKERS.values() for word in (one.key, one.name))
NAMES = re.compile(f"(?:{WORDS})(?! ?BANK)", re.IGNORECASE)
"""Not HDFC Bank, which is a share."""

SUBJECT = {
    "what one broker's connector sends, reads and refuses": "connectors/ brokers/__init__",
    "a simulated broker, spoken to in its own dialect, also by its official client": "sandbox/ judges/",
    "a broker's own file of instruments, and its codes": """
        market/brokers_files market/test_keep market/test_listing market/test_refresh cli/test_instruments
        bench/instruments
    """,
    "what this broker alone answers, or how its postback is proven": "api/test_orders faults/test_answers",
    "its basket in the browser, where the way on is its own": "faults/conftest faults/test_baskets",
    "a chooser full of names, and how they are looked for": "portal/samples portal/gallery brokers/test_search",
    "names, which are the same in every language": "pages/foreign pages/foreign_gallery pages/test_texts",
    "the bare loop beside a figure, which speaks one broker's API": "bench/basket bench/start",
    "the rates that a broker states": "orders/test_pace",
    "keys and modes in the environment, by the broker's name": "test_settings",
}
"""By reason: the files and folders in which a broker is the subject. A file called after a broker needs no line."""


def test_a_broker_is_named_only_where_it_is_the_subject() -> None:
    assert naming() - subjects() == set()


def test_no_file_is_listed_that_names_no_broker() -> None:
    assert subjects() - naming() == set()


def test_no_file_is_listed_twice() -> None:
    listed = " ".join(SUBJECT.values()).split()

    assert sorted(listed) == sorted(set(listed))


def subjects() -> set[str]:
    """The files, a folder as all files in it that name a broker."""
    listed = " ".join(SUBJECT.values()).split()
    folders = tuple(entry for entry in listed if entry.endswith("/"))
    return {entry for entry in listed if entry not in folders} | {name for name in naming() if name.startswith(folders)}


@cache
def naming() -> frozenset[str]:
    """Every file of the tests in which a broker is named, but for those that are called after one."""
    files = {str(path.relative_to(TESTS).with_suffix("")): path for path in TESTS.rglob("*.py")}
    return frozenset(
        name
        for name, path in files.items()
        if "node_modules" not in name and not NAMES.search(name) and NAMES.search(path.read_text("utf-8"))
    )
