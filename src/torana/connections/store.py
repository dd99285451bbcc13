"""All SQL on connections; the rows are the investors' broker sessions."""

from datetime import datetime

import msgspec

from torana.connections.models import Connection
from torana.investors.models import EndedBy
from torana.kit.database import Connection as DatabaseConnection
from torana.kit.database import Database, row_to
from torana.kit.sql import Statement

_OF_INVESTOR = Statement("""
    select i.investor_id, i.broker, s.created_at as since, s.expires_at as until, s.ended_at, s.ended_by
    from investors i left join lateral (
        select * from broker_sessions s
        where s.gateway_id = :gateway_id and s.investor_id = i.investor_id
        order by (s.ended_at is null and s.expires_at > :now) desc, least(s.ended_at, s.expires_at) desc,
                 s.created_at desc
        limit 1
    ) s on true
    where i.gateway_id = :gateway_id and i.investor_id = :investor_id and not starts_with(i.broker_user_id, 'erased:')
""")


async def of_investor(database: Database, gateway_id: str, investor_id: str, now: datetime) -> Connection | None:
    """None of an investor whom this gateway does not know."""
    return await database.fetch_one(Connection, *_OF_INVESTOR(gateway_id=gateway_id, investor_id=investor_id, now=now))


class Login(msgspec.Struct, frozen=True):
    """One login, and what else is needed to tell of it."""

    investor_id: str
    broker: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_by: EndedBy | None
    restores: bool
    erased: bool
    """The person is no longer known."""


_LOCK = Statement("""
    select s.investor_id, s.broker, s.created_at, s.expires_at, s.ended_at, s.ended_by, s.restores,
           starts_with(i.broker_user_id, 'erased:') as erased
    from broker_sessions s join investors i using (gateway_id, investor_id)
    where s.gateway_id = :gateway_id and s.session_id = :session_id and s.lease_token = :lease_token
    for no key update
""")


async def lock(connection: DatabaseConnection, gateway_id: str, session_id: str, lease_token: int) -> Login | None:
    """The login and its investor are ours until the end of the database transaction; None: not by this lease."""
    row = await connection.fetchrow(*_LOCK(gateway_id=gateway_id, session_id=session_id, lease_token=lease_token))
    return None if row is None else row_to(Login, row)


_LIVES_OTHERWISE = Statement("""
    select exists (select from broker_sessions
                   where gateway_id = :gateway_id and investor_id = :investor_id and session_id <> :session_id
                     and ended_at is null and expires_at > :now)
""")


async def lives_otherwise(
    connection: DatabaseConnection, gateway_id: str, investor_id: str, session_id: str, now: datetime
) -> bool:
    """Whether the investor has another login that lives."""
    found: bool = await connection.fetchval(
        *_LIVES_OTHERWISE(gateway_id=gateway_id, investor_id=investor_id, session_id=session_id, now=now)
    )
    return found


_TOLD = Statement("""
    update broker_sessions
    set due_at = :due_at, end_told_at = coalesce(:end_told_at, end_told_at), restores = false, lease_until = null,
        attempts = 0
    where gateway_id = :gateway_id and session_id = :session_id
""")


async def told(
    connection: DatabaseConnection,
    gateway_id: str,
    session_id: str,
    *,
    due_at: datetime | None,
    end_told_at: datetime | None,
) -> None:
    """Nothing is to be told of it until `due_at` (None: ever)."""
    await connection.execute(
        *_TOLD(gateway_id=gateway_id, session_id=session_id, due_at=due_at, end_told_at=end_told_at)
    )
