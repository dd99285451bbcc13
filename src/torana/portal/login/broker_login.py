"""The way to a broker's login and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import structlog

from torana.connectors.contract import (
    BrowserForm,
    Callback,
    Calls,
    Connector,
    Login,
    LoginRefused,
    NotSent,
    Redirect,
    TicketReturn,
    Unknown,
)
from torana.flows.context import CurrentVisit, FlowServices, home_of
from torana.flows.registry import FLOWS
from torana.flows.visits import Visit
from torana.investors.keep_login import OtherAccount, keep_login
from torana.kit.errors import ToranaError
from torana.orders.pace import Pace
from torana.partners.models import Gateway, Mode
from torana.portal import store
from torana.portal.admission.admit import check_open, up_to_date
from torana.portal.admission.browser_auth import (
    LOGIN_COOKIE,
    LOGIN_PATH,
    Purpose,
    Ticket,
    browser_cookie,
    browser_secret,
    hashed,
    make_ticket,
    matches,
    read_ticket,
    same,
)
from torana.portal.login.attach_login import attach_login
from torana.portal.page_response import LoginTicket

log = structlog.get_logger(__name__)


class ForeignLogin(ToranaError):
    """The browser came back from a broker without the proof that it was sent there by this visit (S01).

    `home` is the visit that the broker named, if any: the browser whose visit it is learns there how it stands.
    `gateway` is that of the ticket.
    """

    def __init__(self, why: str, home: str | None = None, gateway: Gateway | None = None) -> None:
        super().__init__(why)
        self.home = home
        self.gateway = gateway


@dataclass(frozen=True, slots=True)
class CameBack:
    """Where the browser goes next, the cookie that has done its work, and the one by which it is known again."""

    path: str
    cookie_name: str
    browser_cookie: str
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Returning:
    """A browser that has proven that it was sent to the broker by this visit. `any_account`: the login may be of
    another account than the one that was asked for."""

    visit: Visit
    connector: Connector
    browser: str = field(repr=False)
    any_account: bool
    mode: Mode


class LoginOutcome(StrEnum):
    """How the way to the broker and back ended. The value stands in the address of the page that tells of it."""

    KEPT = ""
    REFUSED = "refused"
    """The broker sent the browser back without a login."""
    UNANSWERED = "away"
    """The broker did not answer, or not clearly."""
    OTHER_ACCOUNT = "mismatch"
    """A connected investor logged in with another account."""


async def begin_login(
    services: FlowServices, current: CurrentVisit, connector: Connector
) -> tuple[LoginTicket, Redirect | BrowserForm]:
    """The ticket, and where the browser goes with it. Raises `LoginRefused`, `NotSent`, `Unknown`."""
    given = await give_ticket(services, current, connector, Purpose.LOGIN)
    broker, visit = connector.capabilities.broker, current.visit
    return_url = f"{services.public_url.rstrip('/')}{LOGIN_PATH}/{broker}"
    if connector.login.rules.ticket is TicketReturn.RETURN_PATH:
        return_url = f"{return_url}/{given.ticket}"
    start = await connector.login.begin(str(given.ticket), return_url)
    if start.kept:
        kept = services.sessions.seal_kept(visit.gateway_id, visit.visit_id, start.kept)
        await store.keep_login(services.database, visit.gateway_id, visit.visit_id, kept)
    return given, start.go


async def give_ticket(
    services: FlowServices, current: CurrentVisit, connector: Connector, purpose: Purpose
) -> LoginTicket:
    """Give the browser its ticket for the way back. A page that is loaded again gives the same one."""
    visit, now = current.visit, services.clock.now()
    given_at = visit.handed_over_at or now
    ticket = make_ticket(current.cookie, current.gateway.name, visit.visit_id, purpose, given_at)
    if not matches(str(ticket), visit.login_hash):
        ticket = make_ticket(current.cookie, current.gateway.name, visit.visit_id, purpose, now)
        await store.give_ticket(services.database, visit.gateway_id, visit.visit_id, ticket.hash, now)
    return LoginTicket(ticket, cookie_name(connector, visit.visit_id), connector.login.rules.posts_back)


def cookie_name(connector: Connector, visit_id: str) -> str:
    """One cookie a visit where the broker tells the visits apart, otherwise one for all."""
    return f"{LOGIN_COOKIE}_{visit_id}" if _names_the_visit(connector) else LOGIN_COOKIE


def _names_the_visit(connector: Connector) -> bool:
    return connector.login.rules.ticket in (TicketReturn.STATE, TicketReturn.RETURN_PATH)


async def come_back(
    services: FlowServices, broker: str, callback: Callback, cookies: Mapping[str, str], in_path: str = ""
) -> CameBack:
    """The broker sent the browser back, with the ticket `in_path` if it is there. Raises `Suspended`, and
    `ForeignLogin` unless ticket and cookie prove that we had sent it (S01).

    How the login ended is told by the page of the visit, so that the broker's code leaves the address bar at once.
    """
    ticket, proof = _ticket_of(services, broker, callback, cookies, in_path)
    gateway = await services.gateways.by_name(ticket.gateway)
    found = None if gateway is None else await store.find(services.database, gateway.gateway_id, ticket.visit_id)
    if gateway is None or found is None or found[0].broker != broker:
        raise _foreign("no visit", gateway=gateway)
    visit, transaction = found
    home = home_of(gateway, visit.visit_id)
    if not same(proof, str(ticket)):
        raise _foreign("this browser was not sent there", home, gateway)
    if not await store.take_ticket(services.database, visit.gateway_id, visit.visit_id, ticket.hash):
        raise _foreign("the ticket is used or was replaced", home, gateway)
    check_open(gateway, transaction)
    connector = services.connector(gateway, broker)
    known_as = browser_cookie(gateway.name, https=services.https)
    browser = browser_secret(cookies.get(known_as, ""))
    back = CameBack(home, cookie_name(connector, visit.visit_id), known_as, browser)
    basket = ticket.purpose is Purpose.BASKET
    # Without our ticket in it the callback may have been sent by somebody else, with a login of their own.
    any_account = basket and _names_the_visit(connector)
    outcome = await _finish(services, _Returning(visit, connector, browser, any_account, gateway.mode), callback)
    if outcome is LoginOutcome.KEPT:
        return back
    if basket:
        # Without a login of its own it is looked for with the one that we have.
        await FLOWS.of(transaction).returned(services, transaction)
        return back
    return replace(back, path=f"{back.path}?note={outcome}")


def _ticket_of(
    services: FlowServices, broker: str, callback: Callback, cookies: Mapping[str, str], in_path: str
) -> tuple[Ticket, str]:
    """The ticket as the broker gives it back (where it gives nothing back: as the cookie says), and the cookie that
    proves it."""
    for mode in Mode:
        connector = services.connectors.find(mode, broker)
        if connector is None:
            continue
        match connector.login.rules.ticket:
            case TicketReturn.STATE:
                given = callback.get(connector.login.rules.state_field)
            case TicketReturn.RETURN_PATH:
                given = in_path
            case _:
                given = cookies.get(LOGIN_COOKIE)
        ticket = read_ticket(given or "")
        if ticket is None:
            raise _foreign("no state came back")
        return ticket, cookies.get(cookie_name(connector, ticket.visit_id), "")
    raise _foreign("no such broker")


def _foreign(why: str, home: str | None = None, gateway: Gateway | None = None) -> ForeignLogin:
    log.warning("portal.foreign_login", why=why)
    return ForeignLogin(why, home, gateway)


async def _finish(services: FlowServices, returning: _Returning, callback: Callback) -> LoginOutcome:
    """Finish the login that the browser brings, and keep it."""
    visit, connector = returning.visit, returning.connector
    try:
        kept = services.sessions.open_kept(visit.gateway_id, visit.visit_id, visit.login_kept)
        await Pace(services.database, returning.mode, connector.broker, "").turn(Calls.LOGIN)
        login = await connector.login.finish(callback, kept, services.clock.now())
        await _keep(services, returning, login)
    except LoginRefused:
        return LoginOutcome.REFUSED
    except (NotSent, Unknown) as error:
        broker = connector.capabilities.broker
        log.warning("portal.login_failed", broker=broker, error=error.message[:200], code=error.code)
        return LoginOutcome.UNANSWERED
    except OtherAccount:
        return LoginOutcome.OTHER_ACCOUNT
    return LoginOutcome.KEPT


async def _keep(services: FlowServices, returning: _Returning, login: Login) -> None:
    """Investor, session and the move of the transaction, all or nothing. Raises `OtherAccount` (S02).

    Before the confirmation it has to be the investor that was asked for, afterwards the one who confirmed. A basket's
    login may be another's: the orders are in that account then, whoever confirmed them here.
    """
    visit = returning.visit
    found = await store.find(services.database, visit.gateway_id, visit.visit_id)
    if found is None:
        raise _foreign("no visit")
    transaction = await up_to_date(services, found[1])
    wanted = visit.asked_investor_id if transaction.confirmed_at is None else transaction.investor_id
    now = services.clock.now()
    async with services.database.transaction() as connection:
        kept = await keep_login(
            connection,
            services.sessions,
            gateway_id=visit.gateway_id,
            broker=returning.connector.capabilities.broker,
            login=login,
            browser_hash=hashed(returning.browser),
            only=None if returning.any_account else wanted,
            now=now,
        )
        await attach_login(connection, transaction, kept, now)
