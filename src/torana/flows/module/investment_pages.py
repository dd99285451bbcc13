"""What the investor has in baskets: all of it, and one investment with what it asks for."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from torana.baskets import store as baskets
from torana.baskets.growth import worth_by_day
from torana.baskets.investment_schemas import networth, rate_of, together
from torana.baskets.models import Adjustment
from torana.baskets.positions import Position
from torana.baskets.store.overview import Overview, overviews
from torana.connectors.contract import Variety
from torana.flows.contract import Page
from torana.flows.module.basket_page import basket_page
from torana.flows.module.charts import money_chart
from torana.flows.module.context import MINUS, ModuleContext, percent
from torana.flows.module.pending_pages import cards_of
from torana.flows.module.request import Place
from torana.flows.module.views import (
    Change,
    Chart,
    Fact,
    InvestmentCard,
    InvestmentsView,
    InvestmentView,
    Part,
    PastOrder,
    Tab,
)
from torana.kit.money import Paise, inr
from torana.market import store as market
from torana.market.models import Close
from torana.market.securities import current as listing
from torana.orders import store as orders
from torana.orders.models import Batch
from torana.pages.views import Action, Notice, Tone


async def investments(context: ModuleContext) -> Page:
    services = context.services
    found = await overviews(services.database, context.gateway_id, context.investor_id, services.clock.now())
    running = [one for one in found if one.investment.is_there and one.investment.exited_at is None]
    over = [one for one in found if one.investment.exited_at is not None]
    closes = await _closes(context, running)
    words = context.words
    nothing = None if running or over else Action(words.all_baskets, href=context.to(Place.DISCOVER))
    total = together([one.investment for one in running], closes)
    return Page(
        InvestmentsView(
            context.frame(),
            words.investments_title,
            context.tabs(Place.INVESTMENTS),
            _totals(context, running, total) if running else (),
            tuple(_card(context, one, closes, total) for one in running),
            tuple(_exited(context, one) for one in over),
            context.priced(closes),
            nothing,
            _waits(context, found),
        )
    )


def _waits(context: ModuleContext, found: Sequence[Overview]) -> Tab | None:
    count = sum(len(one.pending) for one in found)
    return Tab(context.words.pending_count(count=count), context.to(Place.PENDING)) if count else None


async def investment(context: ModuleContext) -> Page:
    services, at = context.services, (context.gateway_id, context.investor_id)
    found = await overviews(services.database, *at, services.clock.now(), context.id)
    if not found:
        return await basket_page(context)
    (shown,) = found
    closes = await _closes(context, found)
    held, words = shown.investment.held, context.words
    worth, name = networth(held, closes), shown.name
    past = await orders.finished(
        context.services.database, context.gateway_id, context.investor_id, [], [], of_baskets=True, iscid=context.id
    )
    return Page(
        InvestmentView(
            context.frame(),
            name,
            context.tabs(Place.INVESTMENTS),
            Tab(words.all_investments, context.to(Place.INVESTMENTS)),
            Fact(words.worth_now, None if worth is None else inr(worth), _change(worth, shown.investment.cost)),
            () if shown.investment.open_batch_id is not None else cards_of(context, shown),
            tuple(_notices(context, shown)),
            _facts(context, shown, worth, rate_of(shown, held, worth, closes)),
            await _chart(context) if shown.investment.trades_whole else None,
            tuple(_part(context, one, closes, worth) for one in held),
            context.priced(closes),
            _done(context, shown, past),
            _main(context, shown),
            _more(context, shown),
        )
    )


async def _closes(context: ModuleContext, found: Sequence[Overview]) -> Mapping[str, Close]:
    isins = [one.isin for shown in found for one in shown.investment.held]
    return await market.latest_closes(context.services.database, context.mode, isins) if isins else {}


def _change(worth: Paise | None, cost: Paise) -> Change | None:
    """Gain or loss, in rupees and per cent."""
    if worth is None or not cost:
        return None
    return _signed(worth - cost, percent(Decimal(worth) / cost - 1).text)


def _signed(amount: Paise, label: str = "") -> Change:
    sign = "+" if amount > 0 else MINUS if amount < 0 else ""
    return Change(f"{sign}{inr(abs(amount))}", label, None if not amount else amount > 0)


def _totals(context: ModuleContext, running: Sequence[Overview], total: Paise | None) -> tuple[Fact, ...]:
    words = context.words
    cost = sum(one.investment.cost for one in running)
    return (
        Fact(words.worth_now, None if total is None else inr(total), _change(total, cost)),
        Fact(words.put_in, inr(cost)),
    )


def _card(context: ModuleContext, shown: Overview, closes: Mapping[str, Close], total: Paise | None) -> InvestmentCard:
    investment, words = shown.investment, context.words
    worth = networth(investment.held, closes)
    pending = cards_of(context, shown)
    wants = words.order_open if investment.open_batch_id else pending[0].title if pending else ""
    share = "" if not total or worth is None else f"{(Decimal(worth) * 100 / total).quantize(Decimal('0.1'))}"
    return InvestmentCard(
        context.to(Place.INVESTMENT, id=investment.iscid),
        shown.name,
        None if worth is None else inr(worth),
        words.invested(amount=investment.cost),
        _change(worth, investment.cost),
        wants,
        share,
    )


def _exited(context: ModuleContext, shown: Overview) -> InvestmentCard:
    investment, words = shown.investment, context.words
    brought = investment.proceeds
    at = investment.exited_at or investment.updated_at
    return InvestmentCard(
        context.to(Place.INVESTMENT, id=investment.iscid),
        shown.name,
        inr(brought),
        words.exited_on(at=at),
        _change(brought, investment.sold_cost),
        "",
        "",
    )


async def _chart(context: ModuleContext) -> Chart | None:
    """What it was worth by day, beside the money in it."""
    database = context.services.database
    traded = await baskets.trades_of(database, context.gateway_id, context.id)
    if not traded:
        return None
    isins = sorted({one.isin for one in traded})
    closes = await market.closes_since(database, context.mode, isins, traded[0].day)
    return money_chart(context, worth_by_day(traded, closes))


def _facts(context: ModuleContext, shown: Overview, worth: Paise | None, rate: Decimal | None) -> tuple[Fact, ...]:
    investment, words = shown.investment, context.words
    cost = investment.cost
    rows = [Fact(words.put_in, inr(cost)), Fact(words.since, context.words.day(at=investment.created_at))]
    if worth is not None and cost:
        rows.append(Fact(words.unrealised, None, _signed(worth - cost)))
    if any(one.sold for one in investment.positions):
        rows.append(Fact(words.realised, None, _signed(investment.proceeds - investment.sold_cost)))
    if shown.dividends is not None:
        rows.append(Fact(words.dividends, None, _signed(shown.dividends)))
    if not investment.is_told:
        rows.append(Fact(words.left_unknown, inr(investment.left_cost)))
    if rate is not None:
        rows.append(Fact(words.yearly, None, percent(rate)))
    return tuple(rows)


def _notices(context: ModuleContext, shown: Overview) -> list[Notice]:
    words, found = context.words, []
    if shown.investment.open_batch_id is not None:
        waits = shown.open_variety == Variety.AMO
        text = words.order_open_amo if waits else words.order_open_text
        found.append(Notice(Tone.QUEUE, words.order_open, text))
    if not shown.for_sale:
        found.append(Notice(Tone.NOTE, words.closed_title, words.closed_held))
    gone = [one.symbol for one in shown.investment.held if listing().by_isin(one.isin, one.exchange) is None]
    if gone:
        app = context.current.app
        found.append(Notice(Tone.NOTE, words.unlisted_title, words.unlisted_text(symbols=gone, app=app)))
    return found


def _part(context: ModuleContext, one: Position, closes: Mapping[str, Close], worth: Paise | None) -> Part:
    security = listing().by_isin(one.isin, one.exchange)
    close, words = closes.get(one.isin), context.words
    value = None if close is None else one.shares * close.close
    share = "" if not worth or value is None else f"{(Decimal(value) * 100 / worth).quantize(Decimal('0.1'))}"
    return Part(
        one.symbol,
        one.symbol if security is None else security.name,
        context.current.texts.page.not_known if value is None else inr(value),
        share,
        words.held_at(count=one.shares, average=one.average or 0),
        None if value is None or not one.cost else percent(Decimal(value) / one.cost - 1),
    )


def _done(context: ModuleContext, shown: Overview, batches: Sequence[Batch]) -> tuple[PastOrder, ...]:
    """Orders, and what left without one, the newest first."""
    done = [(batch.created_at, _past(context, batch)) for batch in batches]
    others = [one for one in shown.adjustments if one.pair is not None and (one.shares < 0) == (one.takes_back is None)]
    came = {one.pair: one for one in others}
    done += [
        (one.created_at, _gone(context, one, came.get(one.adjustment_id)))
        for one in shown.adjustments
        if one not in others
    ]
    return tuple(one for _, one in sorted(done, key=lambda pair: pair[0], reverse=True))


def _gone(context: ModuleContext, one: Adjustment, came: Adjustment | None) -> PastOrder:
    """`came` are the shares that these became."""
    words = context.words
    if came is not None and one.takes_back is None:
        old, new = (words.left_count(count=abs(each.shares), symbol=each.symbol) for each in (one, came))
        return PastOrder(words.became_kind, context.day(one.day), f"{old} → {new}", "")
    if one.takes_back is not None:
        back = words.left_count(count=-one.shares, symbol=one.symbol)
        return PastOrder(words.left_back, context.day(one.day), back, "")
    value = "" if one.price is None else words.received(amount=one.shares * one.price)
    detail = words.left_count(count=one.shares, symbol=one.symbol)
    return PastOrder(words.left_kind, context.day(one.day), detail, value)


def _past(context: ModuleContext, batch: Batch) -> PastOrder:
    words = context.words
    bought = sum(one.filled_quantity * one.average_price for one in batch.orders if one.side.value == "BUY")
    sold = sum(one.filled_quantity * one.average_price for one in batch.orders if one.side.value == "SELL")
    filled = sum(one.filled_quantity >= one.quantity for one in batch.orders)
    net = bought - sold
    value = "" if not net else words.paid(amount=net) if net > 0 else words.received(amount=-net)
    return PastOrder(
        words.kind(kind=batch.kind or ""),
        words.moment(at=batch.created_at),
        words.filled(filled=filled, count=len(batch.orders)),
        value,
    )


def _main(context: ModuleContext, shown: Overview) -> Action | None:
    investment = shown.investment
    if investment.open_batch_id is not None or not shown.for_sale or not investment.held:
        return None
    return context.order(context.words.invest_more, "INVESTMORE", iscid=investment.iscid)


def _more(context: ModuleContext, shown: Overview) -> tuple[Action, ...]:
    investment, words = shown.investment, context.words
    about = Action(words.about_basket, href=context.to(Place.BASKET, id=investment.scid))
    if investment.open_batch_id is not None or not investment.held:
        return (about,)
    acts = (
        ("MANAGE", words.manage),
        ("PARTIALEXIT", words.sell_part),
        ("EXIT", words.sell_all),
    )
    return (*(context.order(label, kind, iscid=investment.iscid) for kind, label in acts), about)
