"""What the verbs of this folder work with, and who is asking."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torana.connectors.contract import Capabilities, Connector
from torana.connectors.registry import Connectors
from torana.events.stream import EventStream
from torana.investors.sessions import Sessions
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.overload import Overload
from torana.market.hours import MarketTime
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway, Mode
from torana.portal.models import Stage, Visit, stage_of
from torana.transactions.models import Transaction


@dataclass(frozen=True, slots=True)
class Lobby:
    """The parts of the installation that the portal needs."""

    database: Database
    clock: Clock
    gateways: Gateways
    sessions: Sessions
    stream: EventStream
    connectors: Connectors
    market_times: Mapping[Mode, MarketTime]
    public_url: str
    overload: Overload

    @property
    def https(self) -> bool:
        """Whether browsers reach us by https."""
        return self.public_url.startswith("https:")

    def connector(self, gateway: Gateway, broker: str) -> Connector:
        """Raises `NoSuchConnector`."""
        return self.connectors.get(gateway.mode, broker)

    def brokers(self, gateway: Gateway, wanted: list[str] | None) -> list[Capabilities]:
        """The brokers that an investor may choose from: the installation's, the gateway's and those asked for."""
        return [
            known
            for known in self.connectors.available(gateway.mode)
            if (gateway.brokers is None or known.broker in gateway.brokers) and (not wanted or known.broker in wanted)
        ]


@dataclass(frozen=True, slots=True)
class Guest:
    """A browser that has proven that this visit is its own. `cookie` is the proof; visit and transaction are as they
    were when it asked. `own_login`: it made the login that the transaction uses, if there is one; without that it sees
    nothing of the account and places nothing."""

    gateway: Gateway
    visit: Visit
    transaction: Transaction
    cookie: str = field(repr=False)
    own_login: bool = True

    @property
    def stage(self) -> Stage:
        return stage_of(self.visit, self.transaction)

    @property
    def home(self) -> str:
        return home_of(self.gateway, self.visit.visit_id)


def home_of(gateway: Gateway, visit_id: str) -> str:
    """The path of a visit."""
    return f"/portal/{gateway.name}/{visit_id}"
