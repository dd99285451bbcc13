"""What stands against the lines of a review: shares that are not there, and lines that are too large."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torana.connectors.contract import Side
from torana.flows.ordering.lines import Draft, Entered
from torana.flows.shares import Shares
from torana.kit.money import grouped
from torana.orders.slices import MOST_ORDERS, MOST_SLICES, slices


@dataclass(frozen=True, slots=True)
class Shortage:
    """A line that sells more than the broker shows. `certain`: it shows everything, so the broker will refuse."""

    text: str
    certain: bool


def shortages(
    drafts: Sequence[Draft], known: Sequence[Entered], shares: Mapping[str, Shares | None] | None, broker: str
) -> dict[int, Shortage]:
    """By line number; several lines of one security count together. Of shares of which nothing is known (None) nothing
    lacks."""
    if shares is None:
        return {}
    wanted: Counter[str] = Counter()
    lacking: dict[int, Shortage] = {}
    for draft, line in zip(drafts, known, strict=True):
        if line.side is not Side.SELL or line.quantity is None:
            continue
        isin = draft.security.isin
        wanted[isin] += line.quantity
        held = shares.get(isin, Shares())
        if held is not None and wanted[isin] > held.most:
            lacking[draft.number] = Shortage(_text(draft, held, broker), held.certain)
    return lacking


def _text(draft: Draft, held: Shares, broker: str) -> str:
    if not held.most:
        return f"{broker} shows none of these shares."
    if not held.certain:
        return f"{broker} shows {grouped(held.most)} of these shares."
    up_to = "" if draft.line.quantity is not None and draft.line.side is not None else "up to "
    return f"You can sell {up_to}{grouped(held.most)} of these shares."


def too_large(
    drafts: Sequence[Draft], known: Sequence[Entered], broker: str, most_orders: int | None
) -> dict[int, str]:
    """Lines that cannot be sent even in slices, by number. `most_orders`: so many the broker takes in one go."""
    counts = {
        draft.number: len(slices(line.quantity, draft.largest, draft.security.lot))
        for draft, line in zip(drafts, known, strict=True)
        if line.quantity is not None
    }
    problems = {
        draft.number: f"At most {grouped((draft.largest or 0) * MOST_SLICES)} of these shares can be ordered in one go."
        for draft in drafts
        if counts.get(draft.number, 0) > MOST_SLICES
    }
    most, total = min(most_orders or MOST_ORDERS, MOST_ORDERS), sum(counts.values())
    if not problems and total > most:
        largest = max(counts, key=lambda number: counts[number])
        problems[largest] = f"{broker} takes at most {most} orders in one go, and this would be {total}."
    return problems
