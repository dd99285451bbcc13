"""How far a transaction's orders are, for pages and answers."""

from collections.abc import Sequence
from typing import Any

from torana.kit.database import Database
from torana.orders import store
from torana.orders.models import Batch
from torana.orders.schemas import order_batch


async def progress(database: Database, gateway_id: str, transaction_id: str) -> Batch | None:
    """The transaction's batch with its orders in line order; None before it was confirmed."""
    batches = await store.of_transactions(database, gateway_id, [transaction_id], [])
    return batches[0] if batches else None


async def order_batches(database: Database, gateway_id: str, transaction_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The wire form of the batches of these transactions."""
    return [order_batch(batch) for batch in await store.of_transactions(database, gateway_id, transaction_ids, [])]
