"""What is kept of one person: given to them, and erased."""

from datetime import datetime
from typing import Any

from torana.events.log import record
from torana.holdings.snapshots import Snapshots
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.kit.errors import ConfigurationError
from torana.retention import store


async def export(database: Database, cipher: Cipher, gateway_id: str, investor_id: str) -> dict[str, Any]:
    """Everything that is kept of this investor, by kind, without secrets. Amounts are in paise, those of holdings in
    rupees, as partners get them.

    Raises `ConfigurationError` when the gateway does not know them.
    """
    investor = await store.find_investor(database, gateway_id, investor_id)
    if investor is None:
        raise _unknown(investor_id)
    data = await store.personal_data(database, gateway_id, investor_id)
    for kept in data["holdings"]:
        kept["securities"] = await Snapshots(database, cipher).sealed_list(gateway_id, investor_id)
    return {"investor": investor, **data}


async def erase(database: Database, gateway_id: str, investor_id: str, now: datetime) -> None:
    """Take the person out: their account at the broker, tokens, holdings, visits, notes. Their consents end. The order
    log stays, as the law asks, under an id that leads to nobody; the same account is a new investor if it ever comes
    back.

    Raises `ConfigurationError` when the gateway does not know them, or while something of theirs is not finished.
    """
    async with database.transaction() as connection:
        account = await store.lock_investor(connection, gateway_id, investor_id)
        if account is None:
            raise _unknown(investor_id)
        if await store.has_open_orders(connection, gateway_id, investor_id):
            raise ConfigurationError(
                f"a transaction of {investor_id} is not finished: erase them when its orders have ended"
            )
        await store.erase(connection, gateway_id, investor_id, account, now)
        await record(
            connection,
            gateway_id=gateway_id,
            transaction_id=None,
            type="investor.erased",
            data={"investor_id": investor_id},
            now=now,
        )


def _unknown(investor_id: str) -> ConfigurationError:
    return ConfigurationError(f"this gateway knows no investor {investor_id!r}")
