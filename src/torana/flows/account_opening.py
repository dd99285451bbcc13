"""Opening an account at a broker: the web SDK's `signup` and kin. The transaction is one that the SDK makes, not the
partner's backend; its promise resolves with how far it came, however it ended.

The applicant proves a phone number by a code, says who they are, chooses a broker, agrees to what it gets, and goes to
the broker's own page. Somebody who has an account already can log in instead: the transaction goes on as a CONNECT.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from litestar import Router

from torana.connectors.contract import AccountOpenings, Connector
from torana.flows.connect import Connect
from torana.flows.consent_page import is_of
from torana.flows.context import CurrentVisit, FlowServices
from torana.flows.contract import Changed, Fail, Flow, Page, Step
from torana.flows.opening import pages
from torana.flows.opening.pages import OpeningContext
from torana.flows.visits import CUT_WITHIN, Stage, Visit
from torana.kit.database import Database
from torana.kit.due import Kind
from torana.kit.runner import Handler
from torana.leads import store
from torana.leads.marks import LEADS_TABLE
from torana.leads.models import Details, LeadStatus
from torana.leads.progress import HandedOver, Leads, finish_away
from torana.leads.reading import read_form, read_phone, read_prefill
from torana.leads.routes import leads_router
from torana.leads.schemas import LEAD_UPDATED, PROMISED_SCHEMA, promised
from torana.leads.store import LEADS
from torana.one_time_codes.models import RESEND_AFTER, Destination, Sending, Verdict
from torana.one_time_codes.store import CODES_TABLE
from torana.pages.texts.keys import Texts
from torana.partners.api_services import ApiServices
from torana.transactions.intents import Audience, Need, NoConfig, WithoutConfig
from torana.transactions.models import Transaction
from torana.transactions.outcomes import NO_BROKER_AVAILABLE

_KNOWN = {"name": "Asha Rao", "email": "asha@example.in", "contact": "9876543210", "pinCode": "560001"}
_EXAMPLES = {"account_opening": {"intent": "ACCOUNT_OPENING", "userDetails": _KNOWN}}
_AFTER = "INSTEAD_OF_ACCOUNT_OPENING"


async def _promised(database: Database, transaction: Transaction) -> dict[str, Any]:
    return promised(await store.of_transaction(database, transaction.gateway_id, transaction.transaction_id))


class AccountOpening(WithoutConfig, Flow[NoConfig]):
    intent = "ACCOUNT_OPENING"
    title = "Leads"
    examples = _EXAMPLES
    audience = Audience.EITHER
    lifetime = timedelta(minutes=30)
    needs = frozenset[Need]()
    body_keys = frozenset({"intent", "notes", "orderConfig", "userDetails", "loginCta"})
    by_partner = False
    by_page = True
    resolves_always = True
    events = (LEAD_UPDATED,)
    completion = LEAD_UPDATED
    tables = (LEADS_TABLE, CODES_TABLE)
    result_schema = PROMISED_SCHEMA

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        return await _promised(database, transaction)

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.opening.phone_text(app=app)

    def routes(self, api: ApiServices, services: FlowServices) -> Sequence[Router]:
        return (leads_router(api),)

    def work(self, services: FlowServices) -> Mapping[Kind, Handler]:
        return {LEADS: partial(finish_away, leads_of(services))}

    async def begun_by_page(
        self, services: FlowServices, gateway_id: str, transaction_id: str, given: Mapping[str, Any]
    ) -> tuple[str, ...]:
        prefill, dropped = read_prefill(given.get("userDetails"))
        await leads_of(services).begin(gateway_id, transaction_id, prefill, login_offered=given.get("loginCta") is True)
        return dropped

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        context = await _context(services, current)
        if current.stage in (Stage.CONFIRMED, Stage.DONE):
            return _at_broker(context, again="go" in query)
        if not services.brokers(current.gateway, None, {pages.OPENS_ACCOUNTS}):
            return Fail(NO_BROKER_AVAILABLE)
        match context.lead.status:
            case LeadStatus.INITIALIZED:
                return pages.phone(context)
            case LeadStatus.VERIFICATION:
                return await _code_page(context)
            case LeadStatus.DETAILS_REGISTER:
                return pages.details(context, context.details, {})
            case LeadStatus.SELECTED_BROKER:
                return _agree_page(context)
            case _:
                return pages.brokers(context)

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step:
        context = await _context(services, current)
        handler = _STEPS.get((context.lead.status, form.get("step", "")))
        if handler is None or current.stage is Stage.DONE:
            return Changed()
        return await handler(context, form)

    async def came_back(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> None:
        """The broker sends the applicant back, with its signed word or without."""
        context = await _context(services, current)
        connector = context.connector(context.lead.broker)
        if connector is None or connector.account_opening is None:
            return
        try:
            told = connector.account_opening.read(query)
        except ValueError:
            return  # they came back without it, or it is not the broker's: the page says what can be done
        transaction, lead = current.transaction, context.lead
        if told.lead_id != lead.lead_id:
            return
        await context.leads.told(transaction, lead, told.status)
        lead = await context.leads.of_transaction(lead.gateway_id, lead.transaction_id) or lead
        await context.leads.over(transaction, lead)

    async def window_closed(
        self, services: FlowServices, transaction: Transaction, visit: Visit | None, *, sure: bool
    ) -> bool:
        leads = leads_of(services)
        lead = await leads.of_transaction(transaction.gateway_id, transaction.transaction_id)
        if lead is None or not lead.handing_over:
            return False
        left_at = None if visit is None else visit.left_at
        if not sure and left_at is not None and services.clock.now() - left_at < CUT_WITHIN:
            return True
        await leads.over(transaction, lead)
        return False


class ConnectInstead(Connect):
    """What an account opening becomes when the applicant has an account: a CONNECT that tells the lead, too."""

    kind = _AFTER
    by_partner = False
    by_page = False
    resolves_always = True
    examples: Mapping[str, Mapping[str, Any]] = {}
    result_example = None
    result_schema = PROMISED_SCHEMA

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        return await _promised(database, transaction)


def leads_of(services: FlowServices) -> Leads:
    return Leads(services.database, services.cipher, services.clock)


async def _context(services: FlowServices, current: CurrentVisit) -> OpeningContext:
    at = current.transaction.gateway_id, current.transaction.transaction_id
    leads = leads_of(services)
    lead = await leads.of_transaction(*at) or await leads.begin(*at)
    return OpeningContext(services, current, leads, lead, leads.details(lead))


async def _code_page(context: OpeningContext) -> Page:
    lead = context.lead
    sent = await context.services.codes.find(lead.gateway_id, lead.transaction_id)
    if sent is not None and sent.attempts_left <= 0:
        return pages.locked(context)
    return pages.code(context, sent)


def _opening(context: OpeningContext) -> tuple[Connector, AccountOpenings] | None:
    """The chosen broker, None once accounts can no longer be opened there."""
    connector = context.connector(context.lead.broker)
    if connector is None or connector.account_opening is None:
        return None
    return connector, connector.account_opening


def _agree_page(context: OpeningContext) -> Step:
    found = _opening(context)
    return pages.brokers(context) if found is None else Page(pages.agree(context, *found))


def _at_broker(context: OpeningContext, *, again: bool) -> Step:
    """After the applicant agreed: on to the broker, or back from there."""
    current, lead = context.current, context.lead
    found, broker = _opening(context), context.broker
    if current.stage is Stage.DONE:
        return pages.done(context, broker)
    if found is None:  # the operator has taken the way there away meanwhile
        return pages.away(context, broker)
    confirmed_at, left_at = current.transaction.confirmed_at, current.visit.left_at
    goes = lead.handing_over and (left_at is None or confirmed_at is None or left_at < confirmed_at)
    return pages.crossing(context, *found) if again or goes else pages.away(context, broker)


# What the forms of the pages do


async def _send_code(context: OpeningContext, form: Mapping[str, str]) -> Step:
    services, current, lead = context.services, context.current, context.lead
    typed = form.get("phone", "")
    judged = read_phone(typed)
    if judged.problem is not None:
        return pages.phone(context, judged.problem, typed=typed[:20])
    to = Destination.phone(judged.value)
    words = context.texts.opening
    match await services.codes.send(current.gateway, lead.transaction_id, to):
        case Sending.NOT_DELIVERED:
            return pages.phone(context, typed=typed[:20], failed=words.undelivered_text)
        case Sending.TOO_MANY_TO_ADDRESS:
            return pages.phone(context, typed=typed[:20], failed=words.too_many_number)
        case Sending.ADDRESS_TOO_SOON:
            soon = words.too_soon_number(seconds=int(RESEND_AFTER.total_seconds()))
            return pages.phone(context, typed=typed[:20], failed=soon)
        case Sending.TOO_MANY_OF_GATEWAY:
            return pages.phone(context, typed=typed[:20], failed=words.too_many_today)
        case Sending.TOO_MANY | Sending.VERIFIED if not await _waits_for_code(context, to):
            return pages.phone(context, typed=typed[:20], failed=words.too_many_text(app=current.app))
        case _:  # sent, or sent before and still good; locked is told by the next page
            await context.leads.phone_given(current.transaction, lead, judged.value)
            return Changed()


async def _waits_for_code(context: OpeningContext, to: Destination) -> bool:
    """Whether the last code of this transaction went to this number, and can still be given back."""
    codes, lead = context.services.codes, context.lead
    sent = await codes.find(lead.gateway_id, lead.transaction_id)
    good = sent is not None and sent.verified_at is None and sent.expires_at > context.services.clock.now()
    return sent is not None and good and codes.destination(sent) == to


async def _check_code(context: OpeningContext, form: Mapping[str, str]) -> Step:
    services, lead, words = context.services, context.lead, context.texts.opening
    to = Destination.phone(context.details.phone)
    verdict = await services.codes.verify(lead.gateway_id, lead.transaction_id, form.get("code", ""), to)
    sent = await services.codes.find(lead.gateway_id, lead.transaction_id)
    match verdict:
        case Verdict.RIGHT:
            await context.leads.phone_proven(context.current.transaction, lead)
            return Changed()
        case Verdict.SPENT if sent is not None and services.codes.destination(sent) == to:
            await context.leads.phone_proven(context.current.transaction, lead)
            return Changed()
        case Verdict.LOCKED:
            return pages.locked(context)
        case Verdict.MALFORMED:
            return pages.code(context, sent, problem=words.malformed)
        case Verdict.WRONG | Verdict.OTHER_ADDRESS:
            left = 0 if sent is None else sent.attempts_left
            return pages.locked(context) if left <= 0 else pages.code(context, sent, problem=words.wrong(left=left))
        case _:
            return pages.code(context, sent, problem=words.expired)


async def _resend_code(context: OpeningContext, form: Mapping[str, str]) -> Step:
    services, lead = context.services, context.lead
    to = Destination.phone(context.details.phone)
    became = await services.codes.send(context.current.gateway, lead.transaction_id, to)
    sent = await services.codes.find(lead.gateway_id, lead.transaction_id)
    return pages.code(context, sent, resent=became)


async def _other_number(context: OpeningContext, form: Mapping[str, str]) -> Step:
    await context.leads.phone_withdrawn(context.current.transaction, context.lead)
    return Changed()


async def _take_details(context: OpeningContext, form: Mapping[str, str]) -> Step:
    good, wrong = read_form(form)
    if wrong:
        typed = {name: form.get(name, "")[:254] for name in ("name", "email", "pin_code")}
        return pages.details(context, Details(**typed), wrong)
    await context.leads.details_given(context.current.transaction, context.lead, good)
    return Changed()


async def _change_details(context: OpeningContext, form: Mapping[str, str]) -> Step:
    status = LeadStatus.DETAILS_REGISTER
    await context.leads.back_to(context.current.transaction, context.lead, status)
    return Changed()


async def _other_broker(context: OpeningContext, form: Mapping[str, str]) -> Step:
    await context.leads.back_to(context.current.transaction, context.lead, LeadStatus.BROKER_REGISTER)
    return Changed()


async def _choose_broker(context: OpeningContext, form: Mapping[str, str]) -> Step:
    broker = form.get("broker", "")
    if context.connector(broker) is not None:
        await context.leads.broker_chosen(context.current.transaction, context.lead, broker)
    return Changed()


async def _agreed(context: OpeningContext, form: Mapping[str, str]) -> Step:
    """Yes to the very words that were shown: another tab may have changed broker or details meanwhile."""
    found = _opening(context)
    if found is None:
        return Changed()
    connector, opening = found
    page = pages.agree(context, connector, opening)
    if not is_of(form.get("consent", ""), page.notice):
        return Page(page, 422)
    current, lead = context.current, context.lead
    became = await context.leads.hand_over(
        current.transaction, lead, tells=opening.tells, notice=page.without_details, language=context.texts.language
    )
    if became is HandedOver.ELSEWHERE:
        return pages.elsewhere(context, connector.capabilities.name)
    return Changed()


async def _over(context: OpeningContext, form: Mapping[str, str]) -> Step:
    await context.leads.over(context.current.transaction, context.lead)
    return Changed()


async def _log_in_instead(context: OpeningContext, form: Mapping[str, str]) -> Step:
    """They have an account: the transaction goes on with the choice of its broker."""
    if context.lead.login_offered and not context.current.visit.connected:
        await context.leads.turned_to_login(context.lead, Connect.intent, _AFTER)
    return Changed()


_Handler = Callable[[OpeningContext, Mapping[str, str]], Awaitable[Step]]
_STEPS: Mapping[tuple[LeadStatus, str], _Handler] = {
    (LeadStatus.INITIALIZED, "phone"): _send_code,
    (LeadStatus.INITIALIZED, "login"): _log_in_instead,
    (LeadStatus.VERIFICATION, "code"): _check_code,
    (LeadStatus.VERIFICATION, "resend"): _resend_code,
    (LeadStatus.VERIFICATION, "number"): _other_number,
    (LeadStatus.DETAILS_REGISTER, "details"): _take_details,
    (LeadStatus.BROKER_REGISTER, "broker"): _choose_broker,
    (LeadStatus.BROKER_REGISTER, "change"): _change_details,
    (LeadStatus.SELECTED_BROKER, "broker"): _choose_broker,
    (LeadStatus.SELECTED_BROKER, "change"): _change_details,
    (LeadStatus.SELECTED_BROKER, "brokers"): _other_broker,
    (LeadStatus.SELECTED_BROKER, "agree"): _agreed,
    (LeadStatus.PENDING_SUBMISSION, "over"): _over,
    (LeadStatus.SUBMITTED, "over"): _over,
    (LeadStatus.PROCESSING, "over"): _over,
    (LeadStatus.COMPLETED, "over"): _over,
}
"""The forms, by the status of the lead to which they belong; any other changes nothing."""
