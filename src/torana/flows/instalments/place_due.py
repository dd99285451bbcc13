"""Place a due instalment without its investor, under what they agreed to on the page of its plan (decision 0106).

The transaction, its confirmation, the batch and the mark on the instalment are one database transaction, in which
everything is decided once more: whatever else orders of the investment, ends the consent or takes the lease in between,
nothing is written. What is written, the machinery of all orders places and follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import msgspec
import structlog

from torana.baskets import actions, store
from torana.baskets.action_schemas import ACTION_UPDATED, action_event
from torana.baskets.investments import Kind
from torana.baskets.models import Basket, Investment, PendingAction, WhyNot
from torana.baskets.subject import Subject, basket_of, beginning_for_sale
from torana.connectors.contract import BrokerError, Calls, Connector, SessionEnded, Variety
from torana.events.log import News, change_and_record
from torana.flows.account import read_account
from torana.flows.context import FlowServices, pace_of
from torana.flows.instalments.may_place import Facts, Money, decide, hours, orders
from torana.flows.investing.flow import line_of
from torana.flows.investing.request import BasketConfig
from torana.flows.ordering.lines import Draft, NotAtBroker, UnknownSecurity, drafts_of
from torana.flows.ordering.trading import Market, market_now
from torana.investors import accounts, consents
from torana.investors.models import LiveSession
from torana.kit.database import Connection
from torana.kit.due import Claim, LostLease, release
from torana.kit.errors import NotFound
from torana.kit.faultpoints import reach
from torana.market.calendar import Phase, book_day
from torana.orders.models import Batch, ConfirmedLine, ForBasket
from torana.orders.plan import plan as plan_orders
from torana.orders.store import halt_of, known_tags
from torana.partners.models import Gateway
from torana.partners.store import gateway_ids
from torana.transactions import life_cycle
from torana.transactions import store as transactions
from torana.transactions.create import new_transaction

AGAIN = timedelta(minutes=5)
"""After which it is tried once more, while its day lasts."""

_FINAL = frozenset({None, WhyNot.CONSENT_OVER, WhyNot.TAKEN_UP, WhyNot.DAY_OVER, WhyNot.ORDERED})
"""It was placed, or what stands against it will go on to."""

log = structlog.get_logger(__name__)


class _Wait(Exception):
    """Not yet, and nothing to be told: this process watches the database for too short a time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.gap = timedelta(seconds=max(seconds, 1.0))


@dataclass(frozen=True, slots=True)
class _Outside:
    """What of the decision does not stand in locked rows."""

    gateway: Gateway
    connector: Connector | None
    session: LiveSession | None
    halted: bool
    market: Market

    @property
    def allowed(self) -> bool:
        able = self.connector is not None and self.connector.capabilities.sip_auto
        return able and self.gateway.suspended_at is None

    @property
    def market_open(self) -> bool:
        return self.market.phase is Phase.OPEN and self.market.hours_known


async def place_instalment(services: FlowServices, claim: Claim) -> None:
    """The due handler of an instalment that is to be placed by itself. Raises `LostLease`."""
    gateway_id, action_id = claim.key
    action = await store.find_open_action(services.database, gateway_id, action_id)
    if action is None or action.transaction_id is not None:
        await release(services.database, claim, None)
        return
    try:
        why = await _try(services, claim, action)
    except _Wait as wait:
        await release(services.database, claim, services.clock.now() + wait.gap)
        return
    again = services.clock.now() + AGAIN
    over = why in _FINAL
    if why is not None and not (why is WhyNot.DAY_OVER and action.why_not is not None):
        await _say(services, claim, action, why)
    await release(services.database, claim, None if over or again > hours(action)[1] else again)


async def _try(services: FlowServices, claim: Claim, action: PendingAction) -> WhyNot | None:
    """None: it was placed."""
    outside = await _outside(services, action)
    if outside is None:
        return WhyNot.NOT_ALLOWED
    async with services.database.transaction() as connection:
        facts = await _facts(connection, services, claim, action, outside)
    why = decide(facts)
    if why is not None:
        return why
    lines = await _lines(services, outside, facts)
    if isinstance(lines, WhyNot):
        return lines
    claim.check()
    # Asked once more: reading the account took a while, and orders may have been stopped since.
    outside = await _outside(services, action)
    return WhyNot.NOT_ALLOWED if outside is None else await _write(services, claim, outside, facts, lines)


async def _outside(services: FlowServices, action: PendingAction) -> _Outside | None:
    """None: the gateway or the investor is gone."""
    now, database = services.clock.now(), services.database
    gateway = await services.gateways.by_id(action.gateway_id)
    investor = await accounts.find(database, action.gateway_id, action.investor_id)
    if gateway is None or investor is None:
        return None
    return _Outside(
        gateway,
        services.connectors.find(gateway.mode, investor.broker),
        await services.sessions.live(action.gateway_id, action.investor_id, now),
        await halt_of(database, action.gateway_id, investor.broker) is not None,
        await market_now(services, gateway, amo=False),
    )


async def _facts(
    connection: Connection, services: FlowServices, claim: Claim, seen: PendingAction, outside: _Outside
) -> Facts:
    """Everything as it is, held for this database transaction. Raises `LostLease`."""
    gateway_id, now = seen.gateway_id, services.clock.now()
    consent = await consents.hold(connection, gateway_id, seen.consent_id)
    investment = await store.lock_investment(connection, gateway_id, seen.iscid)
    plan = await store.lock_plan(connection, gateway_id, seen.iscid)
    action = await store.lock_open_action(connection, gateway_id, seen.action_id, claim.token)
    if investment is None or action is None or action.transaction_id is not None:
        raise LostLease(f"{claim.kind.table} {claim.key}")
    return Facts(
        now=now,
        allowed=outside.allowed,
        action=action,
        plan=plan,
        consent=consent,
        investment=investment,
        standing=await store.standing(connection, investment),
        ordered_since=await store.ordered_since(connection, action),
        in_front=await transactions.has_orders_in_front(connection, gateway_id, seen.investor_id, now),
        logged_in=outside.session is not None and outside.session.is_live(now),
        halted=outside.halted,
        market_open=outside.market_open,
    )


async def _lines(services: FlowServices, outside: _Outside, facts: Facts) -> list[ConfirmedLine] | WhyNot:
    """The orders, from what the broker tells now, once it was decided that there may be some."""
    gateway, connector, session = outside.gateway, outside.connector, outside.session
    amount, percent = facts.action.amount, None if facts.plan is None else facts.plan.limit_percent
    if connector is None or session is None or amount is None or percent is None:
        return WhyNot.NOT_ALLOWED
    drafts = _drafts(facts.investment, connector, gateway)
    if drafts is None:
        return WhyNot.NOT_TRADABLE
    pace = pace_of(services, gateway, connector, session.broker_user_id)
    try:
        instruments = [draft.instrument for draft in drafts]
        account = await read_account(connector, session.as_session(), instruments, pace, with_shares=False)
        unknown = await _has_unknown_orders(services, gateway, connector, session)
    except SessionEnded:
        await services.sessions.end(gateway.gateway_id, session.session_id, services.clock.now())
        return WhyNot.NO_LOGIN
    except BrokerError as error:
        log.warning("instalments.book_unread", broker=session.broker, error=type(error).__name__)
        return WhyNot.BOOK_UNKNOWN
    if unknown:
        return WhyNot.UNKNOWN_ORDERS
    told = account.prices or {}
    prices = {draft.security.isin: told[draft.price_key] for draft in drafts if draft.price_key in told}
    money = Money(prices, account.funds, connector.portfolio is not None)
    return orders(facts.investment, drafts, amount, percent, money)


def _drafts(investment: Investment, connector: Connector, gateway: Gateway) -> list[Draft] | None:
    """What is held as this broker knows it, in its order; None: not all of it can be ordered."""
    lines = [line_of(one) for one in investment.held]
    try:
        known = [line for line in lines if line is not None]
        return drafts_of(known, connector.capabilities, gateway.mode) if len(known) == len(lines) else None
    except (UnknownSecurity, NotAtBroker):
        return None


async def _has_unknown_orders(
    services: FlowServices, gateway: Gateway, connector: Connector, session: LiveSession
) -> bool:
    """Whether the day's book has an order of ours that stands in no database transaction that is left: a database out
    of a dump may have placed this instalment already. Raises `BrokerError`, and `_Wait` while orders that were placed
    just before a restore need not show yet."""
    database = services.database
    window = connector.capabilities.settle_window if services.settle_window is None else services.settle_window
    whole = database.continuity.seconds_whole()
    if whole is None or whole < window:
        raise _Wait(window - (whole or 0.0))
    if connector.orders is None:
        raise LookupError(f"{session.broker} takes no orders")
    pace = pace_of(services, gateway, connector, session.broker_user_id)
    book = await pace.ask(Calls.BOOK, partial(connector.orders.book, session.as_session()))
    tags = {entry.tag for entry in book if entry.tag is not None}
    for gateway_id in await gateway_ids(database) if tags else ():
        tags -= await known_tags(database, gateway_id, sorted(tags))
    return bool(tags)


async def _write(
    services: FlowServices,
    claim: Claim,
    outside: _Outside,
    seen: Facts,
    lines: Sequence[ConfirmedLine],
) -> WhyNot | None:
    """All of it or nothing; None: all of it."""
    connector, session = outside.connector, outside.session
    if connector is None or session is None:
        return WhyNot.NO_LOGIN
    action, investment, now = seen.action, seen.investment, services.clock.now()
    try:
        basket = (await basket_of(services.database, action.gateway_id, action.scid)).basket
    except NotFound:
        return WhyNot.NEW_VERSION
    config = BasketConfig(iscid=action.iscid, amount=action.amount)
    new, transaction = new_transaction(
        services.intents.registered("TRANSACTION", Kind.SIP), action.gateway_id, action.investor_id, config, now
    )
    refused: list[WhyNot] = []

    async def begin(connection: Connection, batch: Batch) -> bool:
        facts = await _facts(connection, services, claim, action, outside)
        why = decide(facts)
        if why is not None or facts.investment != investment or facts.plan != seen.plan:
            refused.append(why or WhyNot.BEING_ORDERED)
            return False
        return await _begin(connection, session, basket, facts, batch, new)

    await reach("flows.instalments.before_write")
    placed = await plan_orders(
        services.database,
        gateway=outside.gateway,
        transaction=transaction,
        session=session,
        execution_mode=connector.execution_mode,
        lines=lines,
        variety=Variety.REGULAR,
        book_day=book_day(outside.market.at, after_market=False),
        now=now,
        basket=ForBasket(basket.scid, investment.iscid, investment.version),
        begin=begin,
        consent_id=action.consent_id,
    )
    await reach("flows.instalments.after_write")
    if placed is not None:
        log.info("instalments.placed", transaction_id=transaction.transaction_id, batch_id=placed)
        return None
    return refused[0] if refused else WhyNot.BEING_ORDERED


async def _begin(
    connection: Connection,
    session: LiveSession,
    basket: Basket,
    facts: Facts,
    batch: Batch,
    new: transactions.NewTransaction,
) -> bool:
    """The transaction, with the login it uses; the investment waits for its batch; the instalment names it."""
    now, at = batch.created_at, {"gateway_id": batch.gateway_id, "transaction_id": batch.transaction_id}
    await transactions.insert_within(connection, new)
    who = {"investor_id": session.investor_id, "session_id": session.session_id, "broker": session.broker}
    if not await life_cycle.use(connection, **at, **who, now=now):
        return False
    if not await beginning_for_sale(Subject(basket, facts.investment))(connection, batch):
        return False
    placed = msgspec.structs.replace(facts.action, why_not=None, transaction_id=batch.transaction_id)
    await store.note_action(connection, placed)
    news = [News(ACTION_UPDATED.name, action_event(placed, facts.standing), notify_partner=True)]
    await change_and_record(connection, None, news, gateway_id=batch.gateway_id, transaction_id=None, now=now)
    return True


async def _say(services: FlowServices, claim: Claim, seen: PendingAction, why: WhyNot) -> None:
    """Note why, and tell it, unless the instalment is over by now or another worker's."""
    async with services.database.transaction() as connection:
        investment = await store.lock_investment(connection, seen.gateway_id, seen.iscid)
        action = await store.lock_open_action(connection, seen.gateway_id, seen.action_id, claim.token)
        if investment is not None and action is not None and action.transaction_id is None:
            standing = await store.standing(connection, investment)
            await actions.say_why_not(connection, action, standing, why, services.clock.now())
