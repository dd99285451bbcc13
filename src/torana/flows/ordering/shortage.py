"""What stands against the lines of a review: shares that are not there, and lines that are too large."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torana.connectors.contract import Side
from torana.flows.ordering.lines import Draft, Entered
from torana.flows.shares import Shares
from torana.orders.slices import MOST_ORDERS, MOST_SLICES, slices
from torana.pages.texts.keys import ProblemTexts, Texts


@dataclass(frozen=True, slots=True)
class Shortage:
    """A line that sells more than the broker shows. `certain`: it shows everything, so the broker will refuse."""

    text: str
    certain: bool


def shortages(
    drafts: Sequence[Draft],
    known: Sequence[Entered],
    shares: Mapping[str, Shares | None] | None,
    broker: str,
    texts: Texts,
) -> dict[int, Shortage]:
    """By line number; several lines of one security count together. Of shares of
    which nothing is known (None) nothing lacks."""
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
            lacking[draft.number] = Shortage(_text(draft, held, broker, texts.problem), held.certain)
    return lacking


def unreleased(
    drafts: Sequence[Draft], known: Sequence[Entered], shares: Mapping[str, Shares | None] | None
) -> dict[str, int]:
    """Shares by ISIN that these lines sell, of securities of which the depository has to release some first."""
    told = {isin: held for isin, held in (shares or {}).items() if held is not None}
    sold = sells_of(drafts, known)
    return {isin: wanted for isin, wanted in sold.items() if isin in told and _waits(told[isin], wanted)}


def sells_of(drafts: Sequence[Draft], known: Sequence[Entered]) -> dict[str, int]:
    """Shares by ISIN that these lines sell."""
    sold: Counter[str] = Counter()
    for draft, line in zip(drafts, known, strict=True):
        if line.side is Side.SELL and line.quantity is not None:
            sold[draft.security.isin] += line.quantity
    return dict(sold)


def _waits(held: Shares, wanted: int) -> bool:
    return held.waiting > 0 and wanted > held.free


def _text(draft: Draft, held: Shares, broker: str, words: ProblemTexts) -> str:
    if not held.most:
        return words.none_held if held.certain else words.no_shares(broker=broker)
    if not held.certain:
        return words.fewer_shares(broker=broker, most=held.most)
    return (words.sell_most if draft.is_fixed else words.sell_up_to)(most=held.most)


def too_large(
    drafts: Sequence[Draft], known: Sequence[Entered], broker: str, most_orders: int | None, texts: Texts
) -> dict[int, str]:
    """Lines that cannot be sent even in slices, by number. `most_orders`: so many the broker takes in one go."""
    counts = {
        draft.number: len(slices(line.quantity, draft.largest, draft.security.lot))
        for draft, line in zip(drafts, known, strict=True)
        if line.quantity is not None
    }
    problems = {
        draft.number: texts.problem.slices(most=(draft.largest or 0) * MOST_SLICES)
        for draft in drafts
        if counts.get(draft.number, 0) > MOST_SLICES
    }
    most, total = min(most_orders or MOST_ORDERS, MOST_ORDERS), sum(counts.values())
    if not problems and total > most:
        largest = max(counts, key=lambda number: counts[number])
        problems[largest] = texts.problem.orders(broker=broker, most=most, total=total)
    return problems
