"""All SQL on visits."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from torana.flows.visits import Visit
from torana.kit.database import Connection, Database, row_to
from torana.kit.sql import Statement, affected
from torana.transactions.models import Transaction

_COLUMNS = ", ".join(
    [f"v.{name} as v_{name}" for name in Visit.__struct_fields__]
    + [f"t.{name} as t_{name}" for name in Transaction.__struct_fields__]
)


_FIND = Statement(f"""
    select {_COLUMNS} from visits v join transactions t using (gateway_id, transaction_id)
    where v.gateway_id = :gateway_id and v.visit_id = :visit_id
""")


async def find(database: Database, gateway_id: str, visit_id: str) -> tuple[Visit, Transaction] | None:
    """A visit and its transaction."""
    async with database.connection() as connection:
        row = await connection.fetchrow(*_FIND(gateway_id=gateway_id, visit_id=visit_id))
    return None if row is None else (row_to(Visit, row, "v_"), row_to(Transaction, row, "t_"))


_LOGIN_IS_OF = Statement("""
    select exists (
        select from broker_sessions
        where gateway_id = :gateway_id and session_id = :session_id and browser_hash = :browser_hash
    ) or :finished and exists (
        select from broker_sessions
        where gateway_id = :gateway_id and investor_id = :investor_id and browser_hash = :browser_hash
    )
""")


async def login_is_of(database: Database, transaction: Transaction, browser_hash: bytes) -> bool:
    """Whether the browser made the login that the transaction uses. Once that is finished, and no login can do more
    than show it, any login of its investor will do."""
    found = await database.value(
        *_LOGIN_IS_OF(
            gateway_id=transaction.gateway_id,
            session_id=transaction.session_id,
            investor_id=transaction.investor_id,
            finished=transaction.finished_at is not None,
            browser_hash=browser_hash,
        )
    )
    return bool(found)


_OF_TRANSACTION = Statement(f"""
    select {_COLUMNS} from transactions t left join visits v using (gateway_id, transaction_id)
    where t.gateway_id = :gateway_id and t.transaction_id = :transaction_id
""")


async def of_transaction(
    database: Database, gateway_id: str, transaction_id: str
) -> tuple[Visit | None, Transaction] | None:
    """A transaction and its one visit, None before its pop-up reached us."""
    async with database.connection() as connection:
        row = await connection.fetchrow(*_OF_TRANSACTION(gateway_id=gateway_id, transaction_id=transaction_id))
    if row is None:
        return None
    return row_to(Visit, row, "v_") if row["v_visit_id"] else None, row_to(Transaction, row, "t_")


_INSERT = Statement("""
    insert into visits (gateway_id, visit_id, transaction_id, flow_hash, cookie_hash, asked_investor_id, brokers,
                        amo, return_url, broker, seen_at, created_at, connected)
    values (:gateway_id, :visit_id, :transaction_id, :flow_hash, :cookie_hash, :asked_investor_id, :brokers,
            :amo, :return_url, :broker, :now, :now, :connected)
    on conflict (gateway_id, transaction_id) do nothing
""")


async def insert(
    connection: Connection,
    *,
    gateway_id: str,
    visit_id: str,
    transaction_id: str,
    flow_hash: bytes,
    cookie_hash: bytes,
    asked_investor_id: str | None,
    connected: bool,
    brokers: Sequence[str] | None,
    amo: bool,
    return_url: str | None,
    broker: str | None,
    now: datetime,
) -> bool:
    """False when the transaction has a visit already."""
    done = await connection.execute(
        *_INSERT(
            gateway_id=gateway_id,
            visit_id=visit_id,
            transaction_id=transaction_id,
            flow_hash=flow_hash,
            cookie_hash=cookie_hash,
            asked_investor_id=asked_investor_id,
            connected=connected,
            brokers=brokers,
            amo=amo,
            return_url=return_url,
            broker=broker,
            now=now,
        )
    )
    return affected(done) == 1


_REOPEN = Statement("""
    update visits set cookie_hash = :cookie_hash, return_url = :return_url, login_hash = null, seen_at = :now,
                      closed_at = null, connected = :connected
    where gateway_id = :gateway_id and transaction_id = :transaction_id and flow_hash = :flow_hash
    returning visit_id
""")


async def reopen(
    database: Database,
    *,
    gateway_id: str,
    transaction_id: str,
    flow_hash: bytes,
    cookie_hash: bytes,
    connected: bool,
    return_url: str | None,
    now: datetime,
) -> str | None:
    """The same flow opens its visit again, with a new cookie. The visit's id; None for another flow."""
    found: str | None = await database.value(
        *_REOPEN(
            gateway_id=gateway_id,
            transaction_id=transaction_id,
            flow_hash=flow_hash,
            cookie_hash=cookie_hash,
            connected=connected,
            return_url=return_url,
            now=now,
        )
    )
    return found


_SET_BROKER = Statement("""
    update visits set broker = :broker, login_hash = null, handed_over_at = null, left_at = null
    where gateway_id = :gateway_id and visit_id = :visit_id and broker is distinct from :broker
""")


async def set_broker(connection: Connection, gateway_id: str, visit_id: str, broker: str | None) -> bool:
    """False when that broker was chosen already. A ticket that is under way loses its worth."""
    done = await connection.execute(*_SET_BROKER(gateway_id=gateway_id, visit_id=visit_id, broker=broker))
    return affected(done) == 1


_GIVE_TICKET = Statement("""
    update visits set login_hash = :ticket_hash, handed_over_at = :handed_over_at, login_kept = ''
    where gateway_id = :gateway_id and visit_id = :visit_id
""")


async def give_ticket(
    database: Database, gateway_id: str, visit_id: str, ticket_hash: bytes, handed_over_at: datetime
) -> None:
    """From now on the browser may come back from the broker with this ticket and no other."""
    await database.execute(
        *_GIVE_TICKET(gateway_id=gateway_id, visit_id=visit_id, ticket_hash=ticket_hash, handed_over_at=handed_over_at)
    )


_KEEP_LOGIN = Statement("""
    update visits set login_kept = :login_kept where gateway_id = :gateway_id and visit_id = :visit_id
""")


async def keep_login(database: Database, gateway_id: str, visit_id: str, login_kept: bytes) -> None:
    """What the login that began last wants to know again."""
    await database.execute(*_KEEP_LOGIN(gateway_id=gateway_id, visit_id=visit_id, login_kept=login_kept))


_KEEP_ANSWERS = Statement("""
    update visits set answers = answers || :answers::jsonb where gateway_id = :gateway_id and visit_id = :visit_id
""")


async def keep_answers(database: Database, gateway_id: str, visit_id: str, answers: Mapping[str, Any]) -> None:
    """What the pages of the flow have been told, beside what is kept already."""
    await database.execute(*_KEEP_ANSWERS(gateway_id=gateway_id, visit_id=visit_id, answers=dict(answers)))


_TAKE_TICKET = Statement("""
    update visits set login_hash = null
    where gateway_id = :gateway_id and visit_id = :visit_id and login_hash = :ticket_hash
""")


async def take_ticket(database: Database, gateway_id: str, visit_id: str, ticket_hash: bytes) -> bool:
    """Use up a ticket. False when it is not, or no longer, the one."""
    done = await database.execute(*_TAKE_TICKET(gateway_id=gateway_id, visit_id=visit_id, ticket_hash=ticket_hash))
    return affected(done) == 1


_MARK_LEFT = Statement("""
    update visits set left_at = :now
    where gateway_id = :gateway_id and visit_id = :visit_id
      and (:unless_since::timestamptz is null or left_at is null or left_at < :unless_since)
""")


async def mark_left(
    database: Database, gateway_id: str, visit_id: str, now: datetime, *, unless_since: datetime | None = None
) -> bool:
    """Our page was left for the broker's. False, and nothing changes, if it was left since that moment already."""
    done = await database.execute(
        *_MARK_LEFT(gateway_id=gateway_id, visit_id=visit_id, now=now, unless_since=unless_since)
    )
    return affected(done) == 1


_MARK_CLOSED = Statement("""
    update visits set closed_at = :now where gateway_id = :gateway_id and visit_id = :visit_id
""")


async def mark_closed(database: Database, gateway_id: str, visit_id: str, now: datetime) -> None:
    """The partner's page says that the pop-up looks closed."""
    await database.execute(*_MARK_CLOSED(gateway_id=gateway_id, visit_id=visit_id, now=now))
