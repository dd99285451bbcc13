"""The list of baskets that can be bought, with filters."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from torana.baskets import store
from torana.baskets.discover import MOST, Listed, Order, Query, page
from torana.baskets.index import Figures, Point, Volatility
from torana.baskets.models import Basket
from torana.baskets.worth import minimum
from torana.flows.contract import Page
from torana.flows.module.charts import spark
from torana.flows.module.context import ModuleContext, percent, risks
from torana.flows.module.request import Place
from torana.flows.module.views import BasketCard, DiscoveryView, Filter
from torana.kit.money import Paise, inr, paise
from torana.market import store as market
from torana.pages.forms import Choice

USUAL_COUNT = 20
STEPS = (5_000, 25_000, 1_00_000)
"""Rupees up to which a minimum may go, as the filter offers them."""
_RISKS = {"low": Volatility.LOW, "medium": Volatility.MEDIUM, "high": Volatility.HIGH}
_SORTS = {
    "": Order.DEFAULT,
    "name": Order.NAME,
    "minInvestAmount": Order.MIN_INVEST,
    "lastRebalanced": Order.LAST_REBALANCED,
}


async def discovery(context: ModuleContext) -> Page:
    """Reads what the gateway sells, and its figures."""
    services, where = context.services, context.where
    baskets = await store.all_baskets(services.database, context.gateway_id)
    sold = [basket for basket in baskets if basket.archived_at is None]
    closes = await market.latest_closes(
        services.database, context.mode, [each.isin for basket in sold for each in basket.constituents]
    )
    mode = context.current.gateway.mode
    figures = dict(zip([one.scid for one in sold], await services.performances.figures(sold, mode), strict=True))
    wanted = _RISKS.get(where.get("risk", ""))
    listed = [
        Listed(basket, minimum(basket.constituents, closes))
        for basket in sold
        if wanted is None or figures[basket.scid].volatility is wanted
    ]
    query = _query(where)
    found = page(listed, query)
    histories = await services.performances.histories([one.basket for one in found.baskets], mode)
    cards = [
        _card(context, one.basket, one.minimum, figures[one.basket.scid], points)
        for one, points in zip(found.baskets, histories, strict=True)
    ]
    words, later = context.words, query.offset + query.count
    more = "" if later >= found.total else context.to(Place.DISCOVER, **{**_kept(where), "from": str(later)})
    filters = _filters(context)
    active = sum(1 for one in filters for choice in one.choices[1:] if choice.chosen)
    title = words.discover_title
    return Page(
        DiscoveryView(
            context.frame(), title, context.tabs(Place.DISCOVER), query.search, filters, active,
            context.to(Place.DISCOVER), words.found(count=found.total), tuple(cards), more,
        )
    )  # fmt: skip


def _kept(where: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in where.items() if name != "at"}


def _query(where: Mapping[str, str]) -> Query:
    """What the address asks for; what it says that cannot be is left out."""
    return Query(
        count=min(max(_number(where.get("count", ""), USUAL_COUNT), 1), MOST),
        offset=min(_number(where.get("from", ""), 0), 10_000),
        order=_SORTS.get(where.get("sort", ""), Order.DEFAULT),
        descending=where.get("sort") == "lastRebalanced",
        minimum=_range(where.get("minInvest", "")),
        search=where.get("q", "").strip()[:60],
    )


def _number(text: str, usual: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else usual


def _range(text: str) -> tuple[Paise, Paise] | None:
    """`0-5000`, in rupees."""
    low, _, high = text.partition("-")
    with suppress(ValueError):
        return paise(int(low)), paise(int(high))
    return None


def _filters(context: ModuleContext) -> tuple[Filter, ...]:
    words, where = context.words, context.where
    amount, risk, sort = where.get("minInvest", ""), where.get("risk", ""), where.get("sort", "")
    ranges = [f"0-{step}" for step in STEPS]
    asked = [amount] if amount and amount not in ranges and _range(amount) else []
    amounts = [("", words.any_amount), *((one, _range_words(context, one)) for one in (*ranges, *asked))]
    labels = risks(words)
    named = [("", words.any_risk), *((name, labels[one]) for name, one in _RISKS.items())]
    sorts = [
        ("", words.sort_usual),
        ("name", words.sort_name),
        ("minInvestAmount", words.sort_minimum),
        ("lastRebalanced", words.sort_changed),
    ]
    return (
        _filter("minInvest", words.filter_amount, amounts, amount),
        _filter("risk", words.filter_risk, named, risk),
        _filter("sort", words.filter_sort, sorts, sort),
    )


def _filter(name: str, label: str, answers: Sequence[tuple[str, str]], chosen: str) -> Filter:
    values = [value for value, _ in answers]
    here = chosen if chosen in values else ""
    return Filter(name, label, tuple(Choice(value, text, value == here) for value, text in answers))


def _range_words(context: ModuleContext, text: str) -> str:
    found = _range(text)
    if found is None:
        return context.words.any_amount
    low, high = (inr(amount).removesuffix(".00") for amount in found)
    return context.words.up_to(amount=high) if not found[0] else context.words.between(low=low, high=high)


def _card(
    context: ModuleContext, basket: Basket, least: Paise | None, found: Figures, points: Sequence[Point]
) -> BasketCard:
    words, change = context.words, None
    if found.yearly is not None:
        change = percent(found.yearly, label=words.in_a_year)
    elif found.monthly is not None:
        change = percent(found.monthly, label=words.in_a_month)
    return BasketCard(
        context.to(Place.BASKET, id=basket.scid),
        basket.profile.name,
        basket.profile.short_description,
        None if least is None else inr(least),
        change,
        spark(points),
    )
