"""Broker sessions: an investor's login, its secrets sealed, until its expiry."""

import json
from collections.abc import Mapping
from datetime import datetime

from torana.connectors.contract import Login
from torana.investors import store
from torana.investors.models import EndedBy, LiveSession
from torana.kit.cipher import Cipher, sealed_place
from torana.kit.clock import Clock
from torana.kit.database import Connection, Database
from torana.kit.ids import new_id


class Sessions:
    """Keeps and finds broker sessions."""

    def __init__(self, database: Database, cipher: Cipher, clock: Clock) -> None:
        self._database = database
        self._cipher = cipher
        self._clock = clock

    async def keep(
        self,
        connection: Connection,
        *,
        gateway_id: str,
        investor_id: str,
        broker: str,
        login: Login,
        now: datetime,
        browser_hash: bytes | None = None,
    ) -> str:
        """Store a finished login and return its session id. `browser_hash` stands for the browser that made it.

        Earlier sessions are left as they are: whether their tokens still work is for the broker to say.
        """
        session_id = new_id("ses")
        await store.insert_session(
            connection,
            gateway_id=gateway_id,
            session_id=session_id,
            investor_id=investor_id,
            broker=broker,
            token=self._cipher.seal(json.dumps(dict(login.secrets)), bound_to=_place(gateway_id, session_id)),
            edis_needed=login.edis_needed,
            expires_at=login.expires_at,
            browser_hash=browser_hash,
            now=now,
        )
        return session_id

    async def live(self, gateway_id: str, investor_id: str, now: datetime) -> LiveSession | None:
        """The investor's newest session that is neither ended nor expired, for following orders that they confirmed.

        What a browser may use is `live_in_browser`.
        """
        row = await store.latest_session(self._database, gateway_id, investor_id, now)
        return None if row is None else self.opened(gateway_id, row)

    async def live_in_browser(
        self, gateway_id: str, investor_id: str, browser_hash: bytes, now: datetime
    ) -> LiveSession | None:
        """The investor's newest session that this browser made and that is neither ended nor expired."""
        row = await store.latest_session(self._database, gateway_id, investor_id, now, browser_hash=browser_hash)
        return None if row is None else self.opened(gateway_id, row)

    async def all_live(self, gateway_id: str, investor_id: str, now: datetime) -> list[LiveSession]:
        """Every session of the investor that is neither ended nor expired, the newest first."""
        rows = await store.live_sessions(self._database, gateway_id, investor_id, now)
        return [self.opened(gateway_id, row) for row in rows]

    async def by_id(self, gateway_id: str, session_id: str) -> LiveSession | None:
        """The session of this id, ended or not; None if this gateway has none such."""
        row = await store.session(self._database, gateway_id, session_id)
        return None if row is None else self.opened(gateway_id, row)

    async def end(self, gateway_id: str, session_id: str, now: datetime, by: EndedBy = EndedBy.BROKER) -> None:
        """The broker said that the session is over, or the investor logged out. Ending twice changes nothing. A worker
        tells the partner, unless another login of the investor lives."""
        await store.end_session(self._database, gateway_id, session_id, now, by)

    def opened(self, gateway_id: str, row: store.SessionRow) -> LiveSession:
        """A stored session with its secrets unsealed; a session that has ended has none."""
        sealed, place = row.token, _place(gateway_id, row.session_id)
        return LiveSession(
            session_id=row.session_id,
            investor_id=row.investor_id,
            broker=row.broker,
            broker_user_id=row.broker_user_id,
            secrets=_secrets(self._cipher.open(sealed, bound_to=place)) if sealed else {},
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            edis_needed=row.edis_needed,
        )

    def seal_kept(self, gateway_id: str, visit_id: str, kept: Mapping[str, str]) -> bytes:
        """What a login that has begun wants to know again at its end, sealed; nothing is the empty value."""
        return self._cipher.seal(json.dumps(dict(kept)), bound_to=_kept_place(gateway_id, visit_id)) if kept else b""

    def open_kept(self, gateway_id: str, visit_id: str, sealed: bytes) -> Mapping[str, str]:
        kept: dict[str, str] = {}
        if sealed:
            kept = json.loads(self._cipher.open(sealed, bound_to=_kept_place(gateway_id, visit_id)))
        return kept


def _secrets(text: str) -> dict[str, str]:
    """The map of a login's secrets. Before there were several, the token stood alone."""
    if not text.startswith("{"):
        return {"token": text}
    secrets: dict[str, str] = json.loads(text)
    return secrets


def _kept_place(gateway_id: str, visit_id: str) -> str:
    return sealed_place(gateway_id, "visits", visit_id, "login_kept")


def _place(gateway_id: str, session_id: str) -> str:
    return sealed_place(gateway_id, "broker_sessions", session_id, "token")
