"""Ending a login at the broker."""

from typing import TYPE_CHECKING, Protocol

from torana.connectors.contract.login import Session

if TYPE_CHECKING:
    from torana.connectors.contract.setup import Setup


class Logouts(Protocol):
    """A broker where an app can end an investor's login."""

    def __init__(self, setup: "Setup") -> None: ...

    async def end(self, session: Session) -> None:
        """The token of this login works no more. Raises `SessionEnded` where it did not before, `NotSent` or
        `Unknown`."""
        ...
