"""The contract of a flow: what one intent asks of the investor, from the login to its result.

The portal admits the browser, lets the investor choose a broker and log in, draws the frame, and renders what `step`
says. A flow says what is shown next, what a form of its pages does, and what comes out.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

from litestar import Router

from torana.connectors.contract import Connector
from torana.events.log import News
from torana.events.types import EventType
from torana.flows.context import CurrentVisit, FlowServices
from torana.flows.visits import Visit
from torana.kit.database import Connection
from torana.kit.due import Kind
from torana.kit.runner import Handler
from torana.pages.render import LiveView, View
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Notice
from torana.partners.api_services import ApiServices
from torana.transactions.details import event_of
from torana.transactions.intents import C, Intent
from torana.transactions.models import Transaction
from torana.transactions.outcomes import FlowError


@dataclass(frozen=True, slots=True)
class Page:
    """Show this. `form_hosts`: where a form of it may end beside here."""

    view: View
    status: int = 200
    form_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """Show a skeleton of so many `lines` that loads the page of `part`, which takes a moment to read."""

    title: str
    text: str
    part: str
    lines: int = 2


@dataclass(frozen=True, slots=True)
class Work:
    """Something goes on without the investor; the live parts of the page are pushed whenever an event of the
    transaction comes. Who does the work writes the result with its end (`life_cycle`)."""

    view: LiveView
    follows: tuple[str, ...] = ()
    """Further transactions whose events change the page."""


@dataclass(frozen=True, slots=True)
class Done:
    """It is over, with this result as it is stored (JSON)."""

    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fail:
    """It is over without a result, unless it was confirmed or ended before."""

    error: FlowError


@dataclass(frozen=True, slots=True)
class LoginNeeded:
    """The login at the broker is over: say so, and offer the way to a new one."""


@dataclass(frozen=True, slots=True)
class ToLogin:
    """Go on to the broker's login."""


@dataclass(frozen=True, slots=True)
class ToBroker:
    """The browser takes something to the broker's own page. `page` makes our page before it from the ticket with which
    the broker sends the browser back."""

    connector: Connector
    page: Callable[[str], Page]


@dataclass(frozen=True, slots=True)
class Keep:
    """The investor has answered a page: keep this with the visit (`Visit.answers`, beside what is there), and show what
    comes next. JSON; nothing secret."""

    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """The transaction moved on, or did so before: the visit's page tells how it stands."""


@dataclass(frozen=True, slots=True)
class Suspended:
    """The operator takes nothing new from this gateway."""


@dataclass(frozen=True, slots=True)
class Choose:
    """Show the choice of a broker within the flow's own pages; `back` leads to them."""

    back: Action


@dataclass(frozen=True, slots=True)
class Begin:
    """The window goes on with another transaction of the same investor, made from this body of a create, and comes back
    to this visit at its end. What cannot be created changes nothing, and the page says why."""

    body: Mapping[str, Any]


Step: TypeAlias = (
    Page | Wait | Work | Done | Fail | LoginNeeded | ToLogin | ToBroker | Changed | Suspended | Choose | Begin
)


class Flow(Intent[C]):
    """One intent as the portal meets it. Beside what every flow has to answer stand questions with a usual answer."""

    completion: EventType | None = None
    """What partners are told when it is done without a confirmation; None: nothing."""
    begins_others: ClassVar[bool] = False
    """Whether its window goes on with other transactions (`Begin`), and comes back."""
    leaving: Mapping[str, FlowError] = MappingProxyType({})
    """Reasons that a page after the login may give for leaving, by the word in its form."""

    @abstractmethod
    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        """What the partner's app wants, for the investor who chooses a broker."""

    @abstractmethod
    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        """What the visit shows now: after the login (at once where `needs` is empty), once it is confirmed, and when it
        is done. `query` only chooses between pages of one stage."""

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step | Keep:
        """What a form of its pages does, of the page before the login too. One that comes back with errors of its own
        has status 422."""
        return Changed()

    async def begun_by_page(
        self, services: FlowServices, gateway_id: str, transaction_id: str, given: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """A page has asked for this new transaction: keep what else its body says. Returns what of that cannot be used,
        for the partner's developer. It may not be called at all, when the process dies in between."""
        return ()

    def routes(self, api: ApiServices, services: FlowServices) -> Sequence[Router]:
        """What its folder serves over HTTP, beside the pages."""
        return ()

    def work(self, services: FlowServices) -> Mapping[Kind, Handler]:
        """What workers do for its folder when it is due."""
        return {}

    async def notice(self, services: FlowServices, current: CurrentVisit) -> Notice | None:
        """A remark at the choice of the broker."""
        return None

    async def before_login(
        self, services: FlowServices, current: CurrentVisit, connector: Connector
    ) -> Page | Fail | None:
        """A page of its own before the investor goes to this broker's login, or why that would lead nowhere."""
        return None

    def left(self) -> Done | None:
        """What it means that the investor leaves its pages; None: that they cancel it."""
        return None

    def at_login(self) -> Done | None:
        """The result, where the login is all there is to do: it is written together with the login."""
        return None

    async def explain(self, services: FlowServices, current: CurrentVisit, error: FlowError) -> tuple[str, ...]:
        """Sentences on the page of a flow that ended with this error, before what is always said."""
        return ()

    async def figures(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> dict[str, Any]:
        """Numbers that an open page asks for by script; `query` says for which."""
        return {}

    async def logged_in_again(
        self, connection: Connection, transaction: Transaction, *, investor_id: str, session_id: str, now: datetime
    ) -> bool:
        """A login after the confirmation, in the caller's database transaction. False: it changes nothing."""
        return False

    async def returned(self, services: FlowServices, transaction: Transaction) -> None:
        """The browser is back from the broker's own page, or will not come back with more than it brought."""

    async def came_back(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> None:
        """The same, where the broker's page sent the browser to the address of the visit, with this query."""
        await self.returned(services, current.transaction)

    async def window_closed(
        self, services: FlowServices, transaction: Transaction, visit: Visit | None, *, sure: bool
    ) -> bool:
        """The pop-up of a confirmed transaction looks closed. True: it may only have been cut off."""
        return False

    def completion_news(self, transaction: Transaction, result: Mapping[str, Any]) -> list[News]:
        """The event that tells partners of this result."""
        if self.completion is None:
            return []
        return [News(self.completion.name, event_of(transaction, result=result), notify_partner=True)]
