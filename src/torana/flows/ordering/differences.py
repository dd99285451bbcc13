"""What became another since a review was shown: each part of it that the investor has to look at again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from torana.connectors.contract import Side, Variety
from torana.flows.ordering.lines import Draft
from torana.kit.money import Paise, inr
from torana.pages.texts.keys import Texts

LONGEST = 16_000
"""Letters that are read back from a form."""
_OF_LINE = re.compile(r"(side|quantity|limit)-([0-9]{1,3})", re.ASCII)


class _Line(msgspec.Struct, frozen=True, array_like=True):
    """A line as it was shown: security, side, shares, limit and the price that a limit is made from."""

    key: str
    side: Side | None
    quantity: int | None
    limit: Paise | None
    price: Paise | None


class _Seen(msgspec.Struct, frozen=True, array_like=True):
    variety: Variety
    lines: list[_Line]


@dataclass(frozen=True, slots=True)
class Differences:
    """Sentences for all of it, and what was different by line number."""

    told: tuple[str, ...] = ()
    lines: Mapping[int, str] = field(default_factory=dict)


def seen_now(drafts: Sequence[Draft], variety: Variety, prices: Mapping[int, Paise]) -> str:
    """What a review shows, to travel with its form. It proves nothing, and is told to nobody but whom it comes from.
    `prices` are those from which market orders get their limits, by line number."""
    return msgspec.json.encode(_Seen(variety, _lines(drafts, prices))).decode()


def differences(
    seen: str, drafts: Sequence[Draft], variety: Variety, prices: Mapping[int, Paise], texts: Texts
) -> Differences:
    """Between what a form was shown with and what would be shown now."""
    before = _read(seen)
    if before is None:
        return Differences()
    words = texts.notice
    told = []
    if before.variety is not variety:
        told.append(words.changed_amo if variety is Variety.AMO else words.changed_regular)
    now = _lines(drafts, prices)
    old: list[_Line | None] = [*before.lines[: len(now)], *[None] * (len(now) - len(before.lines))]
    lines = {
        draft.number: _was(was, line, texts) for draft, was, line in zip(drafts, old, now, strict=True) if was != line
    }
    if lines:
        told.append(words.changed_lines)
    return Differences(tuple(told), lines)


def typed_now(seen: str, drafts: Sequence[Draft], typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, each line's under the number that the line has now: a limit is never another security's. What was
    typed for a line that is gone is left out."""
    before = _read(seen)
    old = [] if before is None else [(one.key, one.side) for one in before.lines]
    numbers: dict[str, int] = {}
    for draft in drafts:
        line = draft.price_key, draft.line.side
        same = (str(at) for at, one in enumerate(old, 1) if one == line and str(at) not in numbers)
        if (number := next(same, None)) is not None:
            numbers[number] = draft.number
    found = {}
    for name, value in typed.items():
        of_line = _OF_LINE.fullmatch(name)
        if of_line is None:
            found[name] = value
        elif of_line[2] in numbers:
            found[f"{of_line[1]}-{numbers[of_line[2]]}"] = value
    return found


def _read(seen: str) -> _Seen | None:
    try:
        return msgspec.json.decode(seen[:LONGEST], type=_Seen)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def _lines(drafts: Sequence[Draft], prices: Mapping[int, Paise]) -> list[_Line]:
    return [
        _Line(one.price_key, one.line.side, one.line.quantity, one.line.limit_price, prices.get(one.number))
        for one in drafts
    ]


def _was(was: _Line | None, now: _Line, texts: Texts) -> str:
    words = texts.review
    if was is None or was.key != now.key:
        return words.was_new
    parts = []
    if was.side is not now.side and was.side is not None:
        parts.append(texts.orders.buy if was.side is Side.BUY else texts.orders.sell)
    if was.quantity != now.quantity and was.quantity is not None:
        parts.append(words.shares(count=was.quantity))
    if was.limit != now.limit and was.limit is not None:
        parts.append(words.limit_is(price=inr(was.limit)))
    if was.price != now.price and was.price is not None:
        parts.append(inr(was.price))
    return words.was(what=", ".join(parts)) if parts else words.was_new
