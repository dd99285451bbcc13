"""What an investment was worth by day, and its return in a year. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec
import pyxirr

from torana.baskets.store.trades import Trade
from torana.kit.money import Paise, shortest

SHORTEST = timedelta(days=30)
"""Over less than this a yearly return says nothing."""
HIGHEST = 1_000_000
"""A part of 1: what a few weeks make higher than this in a year says nothing either."""
_DECIMALS = Decimal("0.000001")
_GROWTHS = [0.001 * 1.1**step for step in range(218)]
"""What a rupee may become in a year, from next to nothing to `HIGHEST` times as much; two rates closer than a tenth of
it to each other are not told apart."""


class Worth(msgspec.Struct, frozen=True):
    """At the close of a day, paise. `put_in` is the money paid for it less what sold shares brought."""

    day: date
    worth: Paise
    put_in: Paise


def worth_by_day(trades: Sequence[Trade], closes: Mapping[str, Mapping[date, Paise]]) -> list[Worth]:
    """By every day on which all that was held has a close; days on which nothing was held are left out. `trades` come
    in the order of their days."""
    days = sorted({day for each in closes.values() for day in each})
    found, held, put_in, at = [], dict[str, int](), 0, 0
    for day in days:
        while at < len(trades) and trades[at].day <= day:
            trade = trades[at]
            held[trade.isin] = held.get(trade.isin, 0) + trade.shares
            put_in, at = put_in + trade.paid, at + 1
        now = {isin: shares for isin, shares in held.items() if shares}
        if now and all(day in closes.get(isin, {}) for isin in now):
            found.append(Worth(day, sum(shares * closes[isin][day] for isin, shares in now.items()), put_in))
    return found


def yearly_return(paid: Sequence[tuple[date, Paise]], worth: Paise | None, today: date) -> Decimal | None:
    """The internal rate of return in a year (XIRR), a part of 1: the one rate at which what was paid by day (less than
    nothing: received) has become what is held now. None where the worth is not known, over less than 30 days, where no
    rate below `HIGHEST` fits, and where several do: none of them is the return then."""
    if worth is None or not paid or today - paid[0][0] < SHORTEST:
        return None
    flows = [*paid, (today, -worth)] if worth else list(paid)
    # A rate is no money: the library reckons it in floating point.
    rate = pyxirr.xirr([day for day, _ in flows], [-amount / 100 for _, amount in flows], silent=True)
    if rate is None or rate >= HIGHEST or not _is_the_only_one(rate, flows):
        return None
    return shortest(Decimal(rate).quantize(_DECIMALS))


def _is_the_only_one(rate: float, flows: Sequence[tuple[date, Paise]]) -> bool:
    """It is where, at this rate, there was money in it all the time. (At a higher one there would have been more each
    day, at a lower one less, and at the end something else than nothing.) Otherwise the signs are counted that the
    value of all flows takes from rate to rate."""
    balance, before = 0.0, flows[0][0]
    for day, amount in flows[:-1]:
        grown = balance * (1 + rate) ** ((day - before).days / 365) if balance else 0.0
        balance = grown + amount
        before = day
        if balance < -1:
            break
    else:
        return True
    first, last = flows[0][0], flows[-1][0]
    rises = [
        # Valued at the first day, or at the last one: the sign is the same, and no power is beyond a number's reach.
        sum(amount * growth ** (((first if growth >= 1 else last) - day).days / 365) for day, amount in flows) > 0
        for growth in _GROWTHS
    ]
    return sum(one is not other for one, other in pairwise(rises)) == 1
