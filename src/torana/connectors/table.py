"""The capability tables of docs/connectors.md, made from the connectors' own data.

`python -m torana.connectors.table` prints them; with the path of a page it writes them between the page's markers.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from torana.connectors.contract import Broker, Capabilities, ExecutionMode, PostbackProof, TicketReturn
from torana.connectors.contract.broker import capabilities_of
from torana.connectors.registry import ACCEPTED, BROKERS, GUESS

BEGIN = "<!-- capabilities: begin -->"
END = "<!-- capabilities: end -->"

_LOGIN = {
    TicketReturn.STATE: "our state comes back",
    TicketReturn.RETURN_PATH: "our ticket comes back in the path",
    TicketReturn.KEPT_REFERENCE: "a reference of the broker's comes back",
    TicketReturn.COOKIE: "tied by our cookie only",
}
_POSTBACK = {
    PostbackProof.CHECKSUM: "proved by a checksum",
    PostbackProof.SECRET_URL: "proved by a secret in its URL",
    None: "none",
}

_ROWS: Sequence[tuple[str, Callable[[Capabilities], str]]] = (
    ("key", lambda one: f"`{one.broker}`"),
    ("login", lambda one: _LOGIN[one.login] + (", by a form" if one.posts_back else "")),
    ("session ends", lambda one: str(one.session)),
    ("session is ended by API", lambda one: _yes(one.logout)),
    ("ways of placing, default first", lambda one: ", ".join(f"`{mode}`" for mode in one.execution_modes)),
    ("order types", lambda one: ", ".join(sorted(one.order_types))),
    ("market orders", lambda one: str(one.market)),
    ("after-market orders", lambda one: _yes(one.amo)),
    ("rates that are kept", lambda one: "; ".join(map(str, one.rates)) or "none"),
    ("orders in one browser basket", lambda one: str(one.basket_limit or "no limit known")),
    ("shares in one order", lambda one: f"{one.largest_order:,}" if one.largest_order else "as the exchange says"),
    ("sells pledged shares", lambda one: _told(one.sells_pledged)),
    ("open orders count as sold in holdings", lambda one: _told(one.sold_counts_open)),
    ("tag", lambda one: f"up to {one.tag.max_length} characters, {one.tag.echo}" if one.tag else "none"),
    ("look-up by tag", lambda one: _yes(one.lookup_by_tag, no="no, the day's book is read")),
    ("settle window after an unknown answer", lambda one: f"{one.settle_window:g} s"),
    ("the same after a browser basket", lambda one: f"{one.basket_settle_window:g} s"),
    ("429 to an order", lambda one: "refused, sent again later" if one.too_fast_is_refused else "unknown, looked for"),
    ("cancellation", lambda one: _yes(one.cancel)),
    ("prices", lambda one: _yes(one.quotes)),
    ("margin and charges before an order", lambda one: _yes(one.costs)),
    ("authorisation at the depository (eDIS)", lambda one: _yes(one.edis)),
    ("shares released from here", lambda one: _released(one)),
    ("instalments by themselves, for oneself or a family", lambda one: _yes(_by_api(one).sip_auto)),
    ("account opening", lambda one: _yes(one.account_opening)),
    ("postback", lambda one: _POSTBACK[one.postback]),
)


def tables() -> str:
    """Three Markdown tables: what each broker can do, what each part was verified against, and the keys it needs."""
    brokers = list(BROKERS.values())
    all_of_them = [broker.capabilities for broker in brokers]
    areas = list(dict.fromkeys(area for one in brokers for area in one.verified))
    can = _table("", all_of_them, ((name, map(read, all_of_them)) for name, read in _ROWS))
    verified = _table(
        "verified against",
        all_of_them,
        ((area, (one.verified.get(area, "not translated") for one in brokers)) for area in areas),
    )
    return f"{can}\n\n{verified}\n\n{_keys(brokers)}\n"


def written(page: str) -> str:
    """The page with the present tables between its markers. Raises `ValueError` when it has no markers."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no markers {BEGIN} and {END}")
    return f"{head}{BEGIN}\n\n{tables()}\n{END}{tail}"


def _keys(brokers: Iterable[Broker]) -> str:
    lines = ["| setting | needed | what it is |", "|---|---|---|"]
    for broker in brokers:
        prefix = f"TORANA_BROKER_{broker.key.upper()}_"
        for key in broker.keys:
            what = f"{key.help} ({broker.name})"
            lines.append(
                f"| `{key.variable(broker.key)}` | {_yes(key.required)} | {what}{'; secret' if key.secret else ''} |"
            )
        modes = ", ".join(f"`{mode}`" for mode in broker.execution_modes)
        lines.append(f"| `{prefix}MODE` | no | how orders are placed ({broker.name}): {modes} |")
        if broker.guess:
            lines.append(f"| `{prefix}{GUESS.upper()}` | yes | `{ACCEPTED}`: {broker.guess} ({broker.name}) |")
    return "\n".join(lines)


def _by_api(one: Capabilities) -> Capabilities:
    """The same broker where orders go by its API."""
    return capabilities_of(BROKERS[one.broker], ExecutionMode.SERVER_API)


def _released(one: Capabilities) -> str:
    if one.releases is None:
        return "no, in its own pages" if one.edis else "no"
    return "all at once" if one.releases.at_once is None else f"{one.releases.at_once} security at a time"


def _yes(can: bool, *, no: str = "no") -> str:
    return "yes" if can else no


def _told(can: bool | None) -> str:
    return "not documented" if can is None else _yes(can)


def _table(corner: str, columns: Sequence[Capabilities], rows: Iterable[tuple[str, Iterable[str]]]) -> str:
    lines = [f"| {corner} | {' | '.join(one.name for one in columns)} |", f"|{'---|' * (len(columns) + 1)}"]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    if not arguments:
        sys.stdout.write(tables())
        return
    page = Path(arguments[0])
    page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
