"""MF_HOLDINGS_IMPORT: what an investor holds of mutual funds, from their registrar. No broker has a part in it: the
code that the registrar sends is the investor's word."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from litestar import Router

from torana.flows.consent_page import is_of
from torana.flows.context import CurrentVisit, FlowServices, frame_of
from torana.flows.contract import Changed, Fail, Flow, Page, Step, Work
from torana.flows.mf_pages import Typed, agreed_text, code_page, details_page, fetching_page, message
from torana.flows.visits import Stage
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.kit.due import Kind
from torana.kit.runner import Handler
from torana.mutual_funds.fetch import FUND_IMPORTS, fetch
from torana.mutual_funds.imports import NoRegistrar, statement_of
from torana.mutual_funds.models import Applicant, FundImport
from torana.mutual_funds.registrar import Refusal, RegistrarAway, RegistrarRefused
from torana.mutual_funds.result import FAILED, IMPORTED, RESULT_EXAMPLE, RESULT_SCHEMA, told
from torana.mutual_funds.routes import mutual_funds_router
from torana.mutual_funds.schemas import INTENT, TITLE, Given, ImportConfig, config_schema, read_config
from torana.mutual_funds.store import FUND_IMPORTS_TABLE
from torana.one_time_codes.models import RESEND_AFTER, Channel, Sending, Verdict
from torana.pages.ends import error_of
from torana.pages.frames import ending
from torana.pages.texts.keys import Texts
from torana.pages.views import Closing, Message, Tone
from torana.partners.api_services import ApiServices
from torana.transactions.intents import Audience
from torana.transactions.models import Transaction
from torana.transactions.outcomes import INTENT_NOT_ENABLED, FlowError
from torana.transactions.personal import open_personal
from torana.transactions.reading import Faults

_EXAMPLES = {
    "mutual_funds": {"intent": INTENT, "responseConfig": {"casSummary": True, "casDetail": True}},
    "mutual_funds_given": {
        "intent": INTENT,
        "assetConfig": {"pan": "ABCPE1234F", "phone": "9876543210", "fromDate": "2024-04-01", "flow": "wealth"},
        "responseConfig": {"casSummary": True},
    },
}


class MfHoldingsImport(Flow[ImportConfig]):
    intent = INTENT
    title = TITLE
    body_keys = frozenset({"intent", "notes", "orderConfig", "assetConfig", "responseConfig"})
    audience = Audience.EITHER
    lifetime = timedelta(minutes=5)
    needs = frozenset()
    config = ImportConfig
    events = (IMPORTED, FAILED)
    completion = IMPORTED
    tables = (FUND_IMPORTS_TABLE,)
    examples = _EXAMPLES
    result_schema = RESULT_SCHEMA
    result_example = RESULT_EXAMPLE

    def routes(self, api: ApiServices, services: FlowServices) -> Sequence[Router]:
        return (mutual_funds_router(api, services.fund_imports, services.intents),)

    def work(self, services: FlowServices) -> Mapping[Kind, Handler]:
        return {FUND_IMPORTS: partial(fetch, services.fund_imports, services.gateways)}

    def read(self, given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> ImportConfig:
        return read_config(given, faults, extra)

    def body_schema(self) -> dict[str, Any]:
        return config_schema()

    def parted(self, config: ImportConfig) -> tuple[ImportConfig, str]:
        if config.given is None:
            return config, ""
        return msgspec.structs.replace(config, given=None), msgspec.json.encode(config.given).decode()

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.mutual_funds.purpose(app=app)

    async def kept_result(self, database: Database, cipher: Cipher, transaction: Transaction) -> dict[str, Any]:
        at = (transaction.gateway_id, transaction.transaction_id)
        over = transaction.finished_at is not None
        return await told(database, cipher, *at, self.config_of(transaction), updating=not over)

    async def explain(self, services: FlowServices, current: CurrentVisit, error: FlowError) -> tuple[str, ...]:
        return (current.texts.mutual_funds.failed_more,)

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        try:
            registrar = services.fund_imports.registrar(current.gateway).name
        except NoRegistrar:
            return Fail(INTENT_NOT_ENABLED)
        if current.stage is Stage.DONE:
            return Page(await self._over(services, current, registrar))
        if current.stage is Stage.CONFIRMED:
            return Work(fetching_page(current, registrar))
        found = await services.fund_imports.find(current.transaction)
        if found is not None and found.waits_for_code and query.get("part") != "details":
            return self._code(services, current, found)
        way = Channel.EMAIL if query.get("by") == "email" else Channel.PHONE
        return self._details(services, current, Typed(way=way))

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step:
        if current.stage is not Stage.REVIEWING:
            return Changed()
        try:
            if "otp" in form:
                return await self._check(services, current, form["otp"])
            return await self._ask(services, current, form)
        except NoRegistrar:
            return Fail(INTENT_NOT_ENABLED)
        except RegistrarAway:
            return Page(message(current, services.fund_imports.registrar(current.gateway).name))

    # the code is asked for

    async def _ask(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step:
        """The person agreed to what the page says; a code goes to them."""
        imports = services.fund_imports
        found = await imports.find(current.transaction)
        typed = Typed(
            form.get("pan", ""), form.get("to", ""), Channel.EMAIL if form.get("by") == "email" else Channel.PHONE
        )
        applicant = _given(services, current).applicant or typed.applicant
        wanted = self.config_of(current.transaction).wanted
        said = agreed_text(current, imports.registrar(current.gateway).name, wanted, imports.kept_days)
        consent = {"way": "page", "language": current.texts.language, "text": said.split("\n")}
        is_agreed = is_of(form.get("consent", ""), said)
        if "resend" in form and found is not None:
            applicant, consent, is_agreed = imports.applicant(found), found.consent, True
        if applicant is None or not is_agreed:
            return self._details(services, current, typed, checked=True)
        try:
            sending = await imports.send(current.gateway, current.transaction, applicant, wanted, consent)
        except RegistrarRefused as refused:
            if refused.refusal is not Refusal.NOT_KNOWN:
                raise RegistrarAway(refused.refusal.value) from None
            return self._details(services, current, typed, unknown=applicant)
        match sending:
            case Sending.TOO_SOON if found is not None and found.waits_for_code:
                seconds = int(RESEND_AFTER.total_seconds())
                return self._code(services, current, found, current.texts.mutual_funds.code_soon(seconds=seconds))
            case Sending.TOO_SOON:
                return self._details(services, current, typed, soon=True)
            case Sending.TOO_MANY if found is not None and found.waits_for_code:
                return self._code(services, current, found, current.texts.mutual_funds.code_none)
            case Sending.TOO_MANY:
                return self._details(services, current, typed, exhausted=True)
            case _:
                return Changed()

    async def _check(self, services: FlowServices, current: CurrentVisit, code: str) -> Step:
        """The code comes back."""
        words = current.texts.mutual_funds
        try:
            verdict = await services.fund_imports.check(current.gateway, current.transaction, code)
        except RegistrarRefused as refused:
            raise RegistrarAway(refused.refusal.value) from None
        found = await services.fund_imports.find(current.transaction)
        if found is None or not found.waits_for_code:
            return Changed()
        match verdict:
            case Verdict.WRONG:
                return self._code(services, current, found, words.code_wrong(left=found.tries_left))
            case Verdict.MALFORMED:
                return self._code(services, current, found, words.code_problem)
            case Verdict.EXPIRED:
                return self._code(services, current, found, words.code_over)
            case _:
                return Changed()

    # the pages

    def _details(
        self,
        services: FlowServices,
        current: CurrentVisit,
        typed: Typed,
        *,
        checked: bool = False,
        unknown: Applicant | None = None,
        exhausted: bool = False,
        soon: bool = False,
    ) -> Page:
        given = _given(services, current)
        if not checked and not typed.pan and not typed.to:
            typed = typed.filled(given)
        return details_page(
            current,
            registrar=services.fund_imports.registrar(current.gateway).name,
            wanted=self.config_of(current.transaction).wanted,
            kept_days=services.fund_imports.kept_days,
            given=given.applicant,
            typed=typed,
            checked=checked,
            unknown=unknown,
            exhausted=exhausted,
            soon=soon,
        )

    def _code(self, services: FlowServices, current: CurrentVisit, found: FundImport, problem: str = "") -> Step:
        applicant = services.fund_imports.applicant(found)
        if applicant is None:
            return Changed()
        registrar = services.fund_imports.registrar(current.gateway).name
        fixed = _given(services, current).applicant is not None
        return code_page(current, registrar, applicant, problem=problem, may_change=not fixed)

    async def _over(self, services: FlowServices, current: CurrentVisit, registrar: str) -> Message:
        """How it ended, or that it goes on without the investor."""
        frame, words, transaction = frame_of(current, Closing.WINDOW), current.texts.mutual_funds, current.transaction
        if transaction.error_name is not None:
            error = error_of(transaction)
            why = (words.failed_text(registrar=registrar), words.failed_more, current.texts.page.nothing_traded)
            code = f"{error.name} · {error.code}"
            return Message(frame, Tone.BAD, words.failed_title, why, code=code, ending=ending(frame, current.app))
        over = ending(frame, current.app)
        if transaction.finished_at is None:
            text = words.later_text(registrar=registrar, app=current.app)
            return Message(frame, Tone.QUEUE, words.later_title, (text, current.texts.page.nothing_traded), ending=over)
        statement = statement_of(services.cipher, await services.fund_imports.find(transaction))
        if statement is not None and not statement.holdings:
            text = words.none_text(registrar=registrar, app=current.app)
            return Message(frame, Tone.NOTE, words.none_title, (text,), ending=over)
        title = words.done_title(app=current.app)
        if statement is None:
            return Message(frame, Tone.GOOD, title, (current.texts.page.nothing_traded,), ending=over)
        values = [one.value for one in statement.holdings]
        count = len(values)
        known = [one for one in values if one is not None]
        worth = (
            words.done_worth(schemes=count, value=sum(known))
            if len(known) == count
            else words.done_count(schemes=count)
        )
        return Message(frame, Tone.GOOD, title, (worth, current.texts.page.nothing_traded), ending=over)


def _given(services: FlowServices, current: CurrentVisit) -> Given:
    """What the partner said of the person when they made the transaction."""
    said = open_personal(services.cipher, current.transaction)
    return Given() if said is None else msgspec.json.decode(said, type=Given)
