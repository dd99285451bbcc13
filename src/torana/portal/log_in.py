"""Choosing a broker, the way to its login and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import msgspec
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
from torana.events.log import record
from torana.flows.contract import Done
from torana.flows.registry import FLOWS
from torana.flows.visits import Stage, Visit
from torana.investors.accounts import recognise
from torana.kit.database import Connection
from torana.kit.errors import ToranaError
from torana.orders.pace import Pace
from torana.partners.models import Mode
from torana.portal import store
from torana.portal.admit import check_open, current, renewed
from torana.portal.lobby import Guest, Lobby, home_of
from torana.portal.proofs import (
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
from torana.transactions import life_cycle
from torana.transactions.models import Transaction

log = structlog.get_logger(__name__)


class ForeignLogin(ToranaError):
    """The browser came back from a broker without the proof that it was sent there by this visit (S01).

    `home` is the visit that the broker named, if any: the browser whose visit it is learns there how it stands.
    """

    def __init__(self, why: str, home: str | None = None) -> None:
        super().__init__(why)
        self.home = home


@dataclass(frozen=True, slots=True)
class Errand:
    """On the way to a broker: the ticket and the cookie that goes with it."""

    ticket: Ticket
    cookie_name: str
    cross_site: bool = False
    """The broker's site posts a form to us: the cookie must come along with that."""


@dataclass(frozen=True, slots=True)
class Back:
    """Where the browser goes next, the cookie that has done its work, and the one by which it is known again."""

    path: str
    cookie_name: str
    browser_cookie: str
    browser: str = field(repr=False)


class LoginOutcome(StrEnum):
    """How the way to the broker and back ended. The value stands in the address of the page that tells of it."""

    KEPT = ""
    REFUSED = "refused"
    """The broker sent the browser back without a login."""
    UNANSWERED = "away"
    """The broker did not answer, or not clearly."""
    OTHER_ACCOUNT = "mismatch"
    """A connected investor logged in with another account."""


class _OtherAccount(Exception):
    """A connected investor logged in with another account: nothing of it is kept."""


async def choose(lobby: Lobby, guest: Guest, broker: str) -> None:
    """Set the broker of the visit, or (empty) none again. What cannot be chosen changes nothing."""
    visit, gateway = guest.visit, guest.gateway
    needs = FLOWS.of(guest.transaction).needs
    offered = {known.broker for known in lobby.brokers(gateway, visit.brokers, needs)}
    if visit.asked_investor_id is not None or (broker and broker not in offered):
        return
    if guest.transaction.confirmed_at is not None or guest.transaction.settled_at is not None:
        return
    now = lobby.clock.now()
    async with lobby.database.transaction() as connection:
        if await store.set_broker(connection, visit.gateway_id, visit.visit_id, broker or None):
            await record(
                connection,
                gateway_id=visit.gateway_id,
                transaction_id=visit.transaction_id,
                type="transaction.broker_chosen",
                data={"broker": broker or None},
                now=now,
            )


async def use_own_login(lobby: Lobby, guest: Guest, browser: str) -> Guest:
    """A connected investor whose login this browser made, and which still lives, need not log in again.

    The token must name the investor, too: a guest's does not, so they log in.
    """
    visit, investor_id, now = guest.visit, guest.visit.asked_investor_id, lobby.clock.now()
    if guest.stage is not Stage.AT_BROKER or not visit.connected or investor_id is None or not browser:
        return guest
    session = await lobby.sessions.live_in_browser(visit.gateway_id, investor_id, hashed(browser), now)
    if session is None or session.broker != visit.broker:
        return guest
    login = KeptLogin(investor_id, session.session_id, session.broker)
    single = FLOWS.of(guest.transaction).at_login() is None  # one statement is a transaction of its own
    database = lobby.database
    async with database.connection() if single else database.transaction() as connection:
        await _attach(connection, guest.transaction, login, now)
    return replace(await renewed(lobby, guest), own_login=True)


async def begin_login(lobby: Lobby, guest: Guest, connector: Connector) -> tuple[Errand, Redirect | BrowserForm]:
    """The ticket, and where the browser goes with it. Raises `LoginRefused`, `NotSent`, `Unknown`."""
    errand = await give_ticket(lobby, guest, connector, Purpose.LOGIN)
    broker, visit = connector.capabilities.broker, guest.visit
    return_url = f"{lobby.public_url.rstrip('/')}{LOGIN_PATH}/{broker}"
    if connector.login.rules.ticket is TicketReturn.RETURN_PATH:
        return_url = f"{return_url}/{errand.ticket}"
    start = await connector.login.begin(str(errand.ticket), return_url)
    if start.kept:
        kept = lobby.sessions.seal_kept(visit.gateway_id, visit.visit_id, start.kept)
        await store.keep_login(lobby.database, visit.gateway_id, visit.visit_id, kept)
    return errand, start.go


async def give_ticket(lobby: Lobby, guest: Guest, connector: Connector, purpose: Purpose) -> Errand:
    """Give the browser its ticket for the way back. A page that is loaded again gives the same one."""
    visit, now = guest.visit, lobby.clock.now()
    given_at = visit.handed_over_at or now
    ticket = make_ticket(guest.cookie, guest.gateway.name, visit.visit_id, purpose, given_at)
    if not matches(str(ticket), visit.login_hash):
        ticket = make_ticket(guest.cookie, guest.gateway.name, visit.visit_id, purpose, now)
        await store.give_ticket(lobby.database, visit.gateway_id, visit.visit_id, ticket.hash, now)
    return Errand(ticket, cookie_name(connector, visit.visit_id), connector.login.rules.posts_back)


def cookie_name(connector: Connector, visit_id: str) -> str:
    """One cookie a visit where the broker tells the visits apart, otherwise one for all."""
    return f"{LOGIN_COOKIE}_{visit_id}" if _names_the_visit(connector) else LOGIN_COOKIE


def _names_the_visit(connector: Connector) -> bool:
    return connector.login.rules.ticket in (TicketReturn.STATE, TicketReturn.RETURN_PATH)


async def come_back(
    lobby: Lobby, broker: str, callback: Callback, cookies: Mapping[str, str], in_path: str = ""
) -> Back:
    """The broker sent the browser back, with the ticket `in_path` if it is there. Raises `Suspended`, and
    `ForeignLogin` unless ticket and cookie prove that we had sent it (S01).

    How the login ended is told by the page of the visit, so that the broker's code leaves the address bar at once.
    """
    ticket, proof = _told(lobby, broker, callback, cookies, in_path)
    gateway = await lobby.gateways.by_name(ticket.gateway)
    found = None if gateway is None else await store.find(lobby.database, gateway.gateway_id, ticket.visit_id)
    if gateway is None or found is None or found[0].broker != broker:
        raise _refused("no visit")
    visit, transaction = found
    home = home_of(gateway, visit.visit_id)
    if not same(proof, str(ticket)):
        raise _refused("this browser was not sent there", home)
    if not await store.take_ticket(lobby.database, visit.gateway_id, visit.visit_id, ticket.hash):
        raise _refused("the ticket is used or was replaced", home)
    check_open(gateway, transaction)
    connector = lobby.connector(gateway, broker)
    known_as = browser_cookie(gateway.name, https=lobby.https)
    browser = browser_secret(cookies.get(known_as, ""))
    back = Back(home, cookie_name(connector, visit.visit_id), known_as, browser)
    basket = ticket.purpose is Purpose.BASKET
    # Without our ticket in it the callback may have been sent by somebody else, with a login of their own.
    any_account = basket and _names_the_visit(connector)
    outcome = await _finish(lobby, visit, connector, callback, hashed(browser), gateway.mode, any_account=any_account)
    if outcome is LoginOutcome.KEPT:
        return back
    if basket:
        # Without a login of its own it is looked for with the one that we have.
        await FLOWS.of(transaction).returned(lobby, transaction)
        return back
    return replace(back, path=f"{back.path}?note={outcome}")


async def _finish(
    lobby: Lobby,
    visit: Visit,
    connector: Connector,
    callback: Callback,
    browser_hash: bytes,
    mode: Mode,
    *,
    any_account: bool,
) -> LoginOutcome:
    """Finish the login that the browser brings, and keep it."""
    try:
        kept = lobby.sessions.open_kept(visit.gateway_id, visit.visit_id, visit.login_kept)
        await Pace(lobby.database, mode, connector.broker, "").turn(Calls.LOGIN)
        login = await connector.login.finish(callback, kept, lobby.clock.now())
        await _keep(lobby, visit, connector.capabilities.broker, login, browser_hash, any_account=any_account)
    except LoginRefused:
        return LoginOutcome.REFUSED
    except (NotSent, Unknown) as error:
        broker = connector.capabilities.broker
        log.warning("portal.login_failed", broker=broker, error=error.message[:200], code=error.code)
        return LoginOutcome.UNANSWERED
    except _OtherAccount:
        return LoginOutcome.OTHER_ACCOUNT
    return LoginOutcome.KEPT


def _told(
    lobby: Lobby, broker: str, callback: Callback, cookies: Mapping[str, str], in_path: str
) -> tuple[Ticket, str]:
    """The ticket as the broker gives it back (where it gives nothing back: as the cookie says), and the cookie that
    proves it."""
    for mode in Mode:
        connector = lobby.connectors.find(mode, broker)
        if connector is None:
            continue
        match connector.login.rules.ticket:
            case TicketReturn.STATE:
                told = callback.get(connector.login.rules.state_field)
            case TicketReturn.RETURN_PATH:
                told = in_path
            case _:
                told = cookies.get(LOGIN_COOKIE)
        ticket = read_ticket(told or "")
        if ticket is None:
            raise _refused("no state came back")
        return ticket, cookies.get(cookie_name(connector, ticket.visit_id), "")
    raise _refused("no such broker")


def _refused(why: str, home: str | None = None) -> ForeignLogin:
    log.warning("portal.foreign_login", why=why)
    return ForeignLogin(why, home)


async def _keep(
    lobby: Lobby, visit: Visit, broker: str, login: Login, browser_hash: bytes, *, any_account: bool
) -> None:
    """Investor, session and the move of the transaction, all or nothing. Raises `_OtherAccount` (S02).

    A login after the confirmation takes the place of the one before (R05), and the worker looks at once; after the end
    it is kept and changes nothing. With `any_account` (a basket's) it may be another's: the orders are in that account
    then, whoever confirmed them here.
    """
    found = await store.find(lobby.database, visit.gateway_id, visit.visit_id)
    if found is None:
        raise _refused("no visit")
    transaction = await current(lobby, found[1])
    confirmed = transaction.confirmed_at is not None
    wanted = transaction.investor_id if confirmed else visit.asked_investor_id
    now = lobby.clock.now()
    async with lobby.database.transaction() as connection:
        investor_id = await recognise(
            connection,
            gateway_id=visit.gateway_id,
            broker=broker,
            broker_user_id=login.broker_user_id,
            now=now,
        )
        if wanted is not None and investor_id != wanted and not any_account:
            raise _OtherAccount
        session_id = await lobby.sessions.keep(
            connection,
            gateway_id=visit.gateway_id,
            investor_id=investor_id,
            broker=broker,
            login=login,
            now=now,
            browser_hash=browser_hash,
        )
        attach = _attach_again if confirmed else _attach
        await attach(connection, transaction, KeptLogin(investor_id, session_id, broker), now)


@dataclass(frozen=True, slots=True)
class KeptLogin:
    """A login that is stored: whose it is, and at which broker."""

    investor_id: str
    session_id: str
    broker: str


async def _attach(connection: Connection, transaction: Transaction, login: KeptLogin, now: datetime) -> None:
    """The transaction goes on with this login, and is done with it where nothing else is asked for."""
    await life_cycle.use(
        connection,
        gateway_id=transaction.gateway_id,
        transaction_id=transaction.transaction_id,
        investor_id=login.investor_id,
        session_id=login.session_id,
        broker=login.broker,
        now=now,
    )
    done = FLOWS.of(transaction).at_login()
    if done is not None:
        used = msgspec.structs.replace(transaction, investor_id=login.investor_id, broker=login.broker)
        await complete(connection, used, done, now)


async def _attach_again(connection: Connection, transaction: Transaction, login: KeptLogin, now: datetime) -> None:
    """The same after the confirmation, where it changes anything."""
    # What the flow keeps before the transaction, in the order in which workers lock them.
    goes_on = await FLOWS.of(transaction).logged_in_again(
        connection, transaction, investor_id=login.investor_id, session_id=login.session_id, now=now
    )
    if goes_on:
        await life_cycle.use_again(
            connection,
            gateway_id=transaction.gateway_id,
            transaction_id=transaction.transaction_id,
            investor_id=login.investor_id,
            session_id=login.session_id,
            broker=login.broker,
            now=now,
        )


async def complete(connection: Connection, transaction: Transaction, done: Done, now: datetime) -> None:
    """Write a result, with the event that tells partners of it, unless the transaction has ended before."""
    await life_cycle.complete(
        connection,
        gateway_id=transaction.gateway_id,
        transaction_id=transaction.transaction_id,
        result=done.result,
        news=FLOWS.of(transaction).completion_news(transaction, done.result),
        now=now,
    )
