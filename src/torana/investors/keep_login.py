"""A login that an investor has made at a broker, stored: whose it is, and its session."""

from dataclasses import dataclass
from datetime import datetime

from torana.connectors.contract import Login
from torana.investors.accounts import recognise
from torana.investors.sessions import Sessions
from torana.kit.database import Connection
from torana.kit.errors import ToranaError


class OtherAccount(ToranaError):
    """The login is of another account than the one that was asked for: nothing of it is kept (S02)."""


@dataclass(frozen=True, slots=True)
class KeptLogin:
    """A login that is stored: whose it is, and at which broker."""

    investor_id: str
    session_id: str
    broker: str


async def keep_login(
    connection: Connection,
    sessions: Sessions,
    *,
    gateway_id: str,
    broker: str,
    login: Login,
    browser_hash: bytes,
    only: str | None,
    now: datetime,
) -> KeptLogin:
    """Keep a finished login, in the caller's database transaction. `only` is the investor whose it has to be, None
    where anybody's will do. Raises `OtherAccount`: the caller's transaction must not be committed then."""
    investor_id = await recognise(
        connection, gateway_id=gateway_id, broker=broker, broker_user_id=login.broker_user_id, now=now
    )
    if only is not None and investor_id != only:
        raise OtherAccount("the login is of another account")
    session_id = await sessions.keep(
        connection,
        gateway_id=gateway_id,
        investor_id=investor_id,
        broker=broker,
        login=login,
        now=now,
        browser_hash=browser_hash,
    )
    return KeptLogin(investor_id, session_id, broker)
