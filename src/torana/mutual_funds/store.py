"""All SQL on imports of mutual funds."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from torana.investors.models import Scope
from torana.kit.database import Connection, Database, row_to
from torana.kit.due import Claim
from torana.kit.sql import Statement
from torana.kit.tables import Age, PersonalTable, Sealed
from torana.mutual_funds.models import FundImport
from torana.one_time_codes.models import MOST_ATTEMPTS, MOST_SENDINGS, Channel

# What is still fetched is not kept after a withdrawal: see `end_claimed`.
FUND_IMPORTS_TABLE = PersonalTable(
    name="fund_imports",
    exported_as="fundImports",
    sealed=(Sealed("applicant", shown_as="applicant"), Sealed("reference"), Sealed("statement", shown_as="statement")),
    scopes=frozenset({Scope.FUND_STATEMENT}),
    forgotten=("statement",),
    ages=(
        Age("fund_imports", 30, setting="fund_imports"),
        # Nobody gave the code: who asked is forgotten with the end.
        Age("applicants", 0, where="r.applicant <> '' and r.verified_at is null", forget=("applicant", "reference")),
    ),
)
KEPT = FUND_IMPORTS_TABLE.ages[0]
"""How long what came is kept."""
_COLUMNS = ", ".join(FundImport.__struct_fields__)
_HERE = "gateway_id = :gateway_id and transaction_id = :transaction_id"
_OPEN = "verified_at is null and ended_at is null"

_FIND = Statement(f"select {_COLUMNS} from fund_imports where {_HERE}")


async def find(database: Database, gateway_id: str, transaction_id: str) -> FundImport | None:
    return await database.fetch_one(FundImport, *_FIND(gateway_id=gateway_id, transaction_id=transaction_id))


_BEGIN = Statement(f"""
    insert into fund_imports as f (gateway_id, transaction_id, channel, applicant, sendings, asked_at, sent_at,
                                   consent, created_at)
    values (:gateway_id, :transaction_id, :channel, '', 1, :now::timestamptz, :now, :consent::jsonb, :now)
    on conflict (gateway_id, transaction_id) do update
    set sendings = f.sendings + 1, asked_at = excluded.asked_at, sent_at = excluded.sent_at
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
    consent: Mapping[str, Any],
    now: datetime,
    resend_before: datetime,
) -> bool:
    """Note that a code is asked for, before it is: False where a limit says no. The code that was sent before can be
    given back until the new one is there."""
    begun = await database.value(
        *_BEGIN(
            gateway_id=gateway_id,
            transaction_id=transaction_id,
            channel=channel.value,
            consent=consent,
            now=now,
            resend_before=resend_before,
        )
    )
    return bool(begun)


_SENT = Statement(f"""
    update fund_imports
    set channel = :channel, applicant = :applicant, reference = :reference, consent = :consent::jsonb
    where {_HERE} and sent_at = :sent_at and {_OPEN}
    returning true
""")


async def note_sent(
    database: Database,
    *,
    gateway_id: str,
    transaction_id: str,
    channel: Channel,
    applicant: bytes,
    reference: bytes,
    consent: Mapping[str, Any],
    sent_at: datetime,
) -> bool:
    """The registrar has sent the code that was asked for at that moment. False, and nothing changes: another was asked
    for after it, or the import is over."""
    noted = await database.value(
        *_SENT(
            gateway_id=gateway_id,
            transaction_id=transaction_id,
            channel=channel.value,
            applicant=applicant,
            reference=reference,
            consent=consent,
            sent_at=sent_at,
        )
    )
    return bool(noted)


_REFUSED = Statement(f"update fund_imports set sent_at = null where {_HERE} and sent_at = :sent_at and {_OPEN}")


async def note_refused(database: Database, *, gateway_id: str, transaction_id: str, sent_at: datetime) -> None:
    """The registrar sent no code when it was asked at that moment: another may be asked for at once."""
    await database.execute(*_REFUSED(gateway_id=gateway_id, transaction_id=transaction_id, sent_at=sent_at))


_AWAY = Statement(f"""
    update fund_imports set sendings = sendings - 1 where {_HERE} and sent_at = :sent_at and {_OPEN}
""")


async def note_away(database: Database, *, gateway_id: str, transaction_id: str, sent_at: datetime) -> None:
    """Nobody knows what the registrar did at that moment: it is not counted, and the pause holds all the same."""
    await database.execute(*_AWAY(gateway_id=gateway_id, transaction_id=transaction_id, sent_at=sent_at))


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
    ended_at = :now, outcome = :outcome, applicant = '', reference = '', due_at = null, lease_until = null
"""
_END_OPEN = Statement(f"update fund_imports set {_ENDED} where {_HERE} and {_OPEN} returning true")
_END_CLAIMED = Statement(f"""
    update fund_imports set {_ENDED},
        statement = case when exists (
            select from consents c
            where c.gateway_id = :gateway_id and c.transaction_id = :transaction_id and c.withdrawn_at is not null
        ) then ''::bytea else :statement::bytea end
    where {_HERE} and ended_at is null and lease_token = :lease_token returning true
""")


async def end_unverified(connection: Connection, gateway_id: str, transaction_id: str, now: datetime) -> bool:
    """No code was right: what was typed is not needed any more."""
    at = {"gateway_id": gateway_id, "transaction_id": transaction_id}
    return bool(await connection.fetchval(*_END_OPEN(**at, now=now, outcome="failed")))


_HOLD_CONSENT = Statement("""
    select true from consents where gateway_id = :gateway_id and transaction_id = :transaction_id for share
""")


async def end_claimed(connection: Connection, claim: Claim, *, outcome: str, statement: bytes, now: datetime) -> bool:
    """It is over, with the sealed statement or without one; nothing is kept under a consent that was withdrawn
    meanwhile. False: another worker has it by now. Call it in a database transaction: a withdrawal waits for its
    end, or is seen."""
    await connection.execute(*_HOLD_CONSENT(**claim.named_key))
    at = {**claim.named_key, "lease_token": claim.token}
    return bool(await connection.fetchval(*_END_CLAIMED(**at, now=now, outcome=outcome, statement=statement)))
