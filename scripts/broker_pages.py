"""Writes docs/brokers: a page for each broker on what it takes to have it live, and a table of all; `--check` compares.

Everything is out of the connectors' declarations (`Broker`, `Onboarding`), the rules of `connectors/serving.py`, what
the tests with foreign clients recorded (tests/judges/calls), and the lines of the folders.
"""

import json
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from torana.connectors.contract import Broker, Evidence, ExecutionMode, PostbackProof
from torana.connectors.contract.onboarding import NOT_KNOWN
from torana.connectors.registry import ACCEPTED, BROKERS, GUESS
from torana.connectors.serving import Serves, mode_for
from torana.kit.errors import ConfigurationError

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/brokers"
JUDGED = ROOT / "tests/judges/calls"
MADE = "<!-- Made by scripts/broker_pages.py from the connectors' declarations: change those, then `make pages`. -->\n"
JUDGES = (
    "Clients written by others, unchanged, run against the simulator from login to logout. Only calls that an app like "
    "this one makes are counted; the tests record them themselves (`make judges`)."
)
WAYS = {
    ExecutionMode.SERVER_API: "by API",
    ExecutionMode.REDIRECT_BASKET: "on the broker's own page",
}
BROWSER = "browser.py"
"""What a client's browser sees of a simulated broker."""
_LANGUAGES = {"python": "Python", "javascript": "JavaScript"}
SERVED = {
    Serves.OWN: "oneself",
    Serves.FAMILY: "a family",
    Serves.VENDOR: "others, as a vendor whom the broker has approved",
    Serves.PUBLIC: "the public, without an approval",
}


@dataclass(frozen=True, slots=True)
class Client:
    """A foreign client, as the tests with it recorded it: tests/judges/judged.py."""

    language: str
    name: str
    official: bool
    judged: tuple[str, ...]
    not_judged: tuple[str, ...]
    left_out: dict[str, list[str]]

    @property
    def score(self) -> str:
        return f"{len(self.judged)} of {len(self.judged) + len(self.not_judged)}"


def clients_of(broker: str) -> list[Client]:
    files = sorted(JUDGED.glob(f"{broker}-*.json"))
    return [Client(_LANGUAGES[file.stem.partition("-")[2]], **json.loads(file.read_text("utf-8"))) for file in files]


def pages() -> dict[Path, str]:
    """Every page, by its path."""
    return {FOLDER / "README.md": overview(), **{FOLDER / f"{one.key}.md": page(one) for one in BROKERS.values()}}


def page(broker: Broker) -> str:
    parts = [_head(broker), _steps(broker), _keys(broker), _to_register(broker), _served(broker), _login(broker)]
    parts += [_guesses(broker), _judges(broker)]
    onboarding = broker.onboarding
    parts += [f"## Costs\n\n{onboarding.costs}\n", f"## Where this is from\n\n{onboarding.sources}\n"]
    return "\n".join(parts)


def _head(broker: Broker) -> str:
    names = f" Also known as {', '.join(broker.other_names)}." if broker.other_names else ""
    notes = f"[notes](../../src/torana/connectors/{broker.key}/NOTES.md)"
    return (
        f"# {broker.name} (`{broker.key}`)\n\n{MADE}\n"
        f"What you need to offer {broker.name} in live gateways.{names} What is not known is marked so. "
        f"What each part of the connector was checked against is in its {notes}; "
        f"what it can do, beside the other brokers, is in [connectors.md](../connectors.md).\n"
    )


def _steps(broker: Broker) -> str:
    steps = [
        f"Get the keys. {broker.onboarding.keys}",
        "Register the addresses of the table below at the broker.",
        "Set the keys, and set `TORANA_SERVES` to the people whom you serve.",
        f"Run `torana broker check {broker.key}` on the machine of `torana worker`. It places nothing.",
        "Log in yourself in a live gateway, buy one share, sell it again, and compare it with the broker's own app.",
    ]
    if broker.guess:
        steps.insert(3, "Read what rests on a guess, and set the switch that accepts it (below).")
    return "## Step by step\n\n" + "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)) + "\n"


def _keys(broker: Broker) -> str:
    lines = ["## Keys", "", "| setting | needed | secret | what it is |", "|---|---|---|---|"]
    for key in broker.keys:
        needed, secret = ("yes" if key.required else "no"), ("yes" if key.secret else "no")
        lines.append(f"| `{key.variable(broker.key)}` | {needed} | {secret} | {key.help} |")
    if broker.key_proof is None:
        told = f"Only a first login shows whether {broker.name} accepts them: {broker.onboarding.unproved}."
    else:
        told = f"`torana broker check {broker.key}` checks them with {broker.name} by a call that needs no investor."
    return "\n".join([*lines, "", told]) + "\n"


def _to_register(broker: Broker) -> str:
    onboarding = broker.onboarding
    proof = None if broker.postbacks is None else broker.postbacks.proof
    postback = {
        None: "none: this broker reports nothing by itself; Torana reads its order book",
        PostbackProof.CHECKSUM: f"`{{public URL}}/postback/{broker.key}`",
        PostbackProof.SECRET_URL: f"`{{public URL}}/postback/{broker.key}/{{postback secret}}`",
    }[proof]
    checked = {
        True: "yes: orders from other addresses are rejected, with the reason `egress_not_registered`",
        None: "this broker does not say; the exchanges' rule requires it for all orders by API",
        False: "no",
    }[onboarding.checks_addresses]
    rows = [
        ("redirect address", f"`{{public URL}}/portal/callback/{broker.key}`"),
        ("postback address", postback),
        ("static IP address for orders by API", checked),
        ("which addresses", onboarding.addresses),
        ("beside these", onboarding.registered),
    ]
    return _table("To register at the broker", ("what", "how"), rows)


def _served(broker: Broker) -> str:
    rows = [(SERVED[serves], f"`{serves}`", way_of(broker, serves)) for serves in SERVED]
    others = broker.onboarding.others
    rule = (
        "Since April 2026 an investor's own program, and that of a family, may send orders from a registered address; "
        "to serve others you need an approval, and without one the investor confirms the orders on the broker's own "
        "page (SEBI circular 2025/0000013, NSE/INVG/67858; this is not legal advice)."
    )
    table = _table("Whom you may serve", ("whom", "`TORANA_SERVES`", "how orders go"), rows)
    return f"{table}\n{rule}\n\nWhat an app that serves others needs: {others}\n"


def way_of(broker: Broker, serves: Serves) -> str:
    """How orders of these people reach the broker, as the program decides it."""
    try:
        mode = mode_for(broker, "", serves, "approved")
    except ConfigurationError:
        return "not possible: Torana does not start"
    needed = serves is Serves.VENDOR and mode is ExecutionMode.SERVER_API
    needs = ", with the reference of the approval in `TORANA_VENDOR_APPROVAL`" if needed else ""
    return f"{WAYS[mode]}{needs}"


def _login(broker: Broker) -> str:
    ended = "can be ended from here" if broker.logout is not None else "cannot be ended from here: no call is known"
    sooner = broker.onboarding.session
    beside = "What else ends it is not known." if sooner == NOT_KNOWN else sooner
    return f"## How long a login lives\n\nIt ends {broker.login.rules.ends}, and {ended}. {beside}\n"


def _guesses(broker: Broker) -> str:
    by_evidence = {one: [area for area, found in broker.verified.items() if found is one] for one in Evidence}
    lines = ["## What rests on a guess", ""]
    if broker.guess:
        switch = f"`TORANA_BROKER_{broker.key.upper()}_{GUESS.upper()}={ACCEPTED}`"
        lines += [f"Live gateways have this broker only once you set {switch}. That accepts: {broker.guess}.", ""]
    else:
        lines += ["Neither login nor orders as a whole rest on a guess: no switch is needed.", ""]
    lines += ["| checked with | areas |", "|---|---|"]
    lines += [f"| {one} | {', '.join(areas)} |" for one, areas in by_evidence.items() if areas]
    return "\n".join(lines) + "\n"


def _judges(broker: Broker) -> str:
    clients = clients_of(broker.key)
    if not clients:
        return "## Clients written by others\n\nNone: no client written by others is run against its simulator.\n"
    lines = [f"## Clients written by others\n\n{JUDGES}"]
    for one in clients:
        kind = "the broker's own client" if one.official else "somebody else's client"
        lines += ["", f"**{one.name}** ({one.language}), {kind}: {one.score} calls checked and passed.", ""]
        lines += [", ".join(f"`{call}`" for call in one.judged) + "."]
        if one.not_judged:
            lines += ["", "Not checked: " + ", ".join(f"`{call}`" for call in one.not_judged) + "."]
        if one.left_out:
            lines += ["", "| left out | calls |", "|---|---|"]
            lines += [f"| {why} | {', '.join(f'`{call}`' for call in calls)} |" for why, calls in one.left_out.items()]
    return "\n".join(lines) + "\n"


def overview() -> str:
    lines = [
        f"# Brokers\n\n{MADE}",
        "What you need to have each broker live is on a page of its own. Nothing here was run against a live account.",
        "",
        "| broker | oneself | a family | the public | rests on a guess | others' clients | connector | simulator |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in BROKERS.values():
        judges = (
            "; ".join(f"{client.name} ({client.language}): {client.score}" for client in clients_of(one.key)) or "none"
        )
        ways = [way_of(one, serves) for serves in (Serves.OWN, Serves.FAMILY, Serves.PUBLIC)]
        cells = [f"[{one.name}]({one.key}.md)", *ways, "yes" if one.guess else "no", judges]
        cells += [
            f"{lines_of('connectors', one.key)}{_requests_of(one.key)}",
            f"{lines_of('sandbox', one.key)}{_beside_of(one.key)}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "What families of brokers share:",
        "",
        "| family | connector | simulator |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {lines_of('connectors', name)} | {lines_of('sandbox', name)}{_beside_of(name)} |"
        for name in families()
    ]
    lines.append(
        "\nThe last two columns count the lines of the folder's Python files, with comments and blank lines, rounded "
        "up to ten. The pages of a broker that takes orders on its own page are counted apart, and so are tables: of "
        "a connector the fields of its requests, of a simulator what it refuses, takes and shows. The aim is 450 for "
        "a connector and 150 for a member of a family; 400 for a simulator, 500 for one with such pages, and 120 for "
        "a member."
    )
    return "\n".join(lines) + "\n"


def families() -> Iterator[str]:
    """Folders that brokers share and that are none."""
    for folder in sorted((ROOT / "src/torana/connectors").iterdir()):
        if (folder / "connector.py").is_file() and folder.name not in BROKERS:
            yield folder.name


def lines_of(of: str, key: str) -> int:
    return _lines(file for file in (ROOT / "src/torana" / of / key).glob("*.py") if file.name != BROWSER)


def _requests_of(key: str) -> str:
    """The tables of a connector, which its lines of Python leave out."""
    told = tomllib.loads((ROOT / "src/torana/connectors" / key / "broker.toml").read_text("utf-8"))
    rows = sum(len(table.splitlines()) for table in told.get("requests", {}).values())
    return f", tables {-(-rows // 10) * 10}" if rows else ""


def _beside_of(key: str) -> str:
    """What a simulator has that its lines of Python leave out."""
    folder = ROOT / "src/torana/sandbox" / key
    counted = {"pages": _lines(folder.glob(BROWSER)), "tables": _lines(folder.glob("tables.toml"))}
    return "".join(f", {name} {lines}" for name, lines in counted.items() if lines)


def _lines(files: Iterable[Path]) -> int:
    """To the next ten."""
    return -(-sum(len(file.read_text("utf-8").splitlines()) for file in files) // 10) * 10


def _table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [f"## {title}", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def main() -> int:
    made = pages()
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text("utf-8") != text]
    stale += [path for path in FOLDER.glob("*.md") if path not in made]
    if "--check" in sys.argv:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is not up to date: run `make pages`\n")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for path in stale:
        if path in made:
            path.write_text(made[path], "utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
