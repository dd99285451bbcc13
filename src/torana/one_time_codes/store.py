"""All SQL on one-time codes."""

from datetime import datetime

from torana.kit.database import Database
from torana.kit.sql import Statement, affected
from torana.one_time_codes.models import MOST_A_DAY, MOST_ATTEMPTS, MOST_SENDINGS, Channel, SentCode

_COLUMNS = ", ".join(SentCode.__struct_fields__)
_HERE = "gateway_id = :gateway_id and transaction_id = :transaction_id"

_FIND = Statement(f"select {_COLUMNS} from one_time_codes where {_HERE}")


async def find(database: Database, gateway_id: str, transaction_id: str) -> SentCode | None:
    return await database.fetch_one(SentCode, *_FIND(gateway_id=gateway_id, transaction_id=transaction_id))


_BEGIN = Statement(f"""
    insert into one_time_codes as c
        (gateway_id, transaction_id, channel, address_mark, sealed, sendings, sent_at, expires_at, created_at)
    select :gateway_id, :transaction_id, :channel, :address_mark, :sealed, 1, :now::timestamptz, :expires_at, :now
    where {MOST_A_DAY} > (
        select coalesce(sum(sendings), 0) from one_time_codes
        where gateway_id = :gateway_id and address_mark = any(:marks::bytea[]) and created_at > :day_ago
    )
    on conflict (gateway_id, transaction_id) do update
        set channel = excluded.channel, address_mark = excluded.address_mark, sealed = excluded.sealed,
            sendings = c.sendings + 1, sent_at = excluded.sent_at, expires_at = excluded.expires_at
        where c.sendings < {MOST_SENDINGS} and c.attempts < {MOST_ATTEMPTS} and c.verified_at is null
          and (c.sent_at is null or c.sent_at <= :resend_before or c.address_mark <> all(:marks))
""")


async def begin_sending(
    database: Database,
    *,
    gateway_id: str,
    transaction_id: str,
    channel: Channel,
    marks: tuple[bytes, ...],
    sealed: bytes,
    now: datetime,
    expires_at: datetime,
    resend_before: datetime,
    day_ago: datetime,
) -> bool:
    """Keep a new code in the place of the old one. False, and nothing changes, where a limit says no: of two at once
    one is sent. `marks` stand for the address, the one of today's key first."""
    done = await database.execute(
        *_BEGIN(
            gateway_id=gateway_id,
            transaction_id=transaction_id,
            channel=channel.value,
            address_mark=marks[0],
            marks=list(marks),
            sealed=sealed,
            now=now,
            expires_at=expires_at,
            resend_before=resend_before,
            day_ago=day_ago,
        )
    )
    return affected(done) == 1


_NOT_SENT = Statement(f"""
    update one_time_codes set sent_at = null, expires_at = :now where {_HERE} and sealed = :sealed
""")


async def note_not_sent(database: Database, gateway_id: str, transaction_id: str, sealed: bytes, now: datetime) -> None:
    """The sender did not take this code: it is good for nothing, and another may be asked for at once."""
    await database.execute(*_NOT_SENT(gateway_id=gateway_id, transaction_id=transaction_id, sealed=sealed, now=now))


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
