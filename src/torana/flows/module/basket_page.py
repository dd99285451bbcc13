"""One basket: what it is, how it went, what is in it and why."""

from decimal import Decimal

from torana.baskets import store
from torana.baskets.index import Figures
from torana.baskets.models import Basket
from torana.baskets.worth import Holding, holdings, minimum
from torana.flows.contract import Page
from torana.flows.module.charts import index_chart
from torana.flows.module.context import ModuleContext, percent
from torana.flows.module.request import Place
from torana.flows.module.views import BasketView, Fact, Part, Tab
from torana.kit.money import Paise, inr
from torana.market import store as market
from torana.market.securities import current as listing
from torana.pages.views import Action, Message, Notice, Tone


async def basket_page(context: ModuleContext) -> Page:
    services = context.services
    basket = await store.find(services.database, context.gateway_id, context.id)
    if basket is None:
        return Page(_unknown(context), 404)
    mode = context.current.gateway.mode
    (points,) = await services.performances.histories([basket], mode)
    (found,) = await services.performances.figures([basket], mode)
    closes = await market.latest_closes(services.database, context.mode, [each.isin for each in basket.constituents])
    least = minimum(basket.constituents, closes)
    words, profile = context.words, basket.profile
    chart = index_chart(context, points)
    return Page(
        BasketView(
            context.frame(),
            profile.name,
            context.tabs(Place.DISCOVER),
            Tab(words.all_baskets, context.to(Place.DISCOVER)),
            words.publisher(name=profile.publisher_name, number=profile.registration.number),
            profile.short_description,
            _facts(context, basket, found, least),
            chart,
            words.method,
            _returns(context, found),
            tuple(_part(context, one) for one in holdings(basket.constituents, closes)),
            tuple(part.strip() for part in profile.rationale.replace("\r\n", "\n").split("\n\n") if part.strip()),
            _terms(context, basket),
            () if basket.archived_at is None else (Notice(Tone.NOTE, words.closed_title, words.closed_text),),
            await _own(context, basket),
            _invest(context, basket, least),
        )
    )


def _unknown(context: ModuleContext) -> Message:
    words = context.words
    back = Action(words.all_baskets, href=context.to(Place.DISCOVER))
    return Message(context.frame(), Tone.NOTE, words.unknown_title, (words.unknown_text,), primary=back)


def _facts(context: ModuleContext, basket: Basket, found: Figures, least: Paise | None) -> tuple[Fact, ...]:
    words = context.words
    return (
        Fact(words.minimum, None if least is None else inr(least)),
        Fact(words.risk, None if found.volatility is None else context.risk(found.volatility)),
        Fact(words.shares, str(len(basket.constituents))),
    )


def _returns(context: ModuleContext, found: Figures) -> tuple[Fact, ...]:
    words = context.words
    told = (
        (words.one_day, found.daily),
        (words.one_week, found.weekly),
        (words.one_month, found.monthly),
        (words.one_year, found.yearly),
    )
    return tuple(Fact(label, None, None if value is None else percent(value)) for label, value in told)


def _part(context: ModuleContext, holding: Holding) -> Part:
    one = holding.constituent
    security = listing().by_isin(one.isin, one.exchange)
    share = None if holding.weight is None else (holding.weight * 100).quantize(Decimal("0.1"))
    words = context.words
    value = words.share_count(count=one.shares or 0) if share is None else f"{share} %"
    more = "" if holding.shares is None else words.share_count(count=holding.shares)
    return Part(
        one.symbol, one.symbol if security is None else security.name, value, "" if share is None else str(share), more
    )


def _terms(context: ModuleContext, basket: Basket) -> tuple[Fact, ...]:
    words, profile = context.words, basket.profile
    rows = [
        Fact(words.schedule, words.schedule_is(schedule=profile.rebalance_schedule.value)),
        Fact(words.changed, context.words.day(at=basket.published_at)),
        Fact(words.benchmark, words.benchmark_is(name=profile.benchmark.name, method=profile.benchmark.method)),
    ]
    if profile.next_update is not None:
        rows.insert(1, Fact(words.next_update, context.day(profile.next_update)))
    return tuple(rows)


async def _own(context: ModuleContext, basket: Basket) -> tuple[Tab, ...]:
    """The investor's own investments in it."""
    if context.session is None:
        return ()
    every = await store.investments_of(context.services.database, context.gateway_id, context.investor_id)
    mine = [one for one in every if one.scid == basket.scid and one.exited_at is None and one.is_there]
    return tuple(Tab(context.words.your_investment, context.to(Place.INVESTMENT, id=one.iscid)) for one in mine)


def _invest(context: ModuleContext, basket: Basket, least: Paise | None) -> Action | None:
    if basket.archived_at is not None:
        return None
    words = context.words
    label = words.invest if least is None else words.invest_from(amount=inr(least).removesuffix(".00"))
    return context.order(label, "BUY", scid=basket.scid)
