"""All SQL on leads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from torana.events.log import TELL, Beside, News, change_and_record
from torana.kit.database import Connection, Database
from torana.kit.due import Kind
from torana.kit.sql import Statement
from torana.leads.models import Lead
from torana.transactions.life_cycle import Move

LEADS = Kind("leads", ("gateway_id", "transaction_id"))
"""Applicants who did not come back from the broker."""
_COLUMNS = ", ".join(Lead.__struct_fields__)

_FIND = Statement(f"""
    select {_COLUMNS} from leads where gateway_id = :gateway_id and transaction_id = :transaction_id
""")


async def of_transaction(database: Database, gateway_id: str, transaction_id: str) -> Lead | None:
    return await database.fetch_one(Lead, *_FIND(gateway_id=gateway_id, transaction_id=transaction_id))


_BY_ID = Statement(f"select {_COLUMNS} from leads where gateway_id = :gateway_id and lead_id = :lead_id")


async def find(database: Database, gateway_id: str, lead_id: str) -> Lead | None:
    """The lead of this id, None if this gateway has none such: another gateway's is simply not there."""
    return await database.fetch_one(Lead, *_BY_ID(gateway_id=gateway_id, lead_id=lead_id))


_VISIBLE = Statement("""
    select t.asked_investor_id from leads l join transactions t using (gateway_id, transaction_id)
    where l.gateway_id = :gateway_id and l.lead_id = :lead_id
""")


async def investor_of(database: Database, gateway_id: str, lead_id: str) -> str | None:
    """The connected investor who asked for it, None for a guest's."""
    found: str | None = await database.value(*_VISIBLE(gateway_id=gateway_id, lead_id=lead_id))
    return found


_BY_PHONE = Statement("""
    select transaction_id from leads where gateway_id = :gateway_id and phone_mark = any(:marks::bytea[])
    order by created_at
""")


async def transactions_by_phone(database: Database, gateway_id: str, marks: Sequence[bytes]) -> list[str]:
    """The transactions of every lead of a phone number, by what stands for it."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_BY_PHONE(gateway_id=gateway_id, marks=list(marks)))
    return [row["transaction_id"] for row in rows]


_INSERT = Statement("""
    insert into leads (gateway_id, transaction_id, lead_id, status, login_offered, sealed, phone_mark, created_at,
                       updated_at)
    values (:gateway_id, :transaction_id, :lead_id, :status, :login_offered, :sealed, :phone_mark, :now, :now)
    on conflict (gateway_id, transaction_id) do nothing
""")


async def insert(database: Database, new: Lead) -> None:
    """Nothing happens where the transaction has a lead."""
    await database.execute(
        *_INSERT(
            gateway_id=new.gateway_id,
            transaction_id=new.transaction_id,
            lead_id=new.lead_id,
            status=new.status.value,
            login_offered=new.login_offered,
            sealed=new.sealed,
            phone_mark=new.phone_mark,
            now=new.created_at,
        )
    )


_UNCHANGED = """
    select 1 from leads
    where gateway_id = :gateway_id and transaction_id = :transaction_id and status = :status_before
      and updated_at = :updated_before for update
"""
_SAVE = (
    (
        "lead_saved",
        """
        update leads l
        set status = :lead_status, broker = :broker, sealed = :sealed, phone_mark = :phone_mark,
            handing_over = :handing_over, verified_at = :verified_at, submitted_at = :submitted_at,
            due_at = case when :handing_over then coalesce(:due_at, l.due_at) end, lease_until = null,
            updated_at = greatest(:now, :updated_before + interval '1 ms')
        from changed
        where l.gateway_id = :gateway_id and l.transaction_id = :transaction_id
        """,
    ),
)


async def save(
    connection: Connection,
    before: Lead,
    after: Lead,
    news: Sequence[News],
    *,
    move: Move | None = None,
    due_at: datetime | None = None,
    now: datetime,
) -> bool:
    """Write a lead as it is after a step, with the move of its transaction and the events. False, and nothing changes,
    when it is not what it was before, or the move is not to be made. `due_at`: until when an applicant who leaves for
    the broker now is waited for; a later step does not move it.

    Raises `asyncpg.UniqueViolationError` for a second hand-over of one phone number to one broker at a time.
    """
    values: dict[str, Any] = {
        "status_before": before.status.value,
        "updated_before": before.updated_at,
        "lead_status": after.status.value,
        "broker": after.broker,
        "sealed": after.sealed,
        "phone_mark": after.phone_mark,
        "handing_over": after.handing_over,
        "verified_at": after.verified_at,
        "submitted_at": after.submitted_at,
        "due_at": due_at,
    }
    told = [*news, move.news] if move is not None else list(news)
    return await change_and_record(
        connection,
        TELL if move is None else move.update,
        told,
        gateway_id=before.gateway_id,
        transaction_id=before.transaction_id,
        now=now,
        beside=Beside(_SAVE, values, _UNCHANGED),
    )
