"""What waits for the investor: what their investments ask of them, why, till when, and the way to do it.

What is asked is decided in `baskets.actions`, and told to partners and here as it stands in the table.
"""

from datetime import datetime

from torana.baskets.action_schemas import ORDERS
from torana.baskets.models import ActionKind, PendingAction, WhyNot
from torana.baskets.schedule import missed_at
from torana.baskets.store.overview import Overview, overviews
from torana.flows.contract import Page
from torana.flows.module.context import ModuleContext
from torana.flows.module.request import Place
from torana.flows.module.views import PendingCard, PendingView
from torana.pages.texts.keys import ModuleTexts
from torana.pages.views import Action, Message, Tone


async def pending(context: ModuleContext) -> Page:
    services = context.services
    found = await overviews(services.database, context.gateway_id, context.investor_id, services.clock.now())
    asking = sorted((one for one in found if one.pending), key=_asks_since)
    words = context.words
    nothing = None if asking else Action(words.all_investments, href=context.to(Place.INVESTMENTS))
    cards = tuple(card for one in asking for card in cards_of(context, one))
    return Page(PendingView(context.frame(), words.pending_title, context.tabs(Place.PENDING), cards, nothing))


async def leave_out(context: ModuleContext) -> Page:
    """Asks before what was not filled is given up."""
    services, at = context.services, (context.gateway_id, context.investor_id)
    found = await overviews(services.database, *at, services.clock.now(), context.id)
    if not found or ActionKind.REPAIR not in found[0].pending:
        return await pending(context)
    words, frame = context.words, context.frame()
    return Page(
        Message(
            frame,
            Tone.ASK,
            words.leave_out_title,
            (words.leave_out_text(basket=found[0].name),),
            primary=Action(
                words.leave_out, post="confirm", fields={"step": Place.LEAVE_OUT.value, "iscid": context.id}
            ),
            quiet=Action(context.current.texts.page.go_back, href=context.to(Place.PENDING)),
        )
    )


def _asks_since(shown: Overview) -> datetime:
    return min(action.created_at for action in shown.pending.values())


def cards_of(context: ModuleContext, shown: Overview) -> tuple[PendingCard, ...]:
    """What an investment asks for, the most urgent first."""
    return tuple(_card(context, shown, shown.pending[kind]) for kind in ActionKind if kind in shown.pending)


def _card(context: ModuleContext, shown: Overview, action: PendingAction) -> PendingCard:
    words, iscid, kind = context.words, action.iscid, action.kind
    title, text, until, label = _told(context, shown, action)
    act, more = None, None
    if shown.investment.open_batch_id is not None:
        text = words.order_open_text
    elif kind is ActionKind.REBALANCE and ActionKind.REPAIR in shown.pending:
        text = f"{text} {words.after_repair}"
    elif kind is ActionKind.RECONCILE:
        act = Action(label, href=context.to(Place.RECONCILE, id=iscid))
    else:
        act = context.order(label, ORDERS[kind], iscid=iscid)
    if act is not None and kind is ActionKind.REPAIR:
        more = Action(words.leave_out, href=context.to(Place.LEAVE_OUT, id=iscid))
    since = words.asked_since(at=action.created_at)
    return PendingCard(shown.name, context.to(Place.INVESTMENT, id=iscid), title, text, since, until, act, more)


def _told(context: ModuleContext, shown: Overview, action: PendingAction) -> tuple[str, str, str, str]:
    """Its title, why, till when, and what its button does."""
    words = context.words
    match action.kind:
        case ActionKind.RECONCILE:
            return words.reconcile_title, _lost_text(context, shown), words.reconcile_until, words.reconcile_do
        case ActionKind.REPAIR:
            lacking = sum(one.quantity - one.filled for one in shown.repairs)
            return words.repair_title, words.repair_text(count=lacking), words.repair_until, words.repair_do
        case ActionKind.REBALANCE:
            text, until = words.rebalance_text(at=shown.newest_at), words.rebalance_until
            if shown.next_update is not None and shown.next_update > context.today:
                until = words.rebalance_next(day=context.day(shown.next_update))
            return words.rebalance_title, text, until, words.rebalance_do
        case ActionKind.SIP:
            text = f"{words.instalment_text(amount=action.amount or 0)} {not_placed(words, action)}".rstrip()
            until = "" if shown.plan is None else words.instalment_until(at=missed_at(shown.plan))
            return words.instalment_title, text, until, words.instalment_do


def not_placed(words: ModuleTexts, action: PendingAction) -> str:
    """Why an instalment waits that was to be placed by itself; empty: it was not to be, or has not been tried."""
    if action.transaction_id is not None:
        return words.placed_without_end
    texts = {
        WhyNot.NOT_ALLOWED: words.not_placed_now,
        WhyNot.CONSENT_OVER: words.not_placed_agreement,
        WhyNot.NEW_VERSION: words.not_placed_version,
        WhyNot.DAY_OVER: words.not_placed_day,
        WhyNot.ORDERED: words.not_placed_ordered,
        WhyNot.TAKEN_UP: words.not_placed_yours,
        WhyNot.BEING_ORDERED: words.not_placed_ordered,
        WhyNot.REPAIR: words.not_placed_first,
        WhyNot.SHARES_MISSING: words.not_placed_first,
        WhyNot.NO_LOGIN: words.not_placed_login,
        WhyNot.HALTED: words.not_placed_now,
        WhyNot.MARKET_CLOSED: words.not_placed_now,
        WhyNot.NOT_TRADABLE: words.not_placed_now,
        WhyNot.PRICE_UNKNOWN: words.not_placed_unknown,
        WhyNot.FUNDS_UNKNOWN: words.not_placed_unknown,
        WhyNot.FUNDS_MISSING: words.not_placed_funds,
        WhyNot.BELOW_MINIMUM: words.not_placed_minimum,
        WhyNot.BOOK_UNKNOWN: words.not_placed_unknown,
        WhyNot.UNKNOWN_ORDERS: words.not_placed_twice,
    }
    return "" if action.why_not is None else texts[action.why_not]


def _lost_text(context: ModuleContext, shown: Overview) -> str:
    """How many shares the broker does not show, and when it was asked."""
    held = {one.isin: one for one in shown.investment.held}
    count = sum(min(one.missing.shares, held[one.missing.isin].shares) for one in shown.lost)
    symbols = [held[one.missing.isin].symbol for one in shown.lost]
    read_at = min((one.missing.read_at for one in shown.lost), default=context.services.clock.now())
    return context.words.reconcile_text(broker=context.broker_name, count=count, symbols=symbols, at=read_at)
