"""What partners are told of holdings and consents by webhook."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from torana.events.types import EventType
from torana.holdings.models import Kept
from torana.holdings.schemas import Version, holdings
from torana.holdings.snapshots import Snapshots
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.transactions.details import wire_of


async def _with_holdings(
    database: Database, cipher: Cipher, gateway_id: str, data: Mapping[str, Any], now: datetime
) -> Mapping[str, Any]:
    """The event keeps no holdings, so that they can be deleted: what is kept when it is sent is that import's reading
    or a newer one (H03), or none any more (H02)."""
    kept = await Snapshots(database, cipher).find(gateway_id, data["investor_id"], Version(data["version"]), now)
    return {**data, "holdings": kept if isinstance(kept, Kept) else None}


def _imported(data: Mapping[str, Any]) -> dict[str, Any]:
    known: Kept | None = data["holdings"]
    body = {**wire_of(data), "status": "COMPLETED", "version": data["version"]}
    if known is None:
        return body | {"securities": None, "snapshotDate": None, "deleted": True}
    return body | holdings(known, Version(data["version"]), mutual_funds=data["mutual_funds"])


HOLDINGS_IMPORTED = EventType("holdings.imported", _imported, _with_holdings)


def _withdrawn(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "smallcaseAuthId": data["investor_id"],
        "transactionId": data.get("transaction_id"),
        "consentId": data["consent_id"],
        "scopes": data["scopes"],
        "withdrawnAt": data["withdrawn_at"],
        "withdrawnBy": data["withdrawn_by"],
    }


CONSENT_WITHDRAWN = EventType("consent.withdrawn", _withdrawn)
