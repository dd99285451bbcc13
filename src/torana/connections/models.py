"""An investor's connection with their broker: whether a login lives there."""

from datetime import datetime

import msgspec

from torana.investors.models import EndedBy


class Connection(msgspec.Struct, frozen=True):
    """Of the investor's newest login that lives, else of the one that ended last. Everything about it is None of an
    investor whose logins are no longer kept."""

    investor_id: str
    broker: str
    since: datetime | None
    until: datetime | None
    """When the login ends by itself."""
    ended_at: datetime | None
    ended_by: EndedBy | None
    """None while it lives, and of logins that ended before this was kept."""

    def as_of(self, now: datetime) -> "Connection":
        """The same, with an expiry that nobody has written down."""
        if self.ended_at is not None or self.until is None or self.until > now:
            return self
        return msgspec.structs.replace(self, ended_at=self.until, ended_by=EndedBy.EXPIRY)

    @property
    def lives(self) -> bool:
        return self.since is not None and self.ended_at is None
