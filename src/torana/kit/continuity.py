"""Whether this process can vouch for the database: that what it reads is followed by everything that was written later.

A record that says "not sent yet" can be believed, if nothing that came after it is missing. It is missing where a
database was restored from a dump or a snapshot, or where a replica was promoted that lacked the last commits. So a
process believes a record only if it was written after the process began to watch this very database, and every new
connection shows the same one: same cluster, same timeline, same database, and a log that has not gone back. A server
that was started again meanwhile may have been given an older disk: what was written before that is not believed either.

A dump that is restored under a running process changes none of that. Then the rows tell: the system column `xmin` of a
restored row is not the transaction that the row says wrote it (docs/decisions/0011).
"""

import time

import msgspec
import structlog

log = structlog.get_logger(__name__)

IDENTITY = """
    select (select system_identifier::text from pg_control_system()) as cluster,
           case when not pg_is_in_recovery() then left(pg_walfile_name(pg_current_wal_lsn()), 8) end as timeline,
           (select oid::int8 from pg_database where datname = current_database()) as database,
           case when not pg_is_in_recovery() then (pg_current_wal_lsn() - '0/0')::int8 end as log_position,
           extract(epoch from pg_postmaster_start_time())::float8 as started_at,
           pg_snapshot_xmax(pg_current_snapshot())::text::int8 as next_transaction
"""


class Identity(msgspec.Struct, frozen=True):
    """Which database a connection reaches, and how far it is. On a standby timeline and log position are not known."""

    cluster: str
    timeline: str | None
    database: int
    log_position: int | None
    next_transaction: int
    started_at: float = 0.0
    """When the server was started, in seconds of its epoch."""

    def continues_in(self, later: "Identity") -> bool:
        """Whether the later connection reaches the same database with everything that had been committed here."""
        if (self.cluster, self.database) != (later.cluster, later.database):
            return False
        if self.timeline is None or later.timeline is None:
            return True
        return self.timeline == later.timeline and (later.log_position or 0) >= (self.log_position or 0)


class Continuity:
    """Told of every new connection; remembers since when the database is known to be whole."""

    def __init__(self) -> None:
        self._seen: Identity | None = None
        self._since: int | None = None
        self._broken_at: float | None = None
        self._since_at: float | None = None

    @property
    def seen(self) -> Identity | None:
        """The database as it was seen last."""
        return self._seen

    @property
    def since(self) -> int | None:
        """The first database transaction of which this process can vouch for what followed."""
        return self._since

    def connected(self, identity: Identity, before: Identity | None) -> None:
        """`identity` was asked for when `before` was the last one seen: answers of several connections may cross."""
        if before is None:
            self._since = max(identity.next_transaction, self._since or 0)
            self._since_at = time.monotonic()
        elif not before.continues_in(identity):
            self._since, self._broken_at = identity.next_transaction, time.monotonic()
            self._since_at = self._broken_at
            log.error("database.went_back", was=repr(before), now=repr(identity))
        elif before.started_at != identity.started_at:
            self._since, self._since_at = identity.next_transaction, time.monotonic()
            log.warning("database.started_again", was=repr(before), now=repr(identity))
        self._seen = identity

    def vouches_for(self, transaction: int) -> bool:
        """Whether what this database transaction wrote is known to be followed by everything later."""
        return self._since is not None and transaction >= self._since

    def seconds_whole(self) -> float | None:
        """For how long it can vouch for the database; None: it has not seen it yet."""
        return None if self._since_at is None else time.monotonic() - self._since_at

    def seconds_since_break(self) -> float | None:
        """Since this process saw the database go back in time, or become another one; None: it never did."""
        return None if self._broken_at is None else time.monotonic() - self._broken_at
