"""All SQL on partners and gateways."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.kit.database import Connection, Database, row_to
from torana.kit.sql import Statement


class GatewayRow(msgspec.Struct, frozen=True):
    """A gateway as it is stored: its secrets are sealed."""

    gateway_id: str
    partner_id: str
    name: str
    display_name: str
    mode: str
    secret: bytes
    api_secret: bytes
    brokers: list[str] | None
    allowed_origins: list[str]
    branding: dict[str, str]
    created_at: datetime
    previous_secret: bytes | None = None
    previous_secret_until: datetime | None = None
    previous_api_secret: bytes | None = None
    previous_api_secret_until: datetime | None = None
    suspended_at: datetime | None = None
    links: dict[str, str] = {}


_COLUMNS = ", ".join(GatewayRow.__struct_fields__)
_BY_NAME = Statement(f"select {_COLUMNS} from gateways where name = :name")
_BY_ID = Statement(f"select {_COLUMNS} from gateways where gateway_id = :gateway_id")
_LOCK = Statement(f"select {_COLUMNS} from gateways where name = :name for update")
_ALL = Statement(f"select {_COLUMNS} from gateways order by name")
_IDS = Statement("select gateway_id from gateways order by gateway_id")
_INSERT_PARTNER = Statement("insert into partners (partner_id, name, created_at) values (:partner_id, :name, :now)")
_INSERT = Statement(f"""
    insert into gateways ({_COLUMNS}) values ({", ".join(f":{name}" for name in GatewayRow.__struct_fields__)})
""")
_SET_ALLOWED_ORIGINS = Statement("update gateways set allowed_origins = :origins where name = :name")
_FIXED = ("gateway_id", "partner_id", "name", "mode", "created_at")
_MAY_CHANGE = tuple(name for name in GatewayRow.__struct_fields__ if name not in _FIXED)
_SAVE = Statement(f"""
    update gateways set {", ".join(f"{name} = :{name}" for name in _MAY_CHANGE)} where gateway_id = :gateway_id
""")


async def gateway_by_name(database: Database, name: str) -> GatewayRow | None:
    return await database.fetch_one(GatewayRow, *_BY_NAME(name=name))


async def gateway_by_id(database: Database, gateway_id: str) -> GatewayRow | None:
    return await database.fetch_one(GatewayRow, *_BY_ID(gateway_id=gateway_id))


async def insert_partner(connection: Connection, partner_id: str, name: str, now: datetime) -> None:
    await connection.execute(*_INSERT_PARTNER(partner_id=partner_id, name=name, now=now))


async def insert_gateway(connection: Connection, row: GatewayRow) -> None:
    """Raises `asyncpg.UniqueViolationError` when the name is taken."""
    await connection.execute(*_INSERT(**msgspec.structs.asdict(row)))


async def all_gateways(database: Database) -> list[GatewayRow]:
    """Every gateway, by name."""
    return await database.fetch(GatewayRow, *_ALL())


async def gateway_ids(database: Database) -> list[str]:
    """Of every gateway: what is done for all of them is done for one after the other."""
    async with database.connection() as connection:
        return [row["gateway_id"] for row in await connection.fetch(*_IDS())]


async def set_allowed_origins(database: Database, name: str, origins: Sequence[str]) -> None:
    await database.execute(*_SET_ALLOWED_ORIGINS(name=name, origins=list(origins)))


async def lock_gateway(connection: Connection, name: str) -> GatewayRow | None:
    """The gateway of this name, held until the transaction ends."""
    row = await connection.fetchrow(*_LOCK(name=name))
    return None if row is None else row_to(GatewayRow, row)


async def save_gateway(connection: Connection, row: GatewayRow) -> None:
    """Everything of it that may change: not its id, partner, name, mode and age."""
    values = {name: getattr(row, name) for name in ("gateway_id", *_MAY_CHANGE)}
    await connection.execute(*_SAVE(**values))
