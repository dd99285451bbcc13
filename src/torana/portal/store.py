"""All SQL on visits."""

from collections.abc import Sequence
from datetime import datetime

from torana.flows.visits import Visit
from torana.kit.database import Connection, Database, row_to
from torana.transactions.models import Transaction

_COLUMNS = ", ".join(
    [f"v.{name} as v_{name}" for name in Visit.__struct_fields__]
    + [f"t.{name} as t_{name}" for name in Transaction.__struct_fields__]
)


async def find(database: Database, gateway_id: str, visit_id: str) -> tuple[Visit, Transaction] | None:
    """A visit and its transaction."""
    async with database.connection() as connection:
        row = await connection.fetchrow(
            f"""
            select {_COLUMNS} from visits v join transactions t using (gateway_id, transaction_id)
            where v.gateway_id = $1 and v.visit_id = $2
            """,
            gateway_id,
            visit_id,
        )
    return None if row is None else (row_to(Visit, row, "v_"), row_to(Transaction, row, "t_"))


async def login_is_of(database: Database, transaction: Transaction, browser_hash: bytes) -> bool:
    """Whether the browser made the login that the transaction uses. Once that is finished, and no login can do more
    than show it, any login of its investor will do."""
    return bool(
        await database.value(
            """
            select exists (
                select from broker_sessions where gateway_id = $1 and session_id = $2 and browser_hash = $3
            ) or $4 and exists (
                select from broker_sessions where gateway_id = $1 and investor_id = $5 and browser_hash = $3
            )
            """,
            transaction.gateway_id,
            transaction.session_id,
            browser_hash,
            transaction.finished_at is not None,
            transaction.investor_id,
        )
    )


async def of_transaction(
    database: Database, gateway_id: str, transaction_id: str
) -> tuple[Visit | None, Transaction] | None:
    """A transaction and its one visit, None before its pop-up reached us."""
    async with database.connection() as connection:
        row = await connection.fetchrow(
            f"""
            select {_COLUMNS} from transactions t left join visits v using (gateway_id, transaction_id)
            where t.gateway_id = $1 and t.transaction_id = $2
            """,
            gateway_id,
            transaction_id,
        )
    if row is None:
        return None
    return row_to(Visit, row, "v_") if row["v_visit_id"] else None, row_to(Transaction, row, "t_")


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
        """
        insert into visits (gateway_id, visit_id, transaction_id, flow_hash, cookie_hash, asked_investor_id, brokers,
                            amo, return_url, broker, seen_at, created_at, connected)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)
        on conflict (gateway_id, transaction_id) do nothing
        """,
        gateway_id,
        visit_id,
        transaction_id,
        flow_hash,
        cookie_hash,
        asked_investor_id,
        brokers,
        amo,
        return_url,
        broker,
        now,
        connected,
    )
    return done == "INSERT 0 1"


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
        """
        update visits set cookie_hash = $4, return_url = $5, login_hash = null, seen_at = $6, closed_at = null,
                          connected = $7
        where gateway_id = $1 and transaction_id = $2 and flow_hash = $3 returning visit_id
        """,
        gateway_id,
        transaction_id,
        flow_hash,
        cookie_hash,
        return_url,
        now,
        connected,
    )
    return found


async def set_broker(connection: Connection, gateway_id: str, visit_id: str, broker: str | None) -> bool:
    """False when that broker was chosen already. A ticket that is under way loses its worth."""
    done = await connection.execute(
        """
        update visits set broker = $3, login_hash = null, handed_over_at = null, left_at = null
        where gateway_id = $1 and visit_id = $2 and broker is distinct from $3
        """,
        gateway_id,
        visit_id,
        broker,
    )
    return done == "UPDATE 1"


async def give_ticket(
    database: Database, gateway_id: str, visit_id: str, ticket_hash: bytes, handed_over_at: datetime
) -> None:
    """From now on the browser may come back from the broker with this ticket and no other."""
    await database.execute(
        "update visits set login_hash = $3, handed_over_at = $4 where gateway_id = $1 and visit_id = $2",
        gateway_id,
        visit_id,
        ticket_hash,
        handed_over_at,
    )


async def take_ticket(database: Database, gateway_id: str, visit_id: str, ticket_hash: bytes) -> bool:
    """Use up a ticket. False when it is not, or no longer, the one."""
    done = await database.execute(
        "update visits set login_hash = null where gateway_id = $1 and visit_id = $2 and login_hash = $3",
        gateway_id,
        visit_id,
        ticket_hash,
    )
    return done == "UPDATE 1"


async def mark_left(
    database: Database, gateway_id: str, visit_id: str, now: datetime, *, unless_since: datetime | None = None
) -> bool:
    """Our page was left for the broker's. False, and nothing changes, if it was left since that moment already."""
    done = await database.execute(
        """
        update visits set left_at = $3
        where gateway_id = $1 and visit_id = $2 and ($4::timestamptz is null or left_at is null or left_at < $4)
        """,
        gateway_id,
        visit_id,
        now,
        unless_since,
    )
    return done == "UPDATE 1"


async def mark_closed(database: Database, gateway_id: str, visit_id: str, now: datetime) -> None:
    """The partner's page says that the pop-up looks closed."""
    await database.execute(
        "update visits set closed_at = $3 where gateway_id = $1 and visit_id = $2", gateway_id, visit_id, now
    )
