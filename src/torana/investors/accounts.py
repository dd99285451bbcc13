"""Who an investor is: one id for each (gateway, broker account) pair, the same for ever."""

from datetime import datetime

from torana.investors import store
from torana.investors.models import Investor
from torana.kit.database import Connection, Database
from torana.kit.ids import new_hex24


async def recognise(connection: Connection, *, gateway_id: str, broker: str, broker_user_id: str, now: datetime) -> str:
    """The investor id of this broker account at this gateway; they are made if we meet them for the first time.

    Two gateways know the same account under two ids that have nothing in common.
    """
    return await store.find_or_make(connection, gateway_id, new_hex24(), broker, broker_user_id, now)


async def find(database: Database, gateway_id: str, investor_id: str) -> Investor | None:
    """The investor, None if this gateway does not know them."""
    return await store.find(database, gateway_id, investor_id)


async def name_of(database: Database, gateway_id: str, investor_id: str) -> str:
    """What the broker calls the investor's account; empty if this gateway does not know them."""
    investor = await find(database, gateway_id, investor_id)
    return investor.broker_user_id if investor else ""
