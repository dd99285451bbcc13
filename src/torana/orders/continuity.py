"""Whether this process can vouch for the database: that no record of a sending was lost.

An order whose intent says that it was not sent can be sent, if that is true. It is not where a database was restored
from a dump or a snapshot, or where a replica was promoted that lacked the last commits: the order may be at the broker.
So a process believes an intent only if it was written after the process began to watch this very database, and every
new connection shows the same one: same cluster, same timeline, same database, and a log that has not gone back.
"""

from datetime import datetime, timedelta

import structlog

from torana.kit.clock import Clock
from torana.kit.database import Database, Identity

log = structlog.get_logger(__name__)

MARGIN = timedelta(seconds=5)
"""How far the clocks of the machines of one installation may be apart."""


class Continuity:
    """Remembers since when the database is known to be whole."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._clock = clock
        self._seen: Identity | None = None
        self.since = clock.now()
        """Intents written before this moment (less a margin) are not proven to be the whole truth."""
        self.broken_at: datetime | None = None
        """When the database was seen to have gone back in time or to be another one; None: never."""
        database.on_connect = self._connected

    def vouches_for(self, written_at: datetime) -> bool:
        """Whether a record of that moment is known to be followed by every later one."""
        return written_at >= self.since + MARGIN

    def _connected(self, identity: Identity) -> None:
        before, self._seen = self._seen, identity
        if before is None or before.continues_in(identity):
            return
        self.since = self.broken_at = self._clock.now()
        log.error("database.went_back", was=repr(before), now=repr(identity))
