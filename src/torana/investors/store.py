"""All SQL on investors, broker sessions and consents."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.investors.models import Consent, EndedBy, Investor
from torana.kit.database import Connection, Database, row_to
from torana.kit.due import CHANNEL
from torana.kit.sql import Statement


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


SESSION_COLUMNS = """
    s.session_id as s_session_id, s.investor_id as s_investor_id, s.broker as s_broker,
    i.broker_user_id as s_broker_user_id, s.token as s_token, s.expires_at as s_expires_at, s.ended_at as s_ended_at,
    s.edis_needed as s_edis_needed
"""
"""A session in a joined row, for `row_to(SessionRow, row, "s_")`; `s` is the session, `i` its investor."""


_FIND_OR_MAKE = Statement("""
    insert into investors (gateway_id, investor_id, broker, broker_user_id, created_at)
    values (:gateway_id, :investor_id, :broker, :broker_user_id, :now)
    on conflict (gateway_id, broker, broker_user_id) do update set broker = excluded.broker
    returning investor_id
""")


async def find_or_make(
    connection: Connection, gateway_id: str, investor_id: str, broker: str, broker_user_id: str, now: datetime
) -> str:
    """The id of this account's investor: the given one if they are new. Two at once agree on one."""
    found = await connection.fetchval(
        *_FIND_OR_MAKE(
            gateway_id=gateway_id, investor_id=investor_id, broker=broker, broker_user_id=broker_user_id, now=now
        )
    )
    return str(found)


_FIND = Statement("""
    select gateway_id, investor_id, broker, broker_user_id, created_at from investors
    where gateway_id = :gateway_id and investor_id = :investor_id and not starts_with(broker_user_id, 'erased:')
""")


async def find(database: Database, gateway_id: str, investor_id: str) -> Investor | None:
    return await database.fetch_one(Investor, *_FIND(gateway_id=gateway_id, investor_id=investor_id))


_RECENT = 20
END_WAS_TOLD = f"""
    select coalesce(max(end_told_at) >= max(created_at), false) as ended from (
        select end_told_at, created_at from broker_sessions
        where gateway_id = :gateway_id and investor_id = :investor_id
        order by created_at desc limit {_RECENT}
    ) recent
"""
"""Whether the partner was told of an end of the investor's connection since its newest login was made."""
_INSERT_SESSION = Statement(f"""
    insert into broker_sessions
        (gateway_id, session_id, investor_id, broker, token, edis_needed, expires_at, created_at, browser_hash,
         restores, due_at)
    select :gateway_id::text, :session_id::text, :investor_id::text, :broker::text, :token::bytea,
           :edis_needed::boolean, :expires_at::timestamptz, :now::timestamptz, :browser_hash::bytea,
           before.ended, case when before.ended then :now else :expires_at end
    from ({END_WAS_TOLD}) before
""")
"""It is due when it ends; at once where the partner was told that the investor's last login had ended."""


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
    browser_hash: bytes | None,
    now: datetime,
) -> None:
    await connection.execute(
        *_INSERT_SESSION(
            gateway_id=gateway_id,
            session_id=session_id,
            investor_id=investor_id,
            broker=broker,
            token=token,
            edis_needed=edis_needed,
            expires_at=expires_at,
            browser_hash=browser_hash,
            now=now,
        )
    )


_SESSIONS = """
    select s.session_id, s.investor_id, s.broker, i.broker_user_id, s.token, s.expires_at, s.ended_at, s.edis_needed
    from broker_sessions s join investors i using (gateway_id, investor_id)
"""
_LATEST_SESSION = Statement(f"""
    {_SESSIONS}
    where s.gateway_id = :gateway_id and s.investor_id = :investor_id and s.ended_at is null and s.expires_at > :now
      and (:browser_hash::bytea is null or s.browser_hash = :browser_hash)
    order by s.created_at desc, s.session_id desc limit 1
""")


async def latest_session(
    database: Database, gateway_id: str, investor_id: str, now: datetime, *, browser_hash: bytes | None = None
) -> SessionRow | None:
    """The newest session of the investor that is neither ended nor expired; with `browser_hash`, of that browser."""
    return await database.fetch_one(
        SessionRow,
        *_LATEST_SESSION(gateway_id=gateway_id, investor_id=investor_id, now=now, browser_hash=browser_hash),
    )


_LIVE_SESSIONS = Statement(f"""
    {_SESSIONS}
    where s.gateway_id = :gateway_id and s.investor_id = :investor_id and s.ended_at is null and s.expires_at > :now
    order by s.created_at desc, s.session_id desc
""")


async def live_sessions(database: Database, gateway_id: str, investor_id: str, now: datetime) -> list[SessionRow]:
    """The sessions of the investor that are neither ended nor expired, the newest first."""
    return await database.fetch(SessionRow, *_LIVE_SESSIONS(gateway_id=gateway_id, investor_id=investor_id, now=now))


_SESSION = Statement(f"{_SESSIONS} where s.gateway_id = :gateway_id and s.session_id = :session_id")


async def session(database: Database, gateway_id: str, session_id: str) -> SessionRow | None:
    return await database.fetch_one(SessionRow, *_SESSION(gateway_id=gateway_id, session_id=session_id))


_END_SESSION = Statement(f"""
    with over as (
        update broker_sessions set ended_at = :now, ended_by = :by, token = '', due_at = :now
        where gateway_id = :gateway_id and session_id = :session_id and ended_at is null
        returning gateway_id
    )
    select pg_notify('{CHANNEL}', 'broker_sessions ' || gateway_id) from over
""")


async def end_session(database: Database, gateway_id: str, session_id: str, now: datetime, by: EndedBy) -> None:
    await database.execute(*_END_SESSION(gateway_id=gateway_id, session_id=session_id, now=now, by=by.value))


_CONSENT_COLUMNS = ", ".join(Consent.__struct_fields__)
_INSERT_CONSENT = Statement(f"""
    insert into consents (gateway_id, {_CONSENT_COLUMNS})
    values (:gateway_id, {", ".join(f":{name}" for name in Consent.__struct_fields__)})
""")


async def insert_consent(connection: Connection, gateway_id: str, consent: Consent) -> None:
    await connection.execute(*_INSERT_CONSENT(gateway_id=gateway_id, **msgspec.structs.asdict(consent)))


_CONSENTS = Statement(f"""
    select {_CONSENT_COLUMNS} from consents where gateway_id = :gateway_id and investor_id = :investor_id
    order by given_at desc, consent_id desc
""")


async def consents(database: Database, gateway_id: str, investor_id: str) -> list[Consent]:
    """The newest first."""
    return await database.fetch(Consent, *_CONSENTS(gateway_id=gateway_id, investor_id=investor_id))


_STANDING_CONSENT = Statement(f"""
    select {_CONSENT_COLUMNS} from consents
    where gateway_id = :gateway_id and investor_id = :investor_id and scopes @> :scopes::text[]
      and withdrawn_at is null and valid_until > :now
    order by given_at desc limit 1
""")


async def standing_consent(
    database: Database, gateway_id: str, investor_id: str, scopes: Sequence[str], now: datetime
) -> Consent | None:
    return await database.fetch_one(
        Consent, *_STANDING_CONSENT(gateway_id=gateway_id, investor_id=investor_id, scopes=scopes, now=now)
    )


_HOLD_CONSENT = Statement(f"""
    select {_CONSENT_COLUMNS} from consents where gateway_id = :gateway_id and consent_id = :consent_id for update
""")
_END_CONSENT = Statement("""
    update consents set withdrawn_at = :now, withdrawn_by = :by
    where gateway_id = :gateway_id and consent_id = :consent_id and withdrawn_at is null
""")


async def hold_consent(connection: Connection, gateway_id: str, consent_id: str) -> Consent | None:
    """Locked for this database transaction."""
    row = await connection.fetchrow(*_HOLD_CONSENT(gateway_id=gateway_id, consent_id=consent_id))
    return None if row is None else row_to(Consent, row)


async def end_consent(connection: Connection, gateway_id: str, consent_id: str, by: str, now: datetime) -> None:
    await connection.execute(*_END_CONSENT(gateway_id=gateway_id, consent_id=consent_id, by=by, now=now))


# Theirs are locked in one order: of two withdrawals at once the second waits, and finds what the first has done.
_WITHDRAW_CONSENT = Statement(f"""
    with theirs as (
        select {_CONSENT_COLUMNS} from consents
        where gateway_id = :gateway_id and investor_id = :investor_id
          and (investor_id <> '' or consent_id = :consent_id)
        order by consent_id for update
    ), named as (
        select * from theirs where consent_id = :consent_id
    ), taken as (
        update consents c set withdrawn_at = :now, withdrawn_by = :by
        where c.gateway_id = :gateway_id and c.consent_id in (
            select t.consent_id from theirs t, named n
            where n.withdrawn_at is null and t.withdrawn_at is null and t.scopes && n.scopes)
        returning {_CONSENT_COLUMNS}
    )
    select {_CONSENT_COLUMNS}, true as taken from taken
    union all select {_CONSENT_COLUMNS}, false from named where withdrawn_at is not null
""")


async def withdraw_consent(
    connection: Connection, gateway_id: str, investor_id: str, consent_id: str, by: str, now: datetime
) -> list[tuple[Consent, bool]]:
    """This consent after its withdrawal, and those withdrawn with it; of each whether it was not withdrawn before.
    Nothing where the investor has none such."""
    rows = await connection.fetch(
        *_WITHDRAW_CONSENT(gateway_id=gateway_id, investor_id=investor_id, consent_id=consent_id, by=by, now=now)
    )
    return [(row_to(Consent, row), row["taken"]) for row in rows]


_CONSENTS_OF_TRANSACTION = Statement(f"""
    select {_CONSENT_COLUMNS} from consents
    where gateway_id = :gateway_id and transaction_id = :transaction_id
    order by given_at, consent_id
""")


async def consents_of_transaction(database: Database, gateway_id: str, transaction_id: str) -> list[Consent]:
    """The oldest first."""
    return await database.fetch(
        Consent, *_CONSENTS_OF_TRANSACTION(gateway_id=gateway_id, transaction_id=transaction_id)
    )
