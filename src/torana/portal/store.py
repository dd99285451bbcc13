"""All SQL on visits."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.events.log import TELL, Beside, News, change_and_record
from torana.flows.visits import Visit
from torana.investors.store import SESSION_COLUMNS, SessionRow
from torana.kit.database import Connection, Database, row_to
from torana.kit.sql import Statement, affected
from torana.orders.models import Halt
from torana.orders.store.halts import HALT_COLUMNS, widest_halt
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


_IS_PLACED = Statement("""
    select exists (
        select from batches
        where gateway_id = :gateway_id and transaction_id = :transaction_id and placed_at is not null
    )
""")


async def is_placed(database: Database, transaction: Transaction) -> bool:
    """Whether every order of this transaction has got to its broker, or is known not to."""
    at = {"gateway_id": transaction.gateway_id, "transaction_id": transaction.transaction_id}
    async with database.connection() as connection:
        return bool(await connection.fetchval(*_IS_PLACED(**at)))


_FIND_IN_BROWSER = Statement(f"""
    select {_COLUMNS}, {SESSION_COLUMNS}, {HALT_COLUMNS},
           t.session_id is null or coalesce(s.browser_hash = :browser_hash, false)
           or t.finished_at is not null and exists (
               select from broker_sessions s
               where s.gateway_id = :gateway_id and s.investor_id = t.investor_id and s.browser_hash = :browser_hash
           ) as own_login
    from visits v join transactions t using (gateway_id, transaction_id)
    left join broker_sessions s on s.gateway_id = :gateway_id and s.session_id = t.session_id
    left join investors i on i.gateway_id = :gateway_id and i.investor_id = s.investor_id
    left join lateral ({widest_halt("v.broker")}) h on true
    where v.gateway_id = :gateway_id and v.visit_id = :visit_id
""")


class InBrowser(msgspec.Struct, frozen=True):
    """What a page of a visit is made from. `own_login`: this browser made the login that the transaction uses, if there
    is one; once that is finished, and no login can do more than show it, any login of its investor will do. `session`
    is that login, alive or not; `halt` the widest that stops new orders to the visit's broker."""

    visit: Visit
    transaction: Transaction
    own_login: bool
    session: SessionRow | None
    halt: Halt | None


async def find_in_browser(
    database: Database, gateway_id: str, visit_id: str, browser_hash: bytes | None = None
) -> InBrowser | None:
    """A visit as this browser may go on with it."""
    async with database.connection() as connection:
        row = await connection.fetchrow(
            *_FIND_IN_BROWSER(gateway_id=gateway_id, visit_id=visit_id, browser_hash=browser_hash)
        )
    if row is None:
        return None
    session = row_to(SessionRow, row, "s_") if row["s_session_id"] is not None else None
    halt = row_to(Halt, row, "h_") if row["h_since"] is not None else None
    return InBrowser(row_to(Visit, row, "v_"), row_to(Transaction, row, "t_"), row["own_login"], session, halt)


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


_WITHIN = Statement(f"""
    select {_COLUMNS} from visits v join transactions t using (gateway_id, transaction_id)
    where v.gateway_id = :gateway_id and v.outer_visit_id = :visit_id and t.settled_at is null
    order by v.created_at desc limit 1
""")


async def within(database: Database, gateway_id: str, visit_id: str) -> tuple[Visit, Transaction] | None:
    """The visit with which the window of this one has gone on, as long as its transaction is not settled."""
    async with database.connection() as connection:
        row = await connection.fetchrow(*_WITHIN(gateway_id=gateway_id, visit_id=visit_id))
    return None if row is None else (row_to(Visit, row, "v_"), row_to(Transaction, row, "t_"))


_VISIT = """
    insert into visits (gateway_id, visit_id, transaction_id, flow_hash, cookie_hash, asked_investor_id, brokers,
                        amo, return_url, broker, outer_visit_id, language, seen_at, created_at, connected)
    select :gateway_id, :visit_id, :transaction_id, :flow_hash, :cookie_hash, :asked_investor_id, :brokers,
           :amo, :return_url, :broker, :outer_visit_id, :language, :now, :now, :connected
"""
_INSERT = Statement(f"{_VISIT} on conflict (gateway_id, transaction_id) do nothing")
_HAS_NO_VISIT = """
    select 1 where not exists (select from visits where gateway_id = :gateway_id and transaction_id = :transaction_id)
"""


class NewVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as it is inserted."""

    visit_id: str
    flow_hash: bytes
    cookie_hash: bytes
    asked_investor_id: str | None
    connected: bool
    brokers: Sequence[str] | None
    amo: bool
    return_url: str | None
    broker: str | None
    outer_visit_id: str | None = None
    language: str | None = None


async def insert_and_record(
    connection: Connection, visit: NewVisit, news: News, *, gateway_id: str, transaction_id: str, now: datetime
) -> bool:
    """The visit with the event that tells of it, in one statement. False when the transaction has a visit already.

    Raises `asyncpg.UniqueViolationError` when another one is inserted at this moment.
    """
    return await change_and_record(
        connection,
        TELL,
        [news],
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        now=now,
        beside=Beside((("visit_made", f"{_VISIT} from changed"),), _fields(visit), _HAS_NO_VISIT),
    )


def _fields(visit: NewVisit) -> dict[str, object]:
    return {name: getattr(visit, name) for name in NewVisit.__struct_fields__}


async def insert(
    connection: Connection, visit: NewVisit, *, gateway_id: str, transaction_id: str, now: datetime
) -> bool:
    """False when the transaction has a visit already."""
    done = await connection.execute(
        *_INSERT(gateway_id=gateway_id, transaction_id=transaction_id, now=now, **_fields(visit))
    )
    return affected(done) == 1


_REOPEN = Statement("""
    update visits set cookie_hash = :cookie_hash, return_url = :return_url, login_hash = null, seen_at = :now,
                      closed_at = null, apart_at = null, connected = :connected
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


_SET_LANGUAGE = Statement("""
    update visits set language = :language where gateway_id = :gateway_id and visit_id = :visit_id
""")


async def set_language(database: Database, gateway_id: str, visit_id: str, language: str) -> None:
    """The investor wants its pages in this language."""
    await database.execute(*_SET_LANGUAGE(gateway_id=gateway_id, visit_id=visit_id, language=language))


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


_MARK_APART = Statement("""
    update visits set apart_at = :now where gateway_id = :gateway_id and visit_id = :visit_id and apart_at is null
""")


async def mark_apart(database: Database, gateway_id: str, visit_id: str, now: datetime) -> None:
    """The window cannot see the page that opened it, which therefore takes it for closed."""
    await database.execute(*_MARK_APART(gateway_id=gateway_id, visit_id=visit_id, now=now))


_MARK_CLOSED = Statement("""
    update visits set closed_at = :now where gateway_id = :gateway_id and visit_id = :visit_id
""")


async def mark_closed(database: Database, gateway_id: str, visit_id: str, now: datetime) -> None:
    """The partner's page says that the pop-up looks closed."""
    await database.execute(*_MARK_CLOSED(gateway_id=gateway_id, visit_id=visit_id, now=now))
