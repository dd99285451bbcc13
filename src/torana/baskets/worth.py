"""What a basket costs at the last closing prices: its minimum amount, and the shares and weights that belong to it."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from torana.baskets.allocate import Target, allocate, minimum_amount
from torana.baskets.models import WHOLE_WEIGHT, Constituent
from torana.kit.money import Paise, shortest
from torana.market.models import Close

_DECIMALS = Decimal("0.000001")


class Holding(msgspec.Struct, frozen=True):
    """One constituent as it is told. What the prices would say is None where one of them is not known."""

    constituent: Constituent
    weight: Decimal | None
    """Of 1."""
    shares: int | None
    """At the minimum amount, or as the partner wrote them."""


def targets(constituents: Sequence[Constituent], closes: Mapping[str, Close]) -> list[Target] | None:
    """For `allocate`, in the order of the constituents; None when a price is not known."""
    if any(each.isin not in closes for each in constituents):
        return None
    return [
        Target(each.weight if each.weight is not None else (each.shares or 0) * price, price)
        for each in constituents
        for price in (closes[each.isin].close,)
    ]


def minimum(constituents: Sequence[Constituent], closes: Mapping[str, Close]) -> Paise | None:
    """The smallest amount that buys at least one share of each constituent at the weights, paise; None when a price is
    not known."""
    known = targets(constituents, closes)
    return None if known is None else minimum_amount(known)


def priced_on(constituents: Sequence[Constituent], closes: Mapping[str, Close]) -> date | None:
    """The day of the oldest of the prices; None when one is not known."""
    if any(each.isin not in closes for each in constituents):
        return None
    return min(closes[each.isin].day for each in constituents)


def holdings(constituents: Sequence[Constituent], closes: Mapping[str, Close]) -> list[Holding]:
    """The constituents with weights and shares, one of which the prices tell."""
    known = targets(constituents, closes)
    if known is None:
        return [Holding(each, _written(each), each.shares) for each in constituents]
    if constituents[0].weight is None:
        total = sum(target.weight for target in known)
        return [
            Holding(each, shortest((Decimal(target.weight) / total).quantize(_DECIMALS)), each.shares)
            for each, target in zip(constituents, known, strict=True)
        ]
    shares = allocate(minimum_amount(known), known).shares
    return [Holding(each, _written(each), number) for each, number in zip(constituents, shares, strict=True)]


def _written(constituent: Constituent) -> Decimal | None:
    return None if constituent.weight is None else shortest(Decimal(constituent.weight) / WHOLE_WEIGHT)
