"""A transaction goes on with a login that is stored, before its confirmation and after it."""

from dataclasses import replace
from datetime import datetime

import msgspec

from torana.flows.context import CurrentVisit, FlowServices
from torana.flows.registry import FLOWS
from torana.flows.visits import Stage
from torana.investors.keep_login import KeptLogin
from torana.kit.database import Connection
from torana.portal.admission.admit import reloaded
from torana.portal.admission.browser_auth import hashed
from torana.portal.visit.end import complete
from torana.transactions import life_cycle
from torana.transactions.models import Transaction


async def attach_login(connection: Connection, transaction: Transaction, login: KeptLogin, now: datetime) -> None:
    """In the caller's database transaction. Before the confirmation the transaction is used with this login, after it
    the login takes the place of the one before (R05), and after the end it changes nothing."""
    attach = _use if transaction.confirmed_at is None else _use_again
    await attach(connection, transaction, login, now)


async def use_own_login(services: FlowServices, current: CurrentVisit, browser: str) -> CurrentVisit:
    """A connected investor whose login this browser made, and which still lives, need not log in again.

    The token must name the investor, too: a guest's does not, so they log in.
    """
    visit, investor_id, now = current.visit, current.visit.asked_investor_id, services.clock.now()
    if current.stage is not Stage.AT_BROKER or not visit.connected or investor_id is None or not browser:
        return current
    session = await services.sessions.live_in_browser(visit.gateway_id, investor_id, hashed(browser), now)
    if session is None or session.broker != visit.broker:
        return current
    login = KeptLogin(investor_id, session.session_id, session.broker)
    single = FLOWS.of(current.transaction).at_login() is None  # one statement is a transaction of its own
    database = services.database
    async with database.connection() if single else database.transaction() as connection:
        await _use(connection, current.transaction, login, now)
    return replace(await reloaded(services, current), own_login=True)


async def _use(connection: Connection, transaction: Transaction, login: KeptLogin, now: datetime) -> None:
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


async def _use_again(connection: Connection, transaction: Transaction, login: KeptLogin, now: datetime) -> None:
    """The same after the confirmation, where the flow says that it changes anything."""
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
