"""What a flow works with, and who is asking."""

import hmac
import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from torana.baskets.figures import Performances
from torana.connectors.contract import Capabilities, Connector
from torana.connectors.registry import Connectors, offered
from torana.events.stream import EventStream
from torana.flows.visits import Stage, Visit, stage_of
from torana.holdings.snapshots import Snapshots
from torana.investors.models import LiveSession
from torana.investors.sessions import Sessions
from torana.investors.store import SessionRow
from torana.kit.cipher import Cipher
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.overload import Overload
from torana.market.hours import MarketTime
from torana.mutual_funds.imports import FundImports
from torana.one_time_codes.prove import OneTimeCodes
from torana.orders.models import Halt
from torana.orders.pace import Pace
from torana.pages.frames import partner_of, return_address
from torana.pages.texts.keys import Texts
from torana.pages.texts.languages import ENGLISH
from torana.pages.views import Closing, Frame
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway, Mode
from torana.transactions.intents import Intents, Need
from torana.transactions.models import Transaction


def meets(known: Capabilities, needs: Set[Need]) -> bool:
    """Whether this broker has all of it."""
    return all(need.offered_by(known) for need in needs)


@dataclass(frozen=True, slots=True)
class FlowServices:
    """The parts of the installation that flows and the portal need."""

    database: Database
    clock: Clock
    gateways: Gateways
    sessions: Sessions
    stream: EventStream
    connectors: Connectors
    market_times: Mapping[Mode, MarketTime]
    public_url: str
    overload: Overload
    snapshots: Snapshots
    codes: OneTimeCodes
    cipher: Cipher
    """Opens what stands sealed."""
    fund_imports: FundImports
    intents: Intents[Any]
    """With the lifetimes of this installation."""
    performances: Performances
    """What prices say of baskets."""
    settle_window: float | None = None
    """Overrides every connector's own; for tests."""

    @property
    def https(self) -> bool:
        """Whether browsers reach us by https."""
        return self.public_url.startswith("https:")

    def connector(self, gateway: Gateway, broker: str) -> Connector:
        """Raises `NoSuchConnector`."""
        return self.connectors.get(gateway.mode, broker)

    def brokers(self, gateway: Gateway, wanted: list[str] | None, needs: Set[Need] = frozenset()) -> list[Capabilities]:
        """The brokers that an investor may choose from: the installation's, the gateway's and those asked for, as far
        as they have what is needed."""
        able = offered(self.connectors.available(gateway.mode), gateway.brokers, wanted)
        return [known for known in able if meets(known, needs)]


@dataclass(frozen=True, slots=True)
class CurrentVisit:
    """A browser that has proven that this visit is its own. `cookie` is the proof; visit and transaction are as they
    were when it asked. `own_login`: it made the login that the transaction uses, if there is one; without that it sees
    nothing of the account and places nothing."""

    gateway: Gateway
    visit: Visit
    transaction: Transaction
    cookie: str = field(repr=False)
    own_login: bool = True
    texts: Texts = field(default=ENGLISH, repr=False)
    """The words of the visit's language."""
    now: datetime | None = None
    """When it asked."""
    session: SessionRow | None = field(default=None, repr=False)
    """The login that the transaction uses, alive or not; see `live_session`."""
    halt: Halt | None = None
    """The widest that stops new orders to the visit's broker."""

    @property
    def app(self) -> str:
        """The partner's app, as the investor knows it."""
        return self.gateway.display_name

    @property
    def stage(self) -> Stage:
        return stage_of(self.visit, self.transaction)

    @property
    def home(self) -> str:
        return home_of(self.gateway, self.visit.visit_id)


def home_of(gateway: Gateway, visit_id: str) -> str:
    """The path of a visit."""
    return f"/portal/{gateway.name}/{visit_id}"


def csrf_of(cookie: str) -> str:
    """What every form of the visit carries."""
    return hmac.digest(cookie.encode(), b"csrf", "sha256").hex()


def connector_of(services: FlowServices, current: CurrentVisit) -> Connector | None:
    """The connector of the visit's broker; None before one is chosen, or when it is no longer there."""
    return services.connectors.find(current.gateway.mode, current.visit.broker) if current.visit.broker else None


def pace_of(services: FlowServices, gateway: Gateway, connector: Connector, broker_user_id: str) -> Pace:
    """How fast this account may be asked."""
    return Pace(services.database, gateway.mode, connector.broker, broker_user_id)


def live_session(services: FlowServices, current: CurrentVisit) -> LiveSession | None:
    """The login that the transaction uses, None once it is over."""
    if current.session is None:
        return None
    session = services.sessions.opened(current.visit.gateway_id, current.session)
    return session if session.is_live(services.clock.now()) else None


def _expires_in(current: CurrentVisit) -> int | None:
    """Seconds after which the transaction is over unless it is confirmed; None: it is, or is over."""
    transaction = current.transaction
    if current.now is None or transaction.confirmed_at is not None or transaction.settled_at is not None:
        return None
    return max(0, math.ceil((transaction.expires_at - current.now).total_seconds()))


def frame_of(
    current: CurrentVisit, closing: Closing, *, broker: str | None = None, refresh: int | None = None
) -> Frame:
    """`broker` is the name in the question that comes before leaving."""
    visit, words = current.visit, current.texts.page
    return Frame(
        partner_of(current.gateway),
        current.home,
        csrf_of(current.cookie),
        closing,
        leave_title=words.leave_title,
        leave_text=(
            words.leave_text(app=current.app)
            if broker is None
            else words.leave_text_broker(app=current.app, broker=broker)
        ),
        return_url=None if visit.return_url is None else return_address(visit.return_url, visit.transaction_id),
        expires_in=_expires_in(current),
        asks_for_opener=visit.apart_at is None and (visit.return_url is None or visit.outer_visit_id is not None),
        test=current.gateway.mode is Mode.TEST,
        refresh=refresh,
        texts=current.texts,
    )
