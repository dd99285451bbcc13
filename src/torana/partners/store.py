"""All SQL on partners and gateways."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.kit.database import Connection, Database


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


_COLUMNS = (
    "gateway_id, partner_id, name, display_name, mode, secret, api_secret, brokers, allowed_origins, branding, "
    "created_at"
)


async def gateway_by_name(database: Database, name: str) -> GatewayRow | None:
    return await database.fetch_one(GatewayRow, f"select {_COLUMNS} from gateways where name = $1", name)


async def gateway_by_id(database: Database, gateway_id: str) -> GatewayRow | None:
    return await database.fetch_one(GatewayRow, f"select {_COLUMNS} from gateways where gateway_id = $1", gateway_id)


async def insert_partner(connection: Connection, partner_id: str, name: str, now: datetime) -> None:
    await connection.execute(
        "insert into partners (partner_id, name, created_at) values ($1, $2, $3)", partner_id, name, now
    )


async def insert_gateway(connection: Connection, row: GatewayRow) -> None:
    """Raises `asyncpg.UniqueViolationError` when the name is taken."""
    await connection.execute(
        f"insert into gateways ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        *msgspec.structs.astuple(row),
    )


async def all_gateways(database: Database) -> list[GatewayRow]:
    """Every gateway, by name."""
    return await database.fetch(GatewayRow, f"select {_COLUMNS} from gateways order by name")


async def set_allowed_origins(database: Database, name: str, origins: Sequence[str]) -> None:
    await database.execute("update gateways set allowed_origins = $2 where name = $1", name, list(origins))
