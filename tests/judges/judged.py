"""Which calls of a foreign client were judged.

A test file names its client (`ForeignClient`); each call of it that comes back with an answer is noted, and the last
test of the file holds what was noted against the client's own list of methods and against the record in `calls/`, of
which docs/brokers is made. What a client has beside the calls of an app like ours is left out by name, with the reason,
so that a new call of a new version is seen. `make judges` writes the records.
"""

import json
import os
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WRITE = "TORANA_JUDGED"
"""Set to `write`, the records are written anew instead of compared."""
_NOTED: dict[str, set[str]] = defaultdict(set)

STREAMS = "streams: prices and changes of orders come by other ways"
DERIVATIVES = "derivatives, which are not traded from here"
KEPT_ORDERS = "orders that wait for a price or a day (GTT, smart orders), alerts"
HISTORY = "history and depth of prices, research, news"
OTHER_PRODUCTS = "mutual funds, public offerings, auctions, foreign markets, money in and out"
INTRADAY = "products other than delivery, and what ends positions within a day"
OWN_LOGIN = "passwords and codes typed into a program: investors type theirs at the broker and the depository only"
REPORTS = "reports of past days"
RENEWAL = "renewal of tokens: a login lives for one day"
SLICES = "slices: orders are cut here"
SEVERAL = "several orders in one request: each is sent by itself"
BASKETS = "baskets that the broker keeps"
SWITCHES = "switches and addresses that clients set at the broker themselves"
DEALERS = "books of a dealer, who has no account of their own"
MARKET_DATA = "prices and instruments, which are another product of the platform with keys of its own"
UNASKED = "margins before an order, which are not asked for at this broker"
FILES = "contract files, which are not read: the exchange's own token is enough"
BROWSER = "pages that a browser opens"
WHOLE_ANSWERS = "the same calls again, with the whole HTTP answer"
BROKEN = "methods that the client has twice, so that these are out of reach: what they call is called by its path"
FAILING = "methods that fail in the client itself, before they call anything"
SUMS = "sums over rows: they are made here"
UNPUBLISHED = "a report of which nothing published says what it answers: funds are read from the two beside it"
NO_CALLS = "what calls nobody: settings of the client, addresses that it puts together"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignClient:
    broker: str
    package: str
    """As its registry or repository names it."""
    version: str
    language: str = "Python"
    official: bool = True
    stands_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By a name that the tests use: the client's methods that it calls."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """By reason: a pattern of the methods that an app like ours does not call."""

    @property
    def key(self) -> str:
        return f"{self.broker}-{self.language.lower()}"

    def noted(self, call: str) -> None:
        """A call came back with an answer."""
        _NOTED[self.key].update(self.stands_for.get(call, (call,)))

    def hold(self, methods: Collection[str], request: pytest.FixtureRequest) -> None:
        """The record is what the tests of this file saw. Skips where not all of them ran, or one failed."""
        config = request.config
        if config.getoption("keyword") or request.session.testsfailed or any("::" in arg for arg in config.args):
            pytest.skip("a record is of all tests of the file")
        left_out = {why: sorted(filter(re.compile(names).fullmatch, methods)) for why, names in self.left_out.items()}
        wanted = set(methods).difference(*left_out.values())
        strange = _NOTED[self.key] - set(methods)
        assert not strange, f"no methods of the client: {strange}"
        assert all(left_out.values()), "a reason is left for which the client has no method"
        record = {
            "name": f"{self.package} {self.version}",
            "official": self.official,
            "judged": sorted(wanted & _NOTED[self.key]),
            "not_judged": sorted(wanted - _NOTED[self.key]),
            "left_out": left_out,
        }
        file = HERE / "calls" / f"{self.key}.json"
        if os.environ.get(WRITE) == "write":
            file.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
        assert json.loads(file.read_text("utf-8")) == record, (
            "the record is old: `make judges` writes it, `make pages` the pages"
        )


def locked_version(package: str) -> str:
    """The version of a package in the gateway's own lock."""
    return version(package)


def pinned_version(broker: str) -> str:
    """The version that tests/judges/{broker}.txt pins, its last line."""
    return (HERE / f"{broker}.txt").read_text("utf-8").rpartition("==")[2].split()[0]


def npm_version(package: str) -> str:
    wanted: str = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"][package]
    return wanted


def git_version(broker: str) -> str:
    """The short name of the commit that tests/judges/{broker}.git names."""
    return (HERE / f"{broker}.git").read_text("utf-8").split()[1][:7]
