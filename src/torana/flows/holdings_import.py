"""HOLDINGS_IMPORT: the partner sees what the investor holds, once the investor has agreed. They are asked once, not at
every import; what the broker does not tell whole is not passed on at all."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from litestar import Router

from torana.api.answers import iso
from torana.baskets import missing
from torana.connectors.contract import Connector, SessionEnded
from torana.events.log import News, record
from torana.flows import holdings_pages
from torana.flows.account import login_over
from torana.flows.consent_page import is_of
from torana.flows.context import CurrentVisit, FlowServices, connector_of, frame_of, live_session, pace_of
from torana.flows.contract import Changed, Done, Fail, Flow, Keep, LoginNeeded, Page, Step, Wait
from torana.flows.holdings_pages import Look
from torana.flows.holdings_request import (
    EXAMPLES,
    RESULT_EXAMPLE,
    RESULT_SCHEMA,
    TITLE,
    ImportConfig,
    import_schema,
    read_import,
)
from torana.flows.visits import Stage
from torana.holdings.events import CONSENT_WITHDRAWN, HOLDINGS_IMPORTED
from torana.holdings.models import HoldingsUnavailable
from torana.holdings.read_account import read_account
from torana.holdings.refresh import READINGS, RefreshServices, refresh
from torana.holdings.routes import holdings_router
from torana.holdings.store import HOLDINGS_TABLE
from torana.holdings.withdraw import withdraw
from torana.investors import accounts, consents
from torana.investors.consents import VALID_FOR, WithdrawnBy
from torana.investors.models import Consent
from torana.kit.database import Database
from torana.kit.due import Kind
from torana.kit.runner import Handler
from torana.pages.frames import broker_of
from torana.pages.texts.keys import Texts
from torana.pages.views import Closing, ConsentPage, Message
from torana.partners.api_services import ApiServices
from torana.transactions.details import event_of
from torana.transactions.intents import LOGIN, Audience, Intent, Need
from torana.transactions.models import Transaction
from torana.transactions.outcomes import (
    CONSENT_DENIED,
    HOLDINGS_IMPORT_ERROR,
    INTENT_NOT_ENABLED,
    NO_BROKER_AVAILABLE,
    FlowError,
)
from torana.transactions.reading import Faults

_PART = "holdings"
HOLDINGS = Need("holdings", lambda known: known.holdings)
_LEAVING = {reason.name: reason for reason in (CONSENT_DENIED, HOLDINGS_IMPORT_ERROR)}


class HoldingsImport(Flow[ImportConfig]):
    intent = "HOLDINGS_IMPORT"
    title = TITLE
    body_keys = Intent.body_keys | {"version", "assetConfig"}
    audience = Audience.EITHER
    lifetime = timedelta(minutes=5)
    needs = frozenset({LOGIN, HOLDINGS})
    config = ImportConfig
    events = (HOLDINGS_IMPORTED, CONSENT_WITHDRAWN)
    completion = HOLDINGS_IMPORTED
    tables = (HOLDINGS_TABLE,)
    leaving = _LEAVING
    examples = EXAMPLES
    result_schema = RESULT_SCHEMA
    result_example = RESULT_EXAMPLE

    def routes(self, api: ApiServices, services: FlowServices) -> Sequence[Router]:
        return (holdings_router(api, services.intents.tables),)

    def work(self, services: FlowServices) -> Mapping[Kind, Handler]:
        return {READINGS: partial(refresh, refresh_services(services))}

    def read(self, given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> ImportConfig:
        return read_import(given, faults, extra)

    def body_schema(self) -> dict[str, Any]:
        return import_schema()

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        return {"success": True, "snapshotDate": (transaction.result or {}).get("snapshot_date")}

    def completion_news(self, transaction: Transaction, result: Mapping[str, Any]) -> list[News]:
        asked = self.config_of(transaction)
        data = event_of(transaction, version=asked.version, mutual_funds=asked.mutual_funds)
        return [News(HOLDINGS_IMPORTED.name, data, notify_partner=True)]

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.holdings.purpose(app=app)

    async def explain(self, services: FlowServices, current: CurrentVisit, error: FlowError) -> tuple[str, ...]:
        return (current.texts.holdings.not_enabled,) if error == INTENT_NOT_ENABLED else ()

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        connector = connector_of(services, current)
        if connector is None:
            return Fail(NO_BROKER_AVAILABLE)
        consent = await self._consent(services, current)
        if current.stage is Stage.DONE:
            return Page(_done(current, connector, shared=consent is not None))
        if consent is None:
            return Page(await self._asked(services, current, connector))
        if query.get("part") != _PART:
            words = current.texts.holdings
            return Wait(words.reading_title, words.reading_text(broker=connector.capabilities.name), _PART, 3)
        return await _import(services, current, connector, consent)

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step | Keep:
        """Yes to the very words that were shown; or, when it is done, a change of mind."""
        connector, transaction = connector_of(services, current), current.transaction
        investor_id, now = transaction.investor_id, services.clock.now()
        if connector is None or investor_id is None:
            return Changed()
        if current.stage is Stage.DONE:
            consent = await self._consent(services, current)
            if "withdraw" in form and consent is not None:
                await withdraw(
                    services.database,
                    services.intents.tables,
                    transaction.gateway_id,
                    investor_id,
                    consent.consent_id,
                    by=WithdrawnBy.INVESTOR,
                    now=now,
                )
            return Changed()
        page = await self._asked(services, current, connector)
        if not is_of(form.get("consent", ""), page.notice):
            return Page(page, status=422)
        if await self._consent(services, current) is not None:
            return Changed()
        async with services.database.transaction() as connection:
            consent = await consents.give(
                connection,
                gateway_id=transaction.gateway_id,
                investor_id=investor_id,
                scopes=self.config_of(transaction).scopes,
                notice=page.notice,
                language=current.texts.language,
                transaction_id=transaction.transaction_id,
                now=now,
            )
            await record(
                connection,
                gateway_id=transaction.gateway_id,
                transaction_id=transaction.transaction_id,
                type="consent.given",
                data={"consent_id": consent.consent_id, "scopes": consent.scopes},
                now=now,
            )
        return Changed()

    async def _consent(self, services: FlowServices, current: CurrentVisit) -> Consent | None:
        transaction = current.transaction
        if transaction.investor_id is None:
            return None
        scopes = self.config_of(transaction).scopes
        now = services.clock.now()
        return await consents.standing(services.database, transaction.gateway_id, transaction.investor_id, scopes, now)

    async def _asked(self, services: FlowServices, current: CurrentVisit, connector: Connector) -> ConsentPage:
        """What is shared, with whom, for how long."""
        transaction = current.transaction
        investor = await accounts.find(services.database, transaction.gateway_id, transaction.investor_id or "")
        with_funds = self.config_of(transaction).mutual_funds
        until = services.clock.now() + VALID_FOR
        return holdings_pages.question(
            _look(current, connector), investor.broker_user_id if investor else "", until, with_funds=with_funds
        )


async def _import(services: FlowServices, current: CurrentVisit, connector: Connector, consent: Consent) -> Step:
    """Ask the broker now, and keep what it tells."""
    session = live_session(services, current)
    if session is None:
        return LoginNeeded()
    gateway, broker = current.gateway, connector.capabilities.broker
    try:
        pace = pace_of(services, gateway, connector, session.broker_user_id)
        reading = await read_account(connector, session.as_session(), pace, services.clock)
    except SessionEnded:
        return await login_over(services, session, gateway.gateway_id)
    except HoldingsUnavailable as unavailable:
        return Page(holdings_pages.unavailable(_look(current, connector), unavailable.why))
    now = services.clock.now()
    if await services.snapshots.keep(gateway.gateway_id, f"{gateway.mode}/{broker}", consent, reading, now):
        await missing.notice(services.database, gateway.gateway_id, consent.investor_id, reading, now)
    return Done({"snapshot_date": iso(reading.taken_at), "securities": len(reading.held)})


def _look(current: CurrentVisit, connector: Connector) -> Look:
    broker = broker_of(connector.capabilities)
    closing = Closing.WINDOW if current.stage is Stage.DONE else Closing.ASK
    return Look(frame_of(current, closing, broker=broker.name), broker, current.app)


def _done(current: CurrentVisit, connector: Connector, *, shared: bool) -> Message:
    look = _look(current, connector)
    if not shared:
        return holdings_pages.stopped(look)
    told = current.transaction.result if current.own_login else None
    return holdings_pages.shared(look, None if told is None else told["securities"], may_stop=current.own_login)


def refresh_services(services: FlowServices) -> RefreshServices:
    """What a reading without its investor works with."""
    return RefreshServices(
        database=services.database,
        clock=services.clock,
        gateways=services.gateways,
        sessions=services.sessions,
        connectors=services.connectors,
        snapshots=services.snapshots,
        noticed=missing.notice,
    )
