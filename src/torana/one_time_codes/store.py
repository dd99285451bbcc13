"""All SQL on one-time codes."""

from datetime import datetime

from torana.kit.database import Connection, Database
from torana.kit.sql import Statement, affected
from torana.kit.tables import Age, PersonalTable, Sealed
from torana.one_time_codes.models import (
    COUNTED_FOR,
    MOST_A_DAY,
    MOST_ATTEMPTS,
    MOST_SENDINGS,
    RESEND_AFTER,
    Channel,
    SentCode,
)

CODES_TABLE = PersonalTable(
    name="one_time_codes",
    sealed=(Sealed("sealed"),),
    ages=(Age("codes", 1),),
)
"""Marks of addresses live for a day, and are not made anew when the keys change."""
_COLUMNS = ", ".join(SentCode.__struct_fields__)
_HERE = "gateway_id = :gateway_id and transaction_id = :transaction_id"

_FIND = Statement(f"select {_COLUMNS} from one_time_codes where {_HERE}")


async def find(database: Database, gateway_id: str, transaction_id: str) -> SentCode | None:
    return await database.fetch_one(SentCode, *_FIND(gateway_id=gateway_id, transaction_id=transaction_id))


_KEEP = Statement(f"""
    insert into one_time_codes as c
        (gateway_id, transaction_id, channel, address_mark, sealed, sendings, sent_at, expires_at, created_at)
    values (:gateway_id, :transaction_id, :channel, :address_mark, :sealed, 1, :now::timestamptz, :expires_at, :now)
    on conflict (gateway_id, transaction_id) do update
        set channel = excluded.channel, address_mark = excluded.address_mark, sealed = excluded.sealed,
            sendings = c.sendings + 1, sent_at = excluded.sent_at, expires_at = excluded.expires_at
        where c.sendings < {MOST_SENDINGS} and c.attempts < {MOST_ATTEMPTS} and c.verified_at is null
          and (c.sent_at is null or c.sent_at <= :resend_before or c.address_mark <> all(:marks))
    returning true
""")


async def keep(
    connection: Connection,
    *,
    gateway_id: str,
    transaction_id: str,
    channel: Channel,
    marks: tuple[bytes, ...],
    sealed: bytes,
    now: datetime,
    expires_at: datetime,
) -> bool:
    """Keep a new code in the place of the old one. False, and nothing changes, where a limit of the transaction says
    no. `marks` stand for the address, the one of today's key first."""
    kept = await connection.fetchval(
        *_KEEP(
            gateway_id=gateway_id,
            transaction_id=transaction_id,
            channel=channel.value,
            address_mark=marks[0],
            marks=list(marks),
            sealed=sealed,
            now=now,
            expires_at=expires_at,
            resend_before=now - RESEND_AFTER,
        )
    )
    return bool(kept)


# An address has one row for each key that marks it: a limit of any of them holds.
_COUNT = Statement("""
    insert into one_time_code_counts as a (gateway_id, address_mark, sendings, last_at, day_began)
    select :gateway_id, :address_mark, 1, :now::timestamptz, :now
    where not exists (
        select from one_time_code_counts
        where gateway_id = :gateway_id and address_mark = any(:older::bytea[])
          and (last_at > :rested_before or (sendings >= :most and day_began > :day_ago))
    )
    on conflict (gateway_id, address_mark) do update
        set sendings = case when a.day_began > :day_ago then a.sendings else 0 end + 1,
            day_began = case when a.day_began > :day_ago then a.day_began else excluded.day_began end,
            last_at = excluded.last_at
        where (a.last_at is null or :rested_before::timestamptz is null or a.last_at <= :rested_before)
          and (a.sendings < :most or a.day_began <= :day_ago)
    returning true
""")


async def count_for_address(connection: Connection, gateway_id: str, marks: tuple[bytes, ...], now: datetime) -> bool:
    """Count a sending to this address, of whatever transaction. False: it is too soon, or its day is used up."""
    return await _count(connection, gateway_id, marks, MOST_A_DAY, now - RESEND_AFTER, now)


_WHOLE_GATEWAY = (b"",)


async def count_for_gateway(connection: Connection, gateway_id: str, most: int, now: datetime) -> bool:
    """Count a sending of this gateway, to whatever address. False: its day is used up."""
    return await _count(connection, gateway_id, _WHOLE_GATEWAY, most, None, now)


async def _count(
    connection: Connection,
    gateway_id: str,
    marks: tuple[bytes, ...],
    most: int,
    rested_before: datetime | None,
    now: datetime,
) -> bool:
    counted = await connection.fetchval(
        *_COUNT(
            gateway_id=gateway_id,
            address_mark=marks[0],
            older=list(marks[1:]),
            most=most,
            rested_before=rested_before,
            day_ago=now - COUNTED_FOR,
            now=now,
        )
    )
    return bool(counted)


_LAST_SENT = Statement("""
    select max(last_at) from one_time_code_counts where gateway_id = :gateway_id and address_mark = any(:marks::bytea[])
""")


async def last_sent(database: Database, gateway_id: str, marks: tuple[bytes, ...]) -> datetime | None:
    """When a code last went to this address."""
    found: datetime | None = await database.value(*_LAST_SENT(gateway_id=gateway_id, marks=list(marks)))
    return found


# A day that began after the sending was counted does not hold it, and a later sending keeps its pause.
_NOT_SENT = Statement(f"""
    with c as (
        update one_time_codes set sent_at = null, expires_at = :now where {_HERE} and sealed = :sealed
    )
    update one_time_code_counts a
    set sendings = greatest(a.sendings - 1, 0), last_at = nullif(a.last_at, :counted_at::timestamptz)
    where a.gateway_id = :gateway_id and a.address_mark = any(:marks::bytea[]) and a.day_began <= :counted_at
""")


async def note_not_sent(
    database: Database,
    gateway_id: str,
    transaction_id: str,
    *,
    sealed: bytes,
    mark: bytes,
    counted_at: datetime,
    now: datetime,
) -> None:
    """The sender did not take this code, which was counted at that moment for this mark of its address: it is good for
    nothing, and counts for its transaction only. Another may be asked for at once."""
    await database.execute(
        *_NOT_SENT(
            gateway_id=gateway_id,
            transaction_id=transaction_id,
            sealed=sealed,
            marks=[mark, *_WHOLE_GATEWAY],
            counted_at=counted_at,
            now=now,
        )
    )


_ATTEMPT = Statement(f"""
    update one_time_codes set attempts = attempts + 1
    where {_HERE} and attempts < {MOST_ATTEMPTS} and verified_at is null and expires_at > :now
    returning {_COLUMNS}
""")


async def count_attempt(database: Database, gateway_id: str, transaction_id: str, now: datetime) -> SentCode | None:
    """The code, with one attempt less. None, and nothing changes, when it can no longer be given back."""
    return await database.fetch_one(SentCode, *_ATTEMPT(gateway_id=gateway_id, transaction_id=transaction_id, now=now))


_VERIFY = Statement(f"""
    update one_time_codes set verified_at = :now where {_HERE} and sealed = :sealed and verified_at is null
""")


async def note_verified(database: Database, gateway_id: str, transaction_id: str, sealed: bytes, now: datetime) -> bool:
    """The code was given back. False: it was before, or was replaced meanwhile."""
    done = await database.execute(
        *_VERIFY(gateway_id=gateway_id, transaction_id=transaction_id, sealed=sealed, now=now)
    )
    return affected(done) == 1
