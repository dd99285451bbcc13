"""TRANSACTION on a basket: BUY, INVESTMORE, SIP, MANAGE, PARTIALEXIT, EXIT, REBALANCE and FIX. They differ in how their
lines come about; the review, the orders and what their end makes of the investment are the same."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from litestar import Router

from torana.baskets import store as basket_store
from torana.baskets.action_routes import actions_router
from torana.baskets.action_schemas import ACTION_EVENTS
from torana.baskets.actions import ask_holders, take_up
from torana.baskets.investments import Kind, lacking
from torana.baskets.isin_changes import convert_holders
from torana.baskets.models import ActionKind, Constituent, WhyNot
from torana.baskets.parts import Recipe, as_held, by_basket, changed, rebalanced
from torana.baskets.plan_schemas import PLAN_UPDATED
from torana.baskets.plans import come_due
from torana.baskets.positions import Position
from torana.baskets.schedule import due_at
from torana.baskets.store.actions import ACTIONS_TABLE, HOLDERS, INSTALMENTS
from torana.baskets.store.isin_changes import ISIN_CHANGES
from torana.baskets.store.missing import MISSING_TABLE
from torana.baskets.store.plans import PLANS, PLANS_TABLE
from torana.baskets.subject import Subject, archive, basket_of, take_version
from torana.flows import store as flow_store
from torana.flows.context import FlowServices, frame_of
from torana.flows.contract import Changed, Fail, Keep, Page, Step
from torana.flows.instalments.place_due import place_instalment
from torana.flows.investing.amounts import AmountOrder, Planned
from torana.flows.investing.editing import SharesOrder
from torana.flows.investing.flow import BasketOrder, kept, line_of, to_keep
from torana.flows.investing.prices import Priced, priced
from torana.flows.investing.request import TITLES, BasketConfig, BuyBody, example
from torana.flows.ordering.flow import CHOICE
from torana.flows.ordering.models import Chosen
from torana.flows.ordering.moment import Moment
from torana.kit.database import Database
from torana.kit.due import Kind as DueKind
from torana.kit.runner import Handler
from torana.orders import store
from torana.orders.schemas import BATCH_EVENTS
from torana.pages.frames import broker_of
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Closing, Message, Notice, Tone
from torana.partners.api_services import ApiServices
from torana.transactions import life_cycle
from torana.transactions.intents import Audience
from torana.transactions.models import Transaction
from torana.transactions.outcomes import NOT_TRADABLE, SMALLCASE_ARCHIVED, UP_TO_DATE
from torana.transactions.reading import schema_of


class Buy(AmountOrder):
    """A first investment: the amount becomes whole shares of every constituent."""

    kind = of = Kind.BUY
    title = TITLES[of]
    audience = Audience.EITHER
    first = True
    examples = example(Kind.BUY, scid="LANTERN_0001", amount=5000)

    def body_schema(self) -> dict[str, Any]:
        return {"required": ["orderConfig"], "properties": {"orderConfig": schema_of(BuyBody)}}

    async def subject(
        self, database: Database, gateway_id: str, investor_id: str | None, config: BasketConfig
    ) -> Subject:
        return await basket_of(database, gateway_id, config.scid or "")

    def securities(self, subject: Subject) -> Sequence[Constituent | Position]:
        return subject.basket.constituents

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.investing.purpose_buy(app=app)

    def recipe(self, subject: Subject, found: Priced) -> Recipe:
        return by_basket(subject.basket.constituents, found.prices)


class InvestMore(AmountOrder):
    """More of what is held, in the proportions in which it is held now."""

    kind = of = Kind.INVESTMORE
    title = TITLES[of]
    examples = example(Kind.INVESTMORE, amount=5000)

    def recipe(self, subject: Subject, found: Priced) -> Recipe:
        return as_held(() if subject.investment is None else subject.investment.held, found.prices)


class Sip(InvestMore):
    """A due instalment: the same, under its own name."""

    kind = of = Kind.SIP
    title = TITLES[of]
    examples = example(Kind.SIP, amount=2000)
    events = (*BATCH_EVENTS, PLAN_UPDATED)
    tables = (PLANS_TABLE,)

    def work(self, services: FlowServices) -> Mapping[DueKind, Handler]:
        return {
            PLANS: partial(come_due, services.database, services.clock),
            INSTALMENTS: partial(place_instalment, services),
        }

    async def planned(self, moment: Moment, subject: Subject) -> Planned | None:
        if subject.investment is None:
            return None
        investor_id, iscid = subject.investment.investor_id, subject.investment.iscid
        asked = await basket_store.pending(moment.services.database, subject.basket.gateway_id, investor_id, iscid)
        due = next((one.action for one in asked if one.action.kind is ActionKind.SIP), None)
        if due is None or due.amount is None or due.day is None:
            return None
        if due.consent_id and due.why_not is not WhyNot.TAKEN_UP:
            await take_up(moment.services.database, due, moment.services.clock.now())
        words = moment.current.texts.investing
        title = words.instalment_title(day=due_at(due.day))
        return Planned(due.amount, Notice(Tone.NOTE, title, words.instalment_text(amount=due.amount)))


class Manage(SharesOrder):
    """The investor edits the shares."""

    kind = of = Kind.MANAGE
    title = TITLES[of]
    after_market = False
    sells_only = False
    examples = example(Kind.MANAGE)


class PartialExit(SharesOrder):
    kind = of = Kind.PARTIALEXIT
    title = TITLES[of]
    sells_only = True
    examples = example(Kind.PARTIALEXIT)


class Exit(BasketOrder):
    kind = of = Kind.EXIT
    title = TITLES[of]
    examples = example(Kind.EXIT)

    async def of_subject(self, moment: Moment, subject: Subject) -> Chosen | Step:
        held, notices = self.tradable(moment, subject)
        words = moment.current.texts.investing
        what = Notice(Tone.NOTE, words.exit_title(basket=subject.basket.profile.name), words.exit_text)
        return self.chosen(moment, subject, changed(held, (), {}), [what, *notices])


class Fix(BasketOrder):
    """What earlier batches left unfilled, placed anew. Also called REPAIR."""

    kind = of = Kind.FIX
    aliases = frozenset({"REPAIR"})
    title = TITLES[of]
    needs_holding = False
    examples = example(Kind.FIX)

    async def of_subject(self, moment: Moment, subject: Subject) -> Chosen | Step:
        investment = subject.investment
        if investment is None or not investment.repairs:
            archived = investment is not None and investment.archived_at is not None and not investment.held
            return Fail(SMALLCASE_ARCHIVED if archived else UP_TO_DATE)
        database, gateway_id = moment.services.database, moment.current.gateway.gateway_id
        batches = await store.of_transactions(database, gateway_id, [], investment.repairs)
        words = moment.current.texts.investing
        what = Notice(Tone.NOTE, words.fix_title(basket=subject.basket.profile.name), words.fix_text)
        return self.chosen(moment, subject, lacking(investment, batches), [what])


class Rebalance(BasketOrder):
    """The newest version of the basket in the place of the one that is held."""

    kind = of = Kind.REBALANCE
    title = TITLES[of]
    for_sale = True
    after_market = False
    examples = example(Kind.REBALANCE)
    events = (*BATCH_EVENTS, *ACTION_EVENTS)
    tables = (ACTIONS_TABLE, MISSING_TABLE)

    def routes(self, api: ApiServices, services: FlowServices) -> Sequence[Router]:
        return (actions_router(api),)

    def work(self, services: FlowServices) -> Mapping[DueKind, Handler]:
        at = services.database, services.clock
        return {HOLDERS: partial(ask_holders, *at), ISIN_CHANGES: partial(convert_holders, *at)}

    async def of_subject(self, moment: Moment, subject: Subject) -> Chosen | Step:
        investment, words = subject.investment, moment.current.texts.investing
        if investment is None or investment.version == subject.basket.version:
            return Fail(UP_TO_DATE)
        if investment.repairs:
            return await self._repair_first(moment, subject)
        known = kept(moment, subject)
        held, notices = self.tradable(moment, subject)
        if known is None:
            new = subject.basket.constituents
            if any(line_of(one) is None for one in new):
                return Fail(NOT_TRADABLE)
            found = await priced(moment, [*held, *new])
            if not isinstance(found, Priced):
                return found
            parts = rebalanced(held, by_basket(new, found.prices), found.prices)
            if not parts:
                await take_version(moment.services.database, subject, moment.services.clock.now())
                return Fail(UP_TO_DATE)
            visit = moment.current.visit
            answers = to_keep(subject, parts)
            await flow_store.keep_answers(moment.services.database, visit.gateway_id, visit.visit_id, answers)
        else:
            parts, _ = known
        what = Notice(Tone.NOTE, words.rebalance_title(basket=subject.basket.profile.name), words.rebalance_text)
        return self.chosen(moment, subject, parts, [what, *notices])

    async def chose(self, moment: Moment, form: Mapping[str, str]) -> Step | Keep:
        """What an earlier order left is left out for good: the investor decides it on the page that says so."""
        subject = await self.open_subject(moment)
        if form.get(CHOICE) == "archive" and isinstance(subject, Subject) and subject.investment is not None:
            at = subject.investment.gateway_id, subject.investment.investor_id, subject.investment.iscid
            await archive(moment.services.database, *at, moment.services.clock.now())
        return Changed()

    async def _repair_first(self, moment: Moment, subject: Subject) -> Page:
        current, broker = moment.current, broker_of(moment.connector.capabilities)
        transaction, words = current.transaction, current.texts.investing
        at = {"gateway_id": transaction.gateway_id, "transaction_id": transaction.transaction_id}
        async with moment.services.database.transaction() as connection:
            await life_cycle.require_action(connection, **at, now=moment.services.clock.now())
        return Page(
            Message(
                frame_of(current, Closing.ASK, broker=broker.name),
                Tone.ASK,
                words.repair_title,
                (words.repair_text(basket=subject.basket.profile.name),),
                broker,
                Action(words.repair_leave, post="confirm", fields={CHOICE: "archive"}),
                Action(current.texts.page.back_to(app=current.app), post="cancel"),
            )
        )
