"""All SQL on imports of mutual funds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from torana.kit.database import Connection, Database, row_to
from torana.kit.due import Claim
from torana.kit.sql import Statement
from torana.mutual_funds.models import FundImport
from torana.one_time_codes.models import MOST_ATTEMPTS, MOST_SENDINGS, Channel

_COLUMNS = ", ".join(FundImport.__struct_fields__)
_HERE = "gateway_id = :gateway_id and transaction_id = :transaction_id"
_OPEN = "verified_at is null and ended_at is null"

_FIND = Statement(f"select {_COLUMNS} from fund_imports where {_HERE}")


async def find(database: Database, gateway_id: str, transaction_id: str) -> FundImport | None:
    return await database.fetch_one(FundImport, *_FIND(gateway_id=gateway_id, transaction_id=transaction_id))


_BEGIN = Statement(f"""
    insert into fund_imports as f (gateway_id, transaction_id, channel, applicant, sendings, asked_at, consent,
                                   created_at)
    values (:gateway_id, :transaction_id, :channel, :applicant, 1, :now, :consent::jsonb, :now)
    on conflict (gateway_id, transaction_id) do update
    set channel = excluded.channel, applicant = excluded.applicant, reference = '', sent_at = null,
        sendings = f.sendings + 1, asked_at = excluded.asked_at, consent = excluded.consent
    where f.gateway_id = :gateway_id and f.verified_at is null and f.ended_at is null
      and f.codes_tried < {MOST_ATTEMPTS} and f.sendings < {MOST_SENDINGS}
      and (f.sent_at is null or f.sent_at <= :resend_before)
    returning true
""")


async def begin_sending(
    database: Database,
    *,
    gateway_id: str,
    transaction_id: str,
    channel: Channel,
    applicant: bytes,
    consent: Mapping[str, Any],
    now: datetime,
    resend_before: datetime,
) -> bool:
    """Note that a code is asked for, before it is: False where a limit says no."""
    begun = await database.value(
        *_BEGIN(
            gateway_id=gateway_id,
            transaction_id=transaction_id,
            channel=channel.value,
            applicant=applicant,
            consent=consent,
            now=now,
            resend_before=resend_before,
        )
    )
    return bool(begun)


_SENT = Statement(f"""
    update fund_imports set reference = :reference, sent_at = :now
    where {_HERE} and applicant = :applicant and {_OPEN}
""")


async def note_sent(
    database: Database, *, gateway_id: str, transaction_id: str, applicant: bytes, reference: bytes, now: datetime
) -> None:
    """The registrar has sent a code, unless another request came after this one."""
    at = {"gateway_id": gateway_id, "transaction_id": transaction_id}
    await database.execute(*_SENT(**at, applicant=applicant, reference=reference, now=now))


_TRY = Statement(f"""
    update fund_imports set codes_tried = codes_tried + 1
    where {_HERE} and {_OPEN} and reference <> '' and codes_tried < {MOST_ATTEMPTS}
    returning {_COLUMNS}
""")


async def count_try(database: Database, gateway_id: str, transaction_id: str) -> FundImport | None:
    """Take one of the attempts, before the registrar is asked. None: there is none to take."""
    async with database.connection() as connection:
        row = await connection.fetchrow(*_TRY(gateway_id=gateway_id, transaction_id=transaction_id))
    return None if row is None else row_to(FundImport, row)


_GIVE_BACK = Statement(f"update fund_imports set codes_tried = codes_tried - 1 where {_HERE} and {_OPEN}")


async def give_try_back(database: Database, gateway_id: str, transaction_id: str) -> None:
    """The registrar has not judged the code."""
    await database.execute(*_GIVE_BACK(gateway_id=gateway_id, transaction_id=transaction_id))


_VERIFIED = Statement(f"""
    update fund_imports set verified_at = :now, due_at = :now where {_HERE} and {_OPEN} returning true
""")


async def note_verified(connection: Connection, gateway_id: str, transaction_id: str, now: datetime) -> bool:
    """The investor has consented: the statement is due. False: that was so before, or it has ended."""
    at = {"gateway_id": gateway_id, "transaction_id": transaction_id}
    return bool(await connection.fetchval(*_VERIFIED(**at, now=now)))


_ENDED = """
    ended_at = :now, outcome = :outcome, applicant = '', reference = '', statement = :statement,
    due_at = null, lease_until = null
"""
_END_OPEN = Statement(f"update fund_imports set {_ENDED} where {_HERE} and {_OPEN} returning true")
_END_CLAIMED = Statement(f"""
    update fund_imports set {_ENDED}
    where {_HERE} and ended_at is null and lease_token = :lease_token returning true
""")


async def end_unverified(connection: Connection, gateway_id: str, transaction_id: str, now: datetime) -> bool:
    """No code was right: what was typed is not needed any more."""
    at = {"gateway_id": gateway_id, "transaction_id": transaction_id}
    return bool(await connection.fetchval(*_END_OPEN(**at, now=now, outcome="failed", statement=b"")))


async def end_claimed(connection: Connection, claim: Claim, *, outcome: str, statement: bytes, now: datetime) -> bool:
    """It is over, with the sealed statement or without one. False: another worker has it by now."""
    at = {**claim.named_key, "lease_token": claim.token}
    return bool(await connection.fetchval(*_END_CLAIMED(**at, now=now, outcome=outcome, statement=statement)))


_FORGET_GIVEN = Statement(f"update transactions set personal = '' where {_HERE}")


async def forget_given(connection: Connection, gateway_id: str, transaction_id: str) -> None:
    """What the partner said of the person when they made the transaction."""
    await connection.execute(*_FORGET_GIVEN(gateway_id=gateway_id, transaction_id=transaction_id))


_GATEWAY = Statement("""
    select g.gateway_id from gateways g
    where exists (select from transactions t
                  where t.gateway_id = g.gateway_id and t.transaction_id = :transaction_id)
    limit 1
""")


async def gateway_of(database: Database, transaction_id: str) -> str | None:
    """The gateway of a transaction, for paths of the interface that name none; its secret is asked for next."""
    found: str | None = await database.value(*_GATEWAY(transaction_id=transaction_id))
    return found
