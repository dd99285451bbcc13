"""SIP_SETUP: an instalment plan on an investment is made, changed or ended. Nothing is ordered by it: each instalment
that comes due is a pending action, which its investor does with an order of type SIP, or not at all. Where the broker
and the rules allow it they may agree here that it is placed by itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from torana.baskets import plans, store
from torana.baskets.models import Frequency, Plan, PlanEnd, PlanType
from torana.baskets.plan_schemas import (
    PLAN_EXAMPLE,
    PLAN_SCHEMA,
    PLAN_UPDATED,
    PlanAction,
    PlanResult,
    result_of,
    sip_details,
)
from torana.baskets.plans import Agreed, PlanFault, Terms, against, runs
from torana.connectors.contract import Connector
from torana.connectors.registry import Connectors
from torana.flows.consent_page import is_of
from torana.flows.context import CurrentVisit, FlowServices, connector_of
from torana.flows.contract import Changed, Done, Fail, Flow, Keep, Page, Step
from torana.flows.investing.request import amount_in
from torana.flows.planning import pages
from torana.flows.planning.pages import END, STEP, PlanContext
from torana.flows.planning.request import (
    PlanBody,
    PlanConfig,
    auto_fault,
    check_plan,
    day_in,
    plan_subject,
    read_plan_config,
)
from torana.flows.visits import Stage
from torana.investors import accounts, consents
from torana.investors.consents import WithdrawnBy
from torana.investors.models import Scope
from torana.kit.database import Connection, Database
from torana.kit.errors import ApiError
from torana.kit.ids import new_id
from torana.kit.money import short_rupees
from torana.pages.frames import broker_of
from torana.pages.texts.keys import Texts
from torana.pages.views import ConsentPage
from torana.partners.access import Access
from torana.transactions import life_cycle
from torana.transactions.intents import LOGIN, Audience
from torana.transactions.models import Transaction
from torana.transactions.outcomes import INTERNAL_ERROR, NO_BROKER_AVAILABLE, SMALLCASE_ARCHIVED, UP_TO_DATE
from torana.transactions.reading import Faults, object_at, schema_of

_KEPT = "plan"
"""Under which a visit keeps what was chosen: `terms`, or that it is to `end`; None: nothing."""
_EXAMPLE = {"iscid": "65f0c0ffee65f0c0ffee65f2"}


class SipSetup(Flow[PlanConfig]):
    intent = "SIP_SETUP"
    title = "Instalments"
    audience = Audience.CONNECTED
    lifetime = timedelta(minutes=15)
    needs = frozenset({LOGIN})
    config = PlanConfig
    events = (PLAN_UPDATED,)
    completion = PLAN_UPDATED
    examples = {"sip_setup": {"intent": "SIP_SETUP", "orderConfig": _EXAMPLE}}  # noqa: RUF012
    result_schema = PLAN_SCHEMA
    result_example = PLAN_EXAMPLE

    # what is asked for, and what came out

    def read(self, given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> PlanConfig:
        example = msgspec.json.encode(_EXAMPLE).decode()
        return read_plan_config(object_at(given, "orderConfig", faults, example=example), extra, faults)

    def body_schema(self) -> dict[str, Any]:
        return {"required": ["orderConfig"], "properties": {"orderConfig": schema_of(PlanBody)}}

    def order_config(self, config: PlanConfig) -> dict[str, Any]:
        return {
            "scid": config.scid,
            "iscid": config.iscid,
            "sipAction": config.action,
            "sipType": config.type,
            "amount": None if config.amount is None else short_rupees(config.amount),
            "frequency": config.frequency,
            "scheduledDate": None if config.day is None else config.day.isoformat(),
        }

    async def check_subject(
        self, database: Database, connectors: Connectors, access: Access, config: PlanConfig, now: datetime
    ) -> None:
        await check_plan(database, connectors, access, config, now)

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        return sip_details(transaction.result)

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.plan.purpose(app=app)

    # the pages

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        connector = connector_of(services, current)
        if connector is None:
            return Fail(NO_BROKER_AVAILABLE)
        if current.stage is Stage.DONE:
            return Page(pages.done(current, broker_of(connector.capabilities)))
        context = await self._context(services, current, connector)
        return context if isinstance(context, Fail) else self._page(context)

    def _page(self, context: PlanContext) -> Step:
        kept, before = context.current.visit.answers.get(_KEPT), context.before
        ending = self._ending(context)
        if ending is not None:
            may_keep = not (context.withdrawn or self._asked_to_end(context))
            return Page(pages.end_question(context, ending, may_keep=may_keep))
        if self._asked_to_end(context):  # by another window meanwhile, or with the investment
            return Done(
                msgspec.to_builtins(PlanResult(PlanAction.END, context.investment.iscid, context.investment.scid))
            )
        if context.withdrawn:
            return Fail(SMALLCASE_ARCHIVED)
        if not context.investment.held:
            return Fail(UP_TO_DATE)
        if not kept or kept == END:
            return Page(pages.form(context, pages.proposed(context, self.config_of(context.current.transaction))))
        terms = msgspec.convert(kept, Terms)
        faults = against(before, terms.amount, terms.day, context.least, context.now)
        if terms.auto and not context.may_be_auto:  # a new version, or the operator's word, came in between
            return Page(pages.form(context, pages.proposed(context, self.config_of(context.current.transaction))))
        return Page(pages.refused(context, terms, faults) if faults else pages.review(context, terms))

    def _ending(self, context: PlanContext) -> Plan | None:
        """The plan that is to be ended; None: none is."""
        wanted = self._asked_to_end(context) or context.current.visit.answers.get(_KEPT) == END
        return context.before if runs(context.before) and (wanted or context.withdrawn) else None

    def _asked_to_end(self, context: PlanContext) -> bool:
        return self.config_of(context.current.transaction).action is PlanAction.END

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step | Keep:
        connector = connector_of(services, current)
        if current.stage is not Stage.REVIEWING or connector is None:
            return Changed()
        context = await self._context(services, current, connector)
        if isinstance(context, Fail):
            return context
        match form.get(STEP):
            case pages.TERMS:
                return _chosen(context, form)
            case pages.END:
                return Keep({_KEPT: END})
            case pages.AGAIN:
                return Keep({_KEPT: None})
        return await self._agreed(services, context, form)

    async def _agreed(self, services: FlowServices, context: PlanContext, form: Mapping[str, str]) -> Step:
        """Yes to the very words that are shown now, about the investment and its plan as they are now."""
        shown = self._page(context)
        if not isinstance(shown, Page) or not isinstance(shown.view, ConsentPage):
            return shown
        if not is_of(form.get("consent", ""), shown.view.notice):
            return Page(shown.view, 422)
        kept, transaction = context.current.visit.answers.get(_KEPT), context.current.transaction
        investment, before = context.investment, context.before
        at, now = (transaction.gateway_id, investment.iscid), services.clock.now()
        async with services.database.transaction() as connection:
            if before is not None and before.consent_id:
                await consents.hold(connection, transaction.gateway_id, before.consent_id)
            if await store.lock_investment(connection, *at) != investment:
                return Changed()
            if await store.lock_plan(connection, *at) != before:
                return Changed()
            version = await store.version_for_sale(connection, transaction.gateway_id, investment.scid)
            ending = self._ending(context)
            if ending is not None:
                action, plan = PlanAction.END, plans.over(ending, PlanEnd.INVESTOR, now)
            elif version is not None and kept:
                action, terms = PlanAction.MANAGE if runs(before) else PlanAction.CREATE, msgspec.convert(kept, Terms)
                if terms.auto and version != context.subject.basket.version:
                    return Changed()
                auto = Agreed(new_id("cns"), version) if terms.auto else None
                plan = plans.agreed(investment, before, terms, now, auto)
            else:
                return Changed()
            result = msgspec.to_builtins(result_of(action, investment, plan))
            if await life_cycle.complete(
                connection,
                gateway_id=transaction.gateway_id,
                transaction_id=transaction.transaction_id,
                result=result,
                news=self.completion_news(transaction, result),
                now=now,
            ):
                await plans.save(connection, investment, plan, now)
                await _end_consent(connection, before, now)
                if plan.consent_id:
                    await _give_consent(connection, context, shown.view, plan.consent_id, now)
        return Changed()

    async def _context(self, services: FlowServices, current: CurrentVisit, connector: Connector) -> PlanContext | Fail:
        transaction, database = current.transaction, services.database
        investor_id = transaction.investor_id or ""
        try:
            found = await plan_subject(database, transaction.gateway_id, investor_id, self.config_of(transaction))
        except ApiError:
            return Fail(INTERNAL_ERROR)
        subject, before = found
        if subject.investment is None:
            return Fail(INTERNAL_ERROR)
        return PlanContext(
            current,
            broker_of(connector.capabilities),
            await accounts.name_of(database, transaction.gateway_id, investor_id),
            subject,
            subject.investment,
            before,
            await plans.minimum(database, current.gateway.mode.value, subject.investment),
            services.clock.now(),
            may_be_auto=auto_fault(subject, connector) is None,
        )


async def _give_consent(
    connection: Connection, context: PlanContext, page: ConsentPage, consent_id: str, now: datetime
) -> None:
    """Keep the very words to which the investor just said yes."""
    current = context.current
    await consents.give(
        connection,
        gateway_id=current.transaction.gateway_id,
        investor_id=context.investment.investor_id,
        scopes={Scope.INSTALMENTS},
        notice=page.notice,
        language=current.texts.language,
        transaction_id=current.transaction.transaction_id,
        now=now,
        consent_id=consent_id,
    )


async def _end_consent(connection: Connection, before: Plan | None, now: datetime) -> None:
    """What was agreed to before holds no more, whatever comes in its place."""
    if before is not None and before.consent_id:
        at = before.gateway_id, before.consent_id
        await consents.end(connection, *at, by=WithdrawnBy.INVESTOR, now=now)


def _chosen(context: PlanContext, form: Mapping[str, str]) -> Step | Keep:
    """What the form of the first page says, or what is wrong with it."""
    faults: list[PlanFault] = []
    amount, frequency, day = None, None, day_in(form.get("day", "").strip())
    try:
        amount = amount_in(form.get("amount", ""))
    except ValueError:
        faults.append(PlanFault.AMOUNT)
    try:
        frequency = Frequency(form.get("frequency", ""))
    except ValueError:
        faults.append(PlanFault.FREQUENCY_UNKNOWN)
    if day is None:
        faults.append(PlanFault.DATE)
    faults += against(context.before, amount, day, context.least, context.now)
    if faults or amount is None or frequency is None or day is None:
        texts = pages.problem_texts(context, amount)
        return Page(pages.form(context, form, {fault: texts[fault] for fault in faults}), 422)
    auto = context.may_be_auto and form.get("type") == PlanType.AUTO
    return Keep({_KEPT: msgspec.to_builtins(Terms(amount, frequency, day, auto))})
