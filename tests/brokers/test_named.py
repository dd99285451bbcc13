"""A test names a broker only where the broker is its subject: every other one takes what a broker offers
(`tests/support/brokers.py`), so that the tenth broker changes no test but its own."""

import re
from pathlib import Path

from torana.connectors.registry import BROKERS

TESTS = Path(__file__).parents[1]
NAMES = re.compile("|".join(re.escape(word) for one in BROKERS.values() for word in (one.key, one.name)), re.IGNORECASE)

SUBJECT = {
    "what one broker's connector sends, reads and refuses": "connectors/ brokers/__init__",
    "a simulated broker, spoken to in its own dialect, also by its official client": "sandbox/ judges/",
    "a broker's own file of instruments, and its codes": """
        market/brokers_files market/test_keep market/test_listing market/test_refresh cli/test_instruments
        bench/instruments
    """,
    "what this broker alone answers, or how its postback is proven": "api/test_orders faults/test_answers",
    "its basket in the browser, where the way on is its own": "faults/conftest faults/test_baskets",
    "names, which are the same in every language": "pages/foreign pages/foreign_gallery pages/test_texts",
    "keys and modes in the environment, by the broker's name": "test_settings",
}
"""By reason: the files and folders in which a broker is the subject. A file called after a broker needs no line."""

NOT_YET = """
    api/test_hostile_input api/test_request_log bench/basket bench/fill bench/flooded bench/flow bench/hanging
    bench/installation bench/start bench/unpaced_worker cli/test_gateway_changes faults/test_hanging_broker
    flows/test_registry journeys/installation journeys/journey journeys/test_bad_input journeys/test_buying
    journeys/test_demo journeys/test_funds journeys/test_interruptions journeys/test_leaving
    journeys/test_market_hours journeys/test_outcomes journeys/test_own_login journeys/test_phone
    orders/test_market_price orders/test_pace orders/test_place orders/test_references portal/gallery
    portal/installation portal/samples portal/steps portal/test_admit portal/test_browser portal/test_confirm
    portal/test_doors portal/test_flow portal/test_funds portal/test_gallery portal/test_hanging_broker
    portal/test_lines portal/test_market_limits portal/test_own_login portal/test_races portal/test_review
    portal/test_review_script portal/test_sdk portal/test_selling portal/test_status portal/test_suspended
    portal/test_unlisted scale/test_plans
"""
"""Files that name one where any would do. This list only gets shorter: whoever changes such a file takes it out."""


def test_a_broker_is_named_only_where_it_is_the_subject() -> None:
    assert naming() - subjects() - set(NOT_YET.split()) == set()


def test_no_file_is_listed_that_names_no_broker() -> None:
    assert (subjects() | set(NOT_YET.split())) - naming() == set()


def test_no_file_is_listed_twice() -> None:
    listed = [*" ".join(SUBJECT.values()).split(), *NOT_YET.split()]

    assert sorted(listed) == sorted(set(listed))


def subjects() -> set[str]:
    """The files, a folder as all files in it that name a broker."""
    listed = " ".join(SUBJECT.values()).split()
    folders = tuple(entry for entry in listed if entry.endswith("/"))
    return {entry for entry in listed if entry not in folders} | {name for name in naming() if name.startswith(folders)}


def naming() -> set[str]:
    """Every file of the tests in which a broker is named, but for those that are called after one."""
    files = {str(path.relative_to(TESTS).with_suffix("")): path for path in TESTS.rglob("*.py")}
    return {
        name
        for name, path in files.items()
        if "node_modules" not in name and not NAMES.search(name) and NAMES.search(path.read_text("utf-8"))
    }
