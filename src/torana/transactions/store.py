"""All SQL on transactions."""

from torana.kit.database import Database
from torana.transactions.models import Transaction

_COLUMNS = ", ".join(Transaction.__struct_fields__)


async def find(database: Database, gateway_id: str, transaction_id: str) -> Transaction | None:
    return await database.fetch_one(
        Transaction,
        f"select {_COLUMNS} from transactions where gateway_id = $1 and transaction_id = $2",
        gateway_id,
        transaction_id,
    )
