"""What all simulated brokers share: the exchange, the faults, sessions, apps, open browser visits."""

import asyncio
from dataclasses import dataclass, field

from torana.sandbox.depository import Depository
from torana.sandbox.exchange import Exchange
from torana.sandbox.faults import Faults
from torana.sandbox.openings import Openings
from torana.sandbox.postbacks import Postbacks
from torana.sandbox.registrar import Registrar
from torana.sandbox.sessions import Sessions
from torana.sandbox.visits import Visits


@dataclass(slots=True)
class App:
    """An app that the simulated broker knows."""

    key: str
    secret: str
    redirect_url: str
    postback_url: str


@dataclass(slots=True)
class World:
    """Everything that the simulated brokers share."""

    exchange: Exchange
    faults: Faults
    postbacks: Postbacks
    url: str
    """Where browsers reach the sandbox."""
    gateway_url: str = ""
    """Where the gateway is reached, whose test gateways lead here."""
    next_user: str = ""
    """The user name that the next login page has typed in already; empty: none."""
    sessions: dict[str, Sessions] = field(default_factory=dict)
    apps: dict[str, dict[str, App]] = field(default_factory=dict)
    """By broker and key."""
    visits: Visits = field(default_factory=Visits)
    depository: Depository = field(default_factory=Depository)
    registrar: Registrar = field(init=False)
    openings: Openings = field(default_factory=Openings)
    rate_limits: bool = True
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the sandbox stops: whatever hangs lets go."""

    def __post_init__(self) -> None:
        self.registrar = Registrar(self.exchange)

    def sessions_of(self, broker: str) -> Sessions:
        return self.sessions.setdefault(broker, Sessions())

    def app(self, broker: str, key: str) -> App | None:
        """The app of this key that the broker knows."""
        return self.apps.get(broker, {}).get(key)
