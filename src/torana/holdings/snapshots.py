"""The newest reading of an investor's holdings, sealed at rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from torana.holdings import store
from torana.holdings.models import Held, Kept
from torana.holdings.schemas import Version, securities
from torana.investors.models import Consent, Scope
from torana.kit.cipher import Cipher, nonce_of, sealed_place
from torana.kit.database import Database
from torana.kit.recent import Recent
from torana.market.securities import current

MOST_BYTES = 16 * 1024 * 1024
"""Of all lists that a process keeps open."""
_NOTHING = b"\0"
"""With which no sealed value begins."""


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
        self._opened: Recent[str, tuple[bytes, bytes]] = Recent(MOST_BYTES)
        """By their place the lists that were opened last, each behind the beginning of its sealed form: that has a
        nonce of its own, so another list begins otherwise."""

    async def keep(self, gateway_id: str, lane: str, consent: Consent, reading: Reading, now: datetime) -> bool:
        """Keep it under this consent, in the place of an older one. A consent that was withdrawn meanwhile keeps
        nothing; of two readings at once the newer one stays (H03). Whether it was kept."""
        listing, investor_id = current(), consent.investor_id
        sealed = {
            version.value: self._cipher.seal(listed, bound_to=_place(gateway_id, investor_id, version))
            for version, listed in securities(reading.held, listing).items()
        }
        return await store.keep(
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
        place = _place(gateway_id, investor_id, version)
        known, listed = self._opened.get(place) or (_NOTHING, b"")
        row = await store.find(self._database, gateway_id, investor_id, version, now, known)
        why = _why_nothing(row, now)
        if row is None or why is not None:
            self._opened.drop(place)
            return why or NoHoldings.UNKNOWN_INVESTOR
        if row["securities"] is not None:
            listed = self._cipher.open_bytes(row["securities"], bound_to=place)
            self._opened.put(place, (nonce_of(row["securities"]), listed), len(listed))
        return Kept(row["broker"], listed, row["taken_at"], row["stored_at"], row["updating"], row["logged_in"])


def _why_nothing(row: asyncpg.Record | None, now: datetime) -> NoHoldings | None:
    if row is None:
        return NoHoldings.UNKNOWN_INVESTOR
    if row["scopes"] is None:
        return NoHoldings.CONSENT_MISSING
    if row["withdrawn_at"] is not None:
        return NoHoldings.CONSENT_WITHDRAWN
    if row["valid_until"] <= now:
        return NoHoldings.CONSENT_EXPIRED
    if row["taken_at"] is None or Scope.SECURITIES not in row["scopes"]:
        return NoHoldings.NOT_IMPORTED
    return None


def _place(gateway_id: str, investor_id: str, version: Version) -> str:
    return sealed_place(gateway_id, store.TABLE, investor_id, f"securities_{version}")
