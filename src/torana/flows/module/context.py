"""What every page of the module works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from torana.baskets.index import Volatility
from torana.connectors.contract import Connector
from torana.flows.context import CurrentVisit, FlowServices, connector_of, frame_of
from torana.flows.module.request import Place, Where, link
from torana.flows.module.views import Change, Tab
from torana.investors.models import LiveSession
from torana.kit.clock import IST
from torana.market.models import Close
from torana.pages.texts.keys import ModuleTexts
from torana.pages.views import Action, Closing, Frame

MINUS = "−"


@dataclass(frozen=True, slots=True)
class ModuleContext:
    """`session` is the investor's login, None before it and once it is over."""

    services: FlowServices
    current: CurrentVisit
    session: LiveSession | None
    where: Where

    @property
    def words(self) -> ModuleTexts:
        return self.current.texts.module

    @property
    def gateway_id(self) -> str:
        return self.current.gateway.gateway_id

    @property
    def mode(self) -> str:
        return self.current.gateway.mode.value

    @property
    def investor_id(self) -> str:
        return self.current.transaction.investor_id or ""

    @property
    def id(self) -> str:
        return self.where.get("id", "")

    @property
    def connector(self) -> Connector | None:
        return connector_of(self.services, self.current)

    @property
    def broker_name(self) -> str:
        """The broker's; empty before one is chosen."""
        return "" if self.connector is None else self.connector.capabilities.name

    def frame(self, *, refresh: int | None = None) -> Frame:
        return frame_of(self.current, Closing.AT_ONCE, refresh=refresh)

    def to(self, at: Place, **more: str) -> str:
        return link(self.current.home, at, **more)

    def tabs(self, here: Place) -> tuple[Tab, ...]:
        words = self.words
        named = (
            (Place.DISCOVER, words.tab_discover),
            (Place.INVESTMENTS, words.tab_investments),
            (Place.PENDING, words.tab_pending),
            (Place.ORDERS, words.tab_orders),
        )
        return tuple(Tab(label, self.to(place), place is here) for place, label in named)

    def order(self, label: str, kind: str, **named: str) -> Action:
        """The button of an order on a basket; it goes into the pages of that order, and comes back to the investment,
        or to what is pending where that was shown."""
        back = {"back": Place.PENDING.value} if self.where["at"] == Place.PENDING else {}
        return Action(label, post="confirm", fields={"step": "order", "kind": kind, **named, **back})

    @property
    def today(self) -> date:
        """In India."""
        return self.services.clock.now().astimezone(IST).date()

    def day(self, day: date) -> str:
        return self.words.day(at=datetime.combine(day, time(12), IST))

    def risk(self, volatility: Volatility) -> str:
        return risks(self.words)[volatility]

    def priced(self, closes: Mapping[str, Close]) -> str:
        """Of which day the prices are."""
        if not closes:
            return ""
        return self.words.priced(day=self.day(min(close.day for close in closes.values())))


def risks(words: ModuleTexts) -> Mapping[Volatility, str]:
    return {
        Volatility.LOW: words.risk_low,
        Volatility.MEDIUM: words.risk_medium,
        Volatility.HIGH: words.risk_high,
    }


def percent(part: Decimal, *, label: str = "") -> Change:
    """Of a part of 1: 0.0123 is +1.2 %."""
    shown = (part * 100).quantize(Decimal("0.1"))
    sign = "+" if shown > 0 else MINUS if shown < 0 else ""
    return Change(f"{sign}{abs(shown)} %", label, None if not shown else shown > 0)
