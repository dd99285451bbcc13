"""The newest reading of an investor's holdings, sealed at rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from torana.holdings import store
from torana.holdings.models import Held, Kept
from torana.holdings.schemas import Version, securities
from torana.investors.models import Consent, Scope
from torana.kit.cipher import Cipher, sealed_place
from torana.kit.database import Database
from torana.market.securities import current


class NoHoldings(StrEnum):
    """Why there is nothing to show."""

    UNKNOWN_INVESTOR = "UnknownInvestor"
    CONSENT_MISSING = "ConsentMissing"
    CONSENT_WITHDRAWN = "ConsentWithdrawn"
    CONSENT_EXPIRED = "ConsentExpired"
    NOT_IMPORTED = "HoldingsNotImported"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the broker told; `taken_at` is the moment before it was asked. Without `tells_pledged` shares that are
    pledged may stand nowhere in it."""

    broker: str
    held: Sequence[Held]
    taken_at: datetime
    tells_pledged: bool = True


class Snapshots:
    """Keeps one reading an investor, and finds it."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    async def keep(self, gateway_id: str, lane: str, consent: Consent, reading: Reading, now: datetime) -> None:
        """Keep it under this consent, in the place of an older one. A consent that was withdrawn meanwhile keeps
        nothing; of two readings at once the newer one stays (H03)."""
        listing, investor_id = current(), consent.investor_id
        sealed = {
            version.value: self._cipher.seal(listed, bound_to=_place(gateway_id, investor_id, version))
            for version, listed in securities(reading.held, listing).items()
        }
        await store.keep(
            self._database,
            gateway_id=gateway_id,
            investor_id=investor_id,
            consent_id=consent.consent_id,
            broker=reading.broker,
            lane=lane,
            securities=len(reading.held),
            sealed=sealed,
            taken_at=reading.taken_at,
            now=now,
        )

    async def find(self, gateway_id: str, investor_id: str, version: Version, now: datetime) -> Kept | NoHoldings:
        """What is kept and may be shown now."""
        row = await store.find(self._database, gateway_id, investor_id, version, now)
        if row is None:
            return NoHoldings.UNKNOWN_INVESTOR
        if row["scopes"] is None:
            return NoHoldings.CONSENT_MISSING
        if row["withdrawn_at"] is not None:
            return NoHoldings.CONSENT_WITHDRAWN
        if row["valid_until"] <= now:
            return NoHoldings.CONSENT_EXPIRED
        if row["securities"] is None or Scope.SECURITIES not in row["scopes"]:
            return NoHoldings.NOT_IMPORTED
        listed = self._cipher.open_bytes(row["securities"], bound_to=_place(gateway_id, investor_id, version))
        return Kept(row["broker"], listed, row["taken_at"], row["stored_at"], row["updating"], row["logged_in"])


def _place(gateway_id: str, investor_id: str, version: Version) -> str:
    return sealed_place(gateway_id, store.TABLE, investor_id, f"securities_{version}")
