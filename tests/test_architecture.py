"""docs/architecture.md draws the tree as it is, and one name of a file means one thing."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "torana"

FIXED = "__init__ __main__ routes schemas store models reference views"
"""Say the same in every folder."""
SHARED = {
    "accounts": "at a broker: ours of an investor, the simulated ones",
    "account_opening": "at a broker: what brokers offer, the flow, the simulated desks",
    "costs": "of orders: what a broker tells of them, what the review shows",
    "create": "a transaction: by the partner's server, by a page",
    "envelope": "around a call to a broker that seals",
    "errors": "of what is called: a broker's codes, in its two folders; what ours refuses in general",
    "gateways": "of partners: the command and the folder",
    "halts": "of new orders: the command and the statements",
    "instrument_files": "of brokers: fetched, and served by the simulated ones",
    "instruments": "of brokers: the command, and how each file is read",
    "invariants": "of a folder's tables, for the doctor",
    "login": "at a broker",
    "onboarding": "the keys and steps of a broker's access; the intent of this name",
    "orders": "at a broker: how each takes them, how its simulator does, the command that looks at them",
    "pages": "that a browser shows",
    "postbacks": "of brokers: the contract, and who sends them",
    "prices": "of securities",
    "reading": "what comes in from outside",
    "refresh": "read again what is old",
    "refusals": "what a caller gets that is refused",
    "registrar": "of mutual funds: the contract, the simulated one",
    "registry": "all of a kind that there are",
    "securities": "what can be bought: the list, the simulated list, the intent of this name",
    "sessions": "at a broker",
    "signing": "proves who sends",
    "tables": "that keep something of a person: declared, and deleted from",
    "visits": "of one browser",
    "wire": "a broker's own form of things",
}
"""Names of files in several folders, and the one thing that each of them means."""


def test_a_name_of_a_file_means_one_thing() -> None:
    folders = defaultdict(set)
    for path in SOURCE.rglob("*.py"):
        if "demo_partner" in path.parts:  # a program of its own, beside the gateway
            continue
        folders[path.stem].add(_home(path))
    several = {name for name, homes in folders.items() if len(homes - {"migrations"}) > 1}

    assert several - set(FIXED.split()) == SHARED.keys()


def test_the_picture_of_the_layers_is_the_contract() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]

    assert list(_drawn()) == [folder for layer in contract["layers"] for folder in layer.split(" | ")]


def _drawn() -> Iterator[str]:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    picture = page.split("## The layers")[1].split("```")[1]
    for line in picture.strip().splitlines():
        yield from re.split(r" {2,}", line.strip())[0].split(" · ")


def _home(path: Path) -> str:
    """The folder of the trade in which a file is; the folder of a broker has the same files as any other's."""
    parts = path.relative_to(SOURCE).parts
    return "/" if len(parts) == 1 else parts[0]
