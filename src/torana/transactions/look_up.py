"""Read one transaction."""

from torana.kit.database import Database
from torana.transactions import store
from torana.transactions.models import Transaction


async def find(database: Database, gateway_id: str, transaction_id: str) -> Transaction | None:
    """The transaction of this id, None if this gateway has none such: another tenant's id is simply not there."""
    return await store.find(database, gateway_id, transaction_id)
