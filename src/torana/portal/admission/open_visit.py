"""The pop-up reaches us: make the one visit of its transaction, or go on with it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import asyncpg
import msgspec
import structlog

from torana.events.log import News
from torana.flows.context import CurrentVisit, FlowServices, home_of, meets
from torana.flows.registry import FLOWS
from torana.investors import accounts
from torana.investors.models import Investor
from torana.kit.errors import ApiError, NotFound
from torana.kit.letter_case import lower
from torana.pages.frames import return_address
from torana.partners.access import Access
from torana.partners.gateway_details import broker_key
from torana.partners.models import Gateway
from torana.portal import store
from torana.portal.admission.admit import (
    DEVELOPER,
    Admitted,
    FlowOver,
    Known,
    NotAdmitted,
    admit,
    check_open,
    recognise_flow,
)
from torana.portal.admission.browser_auth import hashed, is_on_allowed_origin
from torana.transactions import life_cycle
from torana.transactions.create import check, create
from torana.transactions.outcomes import (
    IN_PROCESS,
    INTENT_NOT_ENABLED,
    INVALID_TRANSACTION,
    NO_BROKER_AVAILABLE,
    FlowError,
)
from torana.transactions.schemas import read_create
from torana.transactions.store import find as find_transaction

_LONGEST_ADDRESS = 2000
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the visit is, and the cookie that proves that this browser may go on with it."""

    home: str
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What a new visit starts with."""

    brokers: list[str] | None = None
    broker: str | None = None
    error: FlowError | None = None
    without_broker: bool = False
    """No broker has a part in it: the pages of the flow come at once."""


async def open_visit(
    services: FlowServices, form: Mapping[str, str], origin: str | None, language: str | None = None
) -> Opened:
    """`language` is the code of the one that its pages begin in. Raises `NotAdmitted` or `FlowOver`.

    The same flow may come again, after a reload for instance: it meets the truth. Another one does not get in.
    """
    admitted = await admit(
        services,
        gateway=form.get("gateway", ""),
        auth_token=form.get("authToken", ""),
        # A browser always says where a form comes from. What says nothing is no browser, and could say anything.
        origin=form.get("origin") if origin is None else origin,
    )
    return_url = _return_url(admitted.gateway, form.get("returnUrl", ""))
    try:
        return await _opened(services, admitted, form, return_url, language)
    except FlowOver as over:
        transaction_id = form.get("transactionId", "")
        back = None if return_url is None else return_address(return_url, transaction_id)
        raise FlowOver(over.error, admitted.gateway, back) from None


async def _opened(
    services: FlowServices,
    admitted: Admitted,
    form: Mapping[str, str],
    return_url: str | None,
    language: str | None,
) -> Opened:
    """Raises `NotAdmitted` or `FlowOver`."""
    known = await recognise_flow(services, admitted, form.get("transactionId", ""), form.get("flow", ""))
    check_open(admitted.gateway, known.transaction)
    cookie = secrets.token_urlsafe(32)
    visit_id = None
    if known.visit is None:
        visit_id = await _begin(services, admitted, known, form, return_url, cookie, language)
    if visit_id is None:
        visit_id = await store.reopen(
            services.database,
            gateway_id=admitted.gateway.gateway_id,
            transaction_id=known.transaction.transaction_id,
            flow_hash=hashed(form["flow"]),
            cookie_hash=hashed(cookie),
            connected=admitted.investor is not None,
            return_url=return_url,
            now=services.clock.now(),
        )
    if visit_id is None:
        raise FlowOver(IN_PROCESS)
    return Opened(home_of(admitted.gateway, visit_id), cookie)


class NotOpened(StrEnum):
    """Why the window does not go on with another transaction."""

    GONE = "gone"
    """What it is about is not there, or not this investor's."""
    REFUSED = "refused"
    """It is not offered to them."""


async def open_within(services: FlowServices, current: CurrentVisit, body: Mapping[str, Any]) -> Opened | NotOpened:
    """Another transaction of the investor, in the same window: at its end the browser comes back to this visit."""
    gateway, investor_id, now = current.gateway, current.transaction.investor_id, services.clock.now()
    access = Access(gateway, investor_id)
    try:
        wanted = read_create(FLOWS, msgspec.json.encode(body))
        intent = FLOWS.registered(wanted.intent, wanted.kind)
        check(intent, access)
        await intent.check_subject(services.database, services.connectors, access, wanted.config, now)
    except ApiError as error:
        log.info("portal.not_begun", errors=error.errors, why=error.message)
        return NotOpened.GONE if isinstance(error, NotFound) else NotOpened.REFUSED
    made = await create(services.database, services.intents, access, wanted, now, None, cipher=services.cipher)
    transaction = await find_transaction(services.database, gateway.gateway_id, made.transaction_id)
    investor = None if investor_id is None else await accounts.find(services.database, gateway.gateway_id, investor_id)
    if transaction is None:
        raise LookupError(f"the transaction {made.transaction_id} is gone as soon as it was made")
    known, cookie = Known(transaction, None, investor_id), secrets.token_urlsafe(32)
    form = {"flow": secrets.token_urlsafe(32), "amo": "true" if current.visit.amo else "false"}
    back = f"{services.public_url.rstrip('/')}{current.home}"
    outer, language = current.visit.visit_id, current.texts.language
    visit_id = await _begin(
        services, Admitted(gateway, investor), known, form, back, cookie, language, outer_visit_id=outer
    )
    if visit_id is None:
        raise LookupError(f"the transaction {made.transaction_id} has a visit as soon as it was made")
    return Opened(home_of(gateway, visit_id), cookie)


async def _begin(
    services: FlowServices,
    admitted: Admitted,
    known: Known,
    form: Mapping[str, str],
    return_url: str | None,
    cookie: str,
    language: str | None,
    outer_visit_id: str | None = None,
) -> str | None:
    """Make the visit. None: another window of this flow was faster."""
    gateway, transaction = admitted.gateway, known.transaction
    beginning = await _beginning(services, gateway, known, admitted.investor, form.get("brokers", ""))
    visit = store.NewVisit(
        visit_id=secrets.token_hex(12),
        flow_hash=hashed(form["flow"]),
        cookie_hash=hashed(cookie),
        asked_investor_id=known.asked_investor_id,
        connected=admitted.investor is not None,
        brokers=beginning.brokers,
        amo=lower(form.get("amo", "")) == "true",
        return_url=return_url,
        broker=beginning.broker,
        language=language,
        outer_visit_id=outer_visit_id,
    )
    way = "redirect" if return_url else "window"
    news = News("transaction.opened", {"connected": known.asked_investor_id is not None, "way": way})
    at = {"gateway_id": gateway.gateway_id, "transaction_id": transaction.transaction_id}
    database, now = services.database, services.clock.now()
    moves = beginning.error is not None or beginning.without_broker
    try:
        async with database.transaction() if moves else database.connection() as connection:
            if not await store.insert_and_record(connection, visit, news, **at, now=now):
                return None
            if beginning.without_broker:
                who = known.asked_investor_id
                await life_cycle.use(connection, **at, investor_id=who, session_id=None, broker=None, now=now)
            if beginning.error is not None:
                await life_cycle.fail(connection, **at, error=beginning.error, now=now)
    except asyncpg.UniqueViolationError:
        return None
    return visit.visit_id


async def _beginning(
    services: FlowServices, gateway: Gateway, known: Known, investor: Investor | None, brokers: str
) -> _Beginning:
    flow = FLOWS.of(known.transaction)
    needs = flow.needs
    if not needs or flow.opens_before_login:
        return _Beginning(without_broker=True)
    if known.asked_investor_id is not None and investor is None:
        investor = await accounts.find(services.database, gateway.gateway_id, known.asked_investor_id)
        if investor is None:
            raise FlowOver(INVALID_TRANSACTION)
    if investor is not None:
        connector = services.connectors.find(gateway.mode, investor.broker)
        if connector is None:
            return _Beginning(error=NO_BROKER_AVAILABLE)
        if not meets(connector.capabilities, needs):
            return _Beginning(error=INTENT_NOT_ENABLED)
        return _Beginning(broker=investor.broker)
    asked = [broker_key(broker, gateway.mode) for broker in brokers.split(",") if broker.strip()]
    choice = services.brokers(gateway, asked or None, needs)
    wanted = [known.broker for known in choice] if asked else None
    if not choice:
        return _Beginning(wanted, error=NO_BROKER_AVAILABLE)
    return _Beginning(wanted, choice[0].broker if len(choice) == 1 else None)


def _return_url(gateway: Gateway, given: str) -> str | None:
    """Where the redirect way ends (F05)."""
    if not given:
        return None
    if len(given) > _LONGEST_ADDRESS or not is_on_allowed_origin(given, gateway.allowed_origins):
        raise NotAdmitted("invalid_gateway", DEVELOPER.return_url, status=403, anchor="access", gateway=gateway)
    return given
