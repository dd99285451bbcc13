"""SQL on instalment plans. Every statement names the gateway."""

from datetime import datetime

import msgspec

from torana.baskets.models import Plan
from torana.investors.models import Scope
from torana.kit.database import Connection, Database, row_to
from torana.kit.due import Kind, wake
from torana.kit.sql import Statement
from torana.kit.tables import Age, Owner, PersonalTable

PLANS = Kind("instalment_plans", ("gateway_id", "iscid"))
"""Plans of which an instalment is due."""
PLANS_TABLE = PersonalTable(
    name="instalment_plans",
    owner=Owner.INVESTOR,
    key="iscid",
    exported_as="instalmentPlans",
    scopes=frozenset({Scope.INSTALMENTS}),
    forgotten=("consent_id",),
    ages=(Age("instalment plans", 1827, setting="instalment_plans", since="ended_at"),),
)
_FIELDS = Plan.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_FIND = f"select {_COLUMNS} from instalment_plans where gateway_id = :gateway_id and iscid = :iscid"
_READ = Statement(_FIND)
_LOCK = Statement(f"{_FIND} and (:lease_token::bigint is null or lease_token = :lease_token) for update")


async def find_plan(database: Database, gateway_id: str, iscid: str) -> Plan | None:
    """The plan of an investment, which may have ended."""
    return await database.fetch_one(Plan, *_READ(gateway_id=gateway_id, iscid=iscid))


async def lock_plan(connection: Connection, gateway_id: str, iscid: str, lease_token: int | None = None) -> Plan | None:
    """The same, held for this database transaction; the investment is locked before it. With a token None, too, if
    that lease is over."""
    row = await connection.fetchrow(*_LOCK(gateway_id=gateway_id, iscid=iscid, lease_token=lease_token))
    return None if row is None else row_to(Plan, row)


_SAVE = Statement(f"""
    insert into instalment_plans ({_COLUMNS}, due_at)
    select {_COLUMNS}, :due_at from jsonb_populate_record(null::instalment_plans, :plan::jsonb)
    where gateway_id = :gateway_id
    on conflict (gateway_id, iscid) do update
    set {", ".join(f"{name} = excluded.{name}" for name in _FIELDS if name not in ("gateway_id", "iscid"))},
        due_at = excluded.due_at, lease_until = null, lease_token = instalment_plans.lease_token + 1, attempts = 0
    where instalment_plans.gateway_id = :gateway_id
""")


async def save_plan(connection: Connection, plan: Plan, due_at: datetime | None) -> None:
    """Write a plan that the caller has locked. `due_at`: when its next instalment is due, None when there is none.
    Whoever works on it as it was is not done with it."""
    given = _SAVE(gateway_id=plan.gateway_id, plan=msgspec.to_builtins(plan), due_at=due_at)
    await connection.execute(*given)
    if due_at is not None:
        await wake(connection, PLANS.table, plan.gateway_id)
