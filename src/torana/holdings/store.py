"""All SQL on holdings."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache

import asyncpg

from torana.investors.models import HOLDINGS_SCOPES, Consent
from torana.kit.database import Connection, Database
from torana.kit.due import CHANNEL
from torana.kit.sql import Statement, affected
from torana.kit.tables import Age, Owner, PersonalTable, Sealed

HOLDINGS_TABLE = PersonalTable(
    name="holdings_snapshots",
    owner=Owner.INVESTOR,
    exported_as="holdings",
    sealed=(Sealed("securities_v1"), Sealed("securities_v2", shown_as="securities")),
    scopes=HOLDINGS_SCOPES,
    ages=(
        Age("holdings", 90, setting="holdings", since="taken_at"),
        Age(
            "ended consents",
            0,
            rows="""
                select s.investor_id from consents c join holdings_snapshots s using (gateway_id, consent_id)
                where c.gateway_id = :gateway_id and least(c.withdrawn_at, c.valid_until) < :before
                limit :limit for update of s skip locked
            """,
        ),
    ),
)
TABLE = HOLDINGS_TABLE.name
_SCOPES = ",".join(sorted(HOLDINGS_SCOPES))

# The consent's row is held until the commit: a withdrawal waits for it, or is seen.
_KEEP = Statement(f"""
    with allowed as (
        select consent_id from consents
        where gateway_id = :gateway_id and consent_id = :consent_id and investor_id = :investor_id
          and withdrawn_at is null and valid_until > :now
        for share
    )
    insert into {TABLE} as s
        (gateway_id, investor_id, consent_id, broker, lane, securities, securities_v1, securities_v2, taken_at,
         stored_at)
    select :gateway_id, :investor_id, consent_id, :broker, :lane, :securities, :securities_v1, :securities_v2,
           :taken_at, :now
    from allowed
    on conflict (gateway_id, investor_id) do update
    set (consent_id, broker, lane, securities, securities_v1, securities_v2, taken_at, stored_at, due_at) =
        (excluded.consent_id, excluded.broker, excluded.lane, excluded.securities, excluded.securities_v1,
         excluded.securities_v2, excluded.taken_at, excluded.stored_at, null)
    where s.taken_at <= excluded.taken_at
""")


async def keep(
    database: Database,
    *,
    gateway_id: str,
    investor_id: str,
    consent_id: str,
    broker: str,
    lane: str,
    securities: int,
    sealed: Mapping[str, bytes],
    taken_at: datetime,
    now: datetime,
) -> bool:
    """Put this reading in the place of an older one; a newer one stays. Nothing is kept without its consent. `sealed`:
    the lists by version. Whether it was kept."""
    values = {"securities_v1": sealed["v1"], "securities_v2": sealed["v2"]}
    done = await database.execute(
        *_KEEP(
            gateway_id=gateway_id,
            investor_id=investor_id,
            consent_id=consent_id,
            broker=broker,
            lane=lane,
            securities=securities,
            taken_at=taken_at,
            now=now,
            **values,
        )
    )
    return affected(done) > 0


_FIND = {
    version: Statement(f"""
        select i.broker, s.taken_at, s.stored_at,
               case when substr(s.securities_{version}, 1, length(:known::bytea)) <> :known
                    then s.securities_{version} end as securities,
               s.due_at is not null as updating,
               c.scopes, c.withdrawn_at, c.valid_until,
               exists (
                   select from broker_sessions b
                   where b.gateway_id = :gateway_id and b.investor_id = :investor_id
                     and b.ended_at is null and b.expires_at > :now
               ) as logged_in
        from investors i
        left join {TABLE} s on s.gateway_id = :gateway_id and s.investor_id = i.investor_id
        left join lateral (
            select scopes, withdrawn_at, valid_until from consents
            where gateway_id = :gateway_id and investor_id = i.investor_id
              and scopes && '{{{_SCOPES}}}'::text[]
              and (s.consent_id is null or consent_id = s.consent_id)
            order by given_at desc limit 1
        ) c on true
        where i.gateway_id = :gateway_id and i.investor_id = :investor_id
          and not starts_with(i.broker_user_id, 'erased:')
    """)
    for version in ("v1", "v2")
}


async def find(
    database: Database, gateway_id: str, investor_id: str, version: str, now: datetime, known: bytes
) -> asyncpg.Record | None:
    """The newest reading in this version and the consent under which it is kept, the newest consent where there is no
    reading (`taken_at` is None then); None where the gateway does not know the investor. A sealed list that begins with
    `known` is left out."""
    given = _FIND[version](gateway_id=gateway_id, investor_id=investor_id, now=now, known=known)
    async with database.connection() as connection:
        return await connection.fetchrow(*given)


_ASK_ANEW = Statement(f"""
    with asked as (
        update {TABLE} set due_at = :now, attempts = 0
        where gateway_id = :gateway_id and investor_id = :investor_id and due_at is null and taken_at < :older_than
        returning gateway_id
    )
    select pg_notify('{CHANNEL}', '{TABLE} ' || gateway_id) from asked
""")


async def ask_anew(
    database: Database, gateway_id: str, investor_id: str, *, older_than: datetime, now: datetime
) -> bool:
    """Have a worker read the account again, if the reading is older than that. False: it is not, or is on its way."""
    async with database.connection() as connection:
        asked = await connection.fetch(
            *_ASK_ANEW(gateway_id=gateway_id, investor_id=investor_id, older_than=older_than, now=now)
        )
    return bool(asked)


@cache
def _forget(table: PersonalTable) -> Statement:
    return Statement(f"""
        {table.without(table.forgotten)} where gateway_id = :gateway_id and {table.owner} = :owner_id
    """)


async def forget(connection: Connection, table: PersonalTable, gateway_id: str, consent: Consent) -> None:
    """Delete what is kept in this table under a consent."""
    owner_id = consent.investor_id if table.owner is Owner.INVESTOR else consent.transaction_id
    await connection.execute(*_forget(table)(gateway_id=gateway_id, owner_id=owner_id))
