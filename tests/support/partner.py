"""Partners and their investors: a gateway, and who is logged in there."""

from datetime import datetime, timedelta
from uuid import uuid4

from tests.support.brokers import ANY_BROKER
from torana.connectors.contract import Login
from torana.investors.accounts import recognise
from torana.investors.sessions import Sessions
from torana.kit.cipher import Cipher, new_key
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway, Mode

KEYS = new_key()
CIPHER = Cipher(KEYS)


async def make_gateway(database: Database, clock: Clock, *, cipher: Cipher = CIPHER, **given: object) -> Gateway:
    """A test gateway with a name that nobody else has."""
    name = f"g{uuid4().hex[:20]}"
    return await Gateways(database, clock, cipher).create(
        name=name,
        display_name="Kiran Invest",
        mode=Mode.TEST,
        allowed_origins=["https://kiran.example"],
        **given,  # type: ignore[arg-type]  # a test names them
    )


async def log_in(
    database: Database, gateway: Gateway, now: datetime, *, broker: str = ANY_BROKER, user: str = "AB1234"
) -> tuple[str, str]:
    """An investor with a live broker session: their id and the session's."""
    sessions = Sessions(database, CIPHER, _Unused())
    login = Login(
        broker_user_id=user,
        user_name="Asha Rao",
        secrets={"token": f"token-of-{user}"},
        expires_at=now + timedelta(hours=8),
        edis_needed=None,
    )
    async with database.transaction() as connection:
        investor_id = await recognise(
            connection, gateway_id=gateway.gateway_id, broker=broker, broker_user_id=user, now=now
        )
        session_id = await sessions.keep(
            connection, gateway_id=gateway.gateway_id, investor_id=investor_id, broker=broker, login=login, now=now
        )
    return investor_id, session_id


class _Unused:
    def now(self) -> datetime:
        raise AssertionError("the moment is passed in")

    def steady(self) -> float:
        raise AssertionError("nothing waits here")

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits here")
