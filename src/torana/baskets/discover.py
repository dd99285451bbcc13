"""Which baskets a list shows, and in which order."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import msgspec

from torana.baskets.models import Basket
from torana.kit.money import Paise

MOST = 100
"""Baskets on one page of a list."""


class Order(StrEnum):
    """What a list is sorted by. Baskets that do not have it come last, whichever way the list goes."""

    DEFAULT = "default"
    """Featured ones by their rank, then popular ones by theirs, then all others by name."""
    NAME = "name"
    MIN_INVEST = "minInvestAmount"
    LAST_REBALANCED = "lastRebalanced"
    POPULARITY = "popularity"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list."""

    count: int
    offset: int
    order: Order = Order.DEFAULT
    descending: bool = False
    minimum: tuple[Paise, Paise] | None = None
    """The minimum amount lies between these two, paise, both included; a basket without a known one does not."""
    search: str = ""
    """In name, description, publisher or the symbols of the constituents, in any letter case."""
    type: str = ""
    tier: str = ""
    scids: tuple[str, ...] = ()


class Listed(msgspec.Struct, frozen=True):
    """A basket and its minimum amount, paise, None where a price is not known."""

    basket: Basket
    minimum: Paise | None


class Page(msgspec.Struct, frozen=True):
    """`total` is how many there are on all pages."""

    baskets: Sequence[Listed]
    total: int


def page(baskets: Iterable[Listed], query: Query) -> Page:
    """The baskets that can be bought and that the query means."""
    found = [each for each in baskets if each.basket.archived_at is None and _matches(each, query)]
    known = [each for each in found if _has(each, query.order)]
    known.sort(key=lambda each: each.basket.scid)
    known.sort(key=lambda each: _key(each, query.order), reverse=query.descending)
    rest = sorted((each for each in found if not _has(each, query.order)), key=lambda each: each.basket.scid)
    return Page([*known, *rest][query.offset : query.offset + query.count], len(found))


def _matches(listed: Listed, query: Query) -> bool:
    basket, profile = listed.basket, listed.basket.profile
    if query.scids and basket.scid not in query.scids:
        return False
    if query.type and (profile.type or "").casefold() != query.type.casefold():
        return False
    if query.tier and (profile.tier or "").casefold() != query.tier.casefold():
        return False
    if query.minimum is not None:
        low, high = query.minimum
        if listed.minimum is None or not low <= listed.minimum <= high:
            return False
    texts = (profile.name, profile.short_description, profile.publisher_name)
    symbols = (each.symbol for each in basket.constituents)
    return not query.search or any(query.search.casefold() in text.casefold() for text in (*texts, *symbols))


def _has(listed: Listed, order: Order) -> bool:
    if order is Order.MIN_INVEST:
        return listed.minimum is not None
    return order is not Order.POPULARITY or listed.basket.profile.popular_rank is not None


def _key(listed: Listed, order: Order) -> tuple[object, ...]:
    profile = listed.basket.profile
    name = profile.name.casefold()
    if order is Order.NAME:
        return (name,)
    if order is Order.MIN_INVEST:
        return (listed.minimum, name)
    if order is Order.LAST_REBALANCED:
        return (listed.basket.published_at, name)
    if order is Order.POPULARITY:
        return (profile.popular_rank, name)
    featured, popular = profile.featured_rank, profile.popular_rank
    return (featured is None, featured or 0, popular is None, popular or 0, name)
