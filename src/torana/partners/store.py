"""All SQL on partners and gateways."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.kit.database import Connection, Database, row_to


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


_COLUMNS = (
    "gateway_id, partner_id, name, display_name, mode, secret, api_secret, brokers, allowed_origins, branding, "
    "created_at, previous_secret, previous_secret_until, previous_api_secret, previous_api_secret_until, suspended_at"
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
        f"insert into gateways ({_COLUMNS}) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        *msgspec.structs.astuple(row),
    )


async def all_gateways(database: Database) -> list[GatewayRow]:
    """Every gateway, by name."""
    return await database.fetch(GatewayRow, f"select {_COLUMNS} from gateways order by name")


async def set_allowed_origins(database: Database, name: str, origins: Sequence[str]) -> None:
    await database.execute("update gateways set allowed_origins = $2 where name = $1", name, list(origins))


async def lock_gateway(connection: Connection, name: str) -> GatewayRow | None:
    """The gateway of this name, held until the transaction ends."""
    row = await connection.fetchrow(f"select {_COLUMNS} from gateways where name = $1 for update", name)
    return None if row is None else row_to(GatewayRow, row)


async def save_gateway(connection: Connection, row: GatewayRow) -> None:
    """Everything of it that may change: not its id, partner, name, mode and age."""
    await connection.execute(
        """
        update gateways
        set display_name = $2, brokers = $3, allowed_origins = $4, branding = $5, secret = $6, api_secret = $7,
            previous_secret = $8, previous_secret_until = $9, previous_api_secret = $10,
            previous_api_secret_until = $11, suspended_at = $12
        where gateway_id = $1
        """,
        row.gateway_id,
        row.display_name,
        row.brokers,
        row.allowed_origins,
        row.branding,
        row.secret,
        row.api_secret,
        row.previous_secret,
        row.previous_secret_until,
        row.previous_api_secret,
        row.previous_api_secret_until,
        row.suspended_at,
    )
