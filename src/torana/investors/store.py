"""All SQL on investors and broker sessions."""

from datetime import datetime

import msgspec

from torana.investors.models import Investor
from torana.kit.database import Connection, Database


class SessionRow(msgspec.Struct, frozen=True):
    """A broker session as it is stored: its token is sealed."""

    session_id: str
    investor_id: str
    broker: str
    broker_user_id: str
    token: bytes
    expires_at: datetime
    ended_at: datetime | None
    edis_needed: bool | None


_SESSION = """
    select s.session_id, s.investor_id, s.broker, i.broker_user_id, s.token, s.expires_at, s.ended_at, s.edis_needed
    from broker_sessions s join investors i using (gateway_id, investor_id)
"""
SESSION_COLUMNS = """
    s.session_id as s_session_id, s.investor_id as s_investor_id, s.broker as s_broker,
    i.broker_user_id as s_broker_user_id, s.token as s_token, s.expires_at as s_expires_at, s.ended_at as s_ended_at,
    s.edis_needed as s_edis_needed
"""
"""A session in a joined row, for `row_to(SessionRow, row, "s_")`; `s` is the session, `i` its investor."""


async def find_or_make(
    connection: Connection, gateway_id: str, investor_id: str, broker: str, broker_user_id: str, now: datetime
) -> str:
    """The id of this account's investor: the given one if he is new. Two at once agree on one."""
    found = await connection.fetchval(
        """
        insert into investors (gateway_id, investor_id, broker, broker_user_id, created_at) values ($1, $2, $3, $4, $5)
        on conflict (gateway_id, broker, broker_user_id) do update set broker = excluded.broker
        returning investor_id
        """,
        gateway_id,
        investor_id,
        broker,
        broker_user_id,
        now,
    )
    return str(found)


async def find(database: Database, gateway_id: str, investor_id: str) -> Investor | None:
    return await database.fetch_one(
        Investor,
        """
        select gateway_id, investor_id, broker, broker_user_id, created_at
        from investors where gateway_id = $1 and investor_id = $2 and not starts_with(broker_user_id, 'erased:')
        """,
        gateway_id,
        investor_id,
    )


async def insert_session(
    connection: Connection,
    *,
    gateway_id: str,
    session_id: str,
    investor_id: str,
    broker: str,
    token: bytes,
    edis_needed: bool | None,
    expires_at: datetime,
    now: datetime,
) -> None:
    await connection.execute(
        """
        insert into broker_sessions
            (gateway_id, session_id, investor_id, broker, token, edis_needed, expires_at, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        gateway_id,
        session_id,
        investor_id,
        broker,
        token,
        edis_needed,
        expires_at,
        now,
    )


async def latest_session(database: Database, gateway_id: str, investor_id: str, now: datetime) -> SessionRow | None:
    """The newest session of the investor that is neither ended nor expired."""
    return await database.fetch_one(
        SessionRow,
        f"""
        {_SESSION}
        where s.gateway_id = $1 and s.investor_id = $2 and s.ended_at is null and s.expires_at > $3
        order by s.created_at desc, s.session_id desc limit 1
        """,
        gateway_id,
        investor_id,
        now,
    )


async def session(database: Database, gateway_id: str, session_id: str) -> SessionRow | None:
    return await database.fetch_one(
        SessionRow, f"{_SESSION} where s.gateway_id = $1 and s.session_id = $2", gateway_id, session_id
    )


async def end_session(database: Database, gateway_id: str, session_id: str, now: datetime) -> None:
    await database.execute(
        """
        update broker_sessions set ended_at = coalesce(ended_at, $3), token = ''
        where gateway_id = $1 and session_id = $2
        """,
        gateway_id,
        session_id,
        now,
    )
