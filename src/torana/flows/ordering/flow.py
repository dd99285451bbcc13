"""The flow of every intent that places orders: which lines they are, each intent says; the review, the confirmation
and the way to their end are the same."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from torana.connectors.codes import Unnamed
from torana.connectors.contract import Connector, ExecutionMode
from torana.flows.context import CurrentVisit, FlowServices, connector_of
from torana.flows.contract import Changed, Fail, Flow, Keep, LoginNeeded, Page, Step, Suspended, Wait
from torana.flows.depository.need import KEY
from torana.flows.ordering import batch_pages, release
from torana.flows.ordering.confirm import confirm
from torana.flows.ordering.differences import typed_now
from torana.flows.ordering.lines import UnknownSecurity, unnamed_at
from torana.flows.ordering.models import Chosen, Line
from torana.flows.ordering.moment import Moment, moment_of
from torana.flows.ordering.review_page import ReviewContext, figures_of_costs, figures_of_prices, load, read_review
from torana.flows.ordering.trading import halt_reason, market_now, market_of, reopens
from torana.flows.visits import Stage, Visit
from torana.kit.database import Connection
from torana.market.models import Security
from torana.orders import decide
from torana.orders.schemas import BATCH_EVENTS
from torana.orders.states import TO_DECIDE, OrderState
from torana.orders.store import halt_of, of_transaction
from torana.pages.texts.keys import Texts
from torana.pages.views import Notice, Tone
from torana.transactions.intents import LOGIN, ORDERS, C
from torana.transactions.models import Transaction
from torana.transactions.outcomes import (
    INSUFFICIENT_HOLDINGS,
    INTENT_NOT_ENABLED,
    INTERNAL_ERROR,
    MARKET_CLOSED,
    ORDERS_HALTED,
    FlowError,
)

CHOICE = "step"
"""The name in the forms of pages on which lines are chosen."""


class OrdersFlow(Flow[C]):
    needs = frozenset({LOGIN, ORDERS})
    events = BATCH_EVENTS
    leaving = {"insufficient_holdings": INSUFFICIENT_HOLDINGS, "too_large": INTENT_NOT_ENABLED}  # noqa: RUF012

    @abstractmethod
    async def choose(self, moment: Moment) -> Chosen | Step:
        """Which lines are to be reviewed, or the page on which the investor says so. Asked anew with each request, and
        with the confirmation: other lines than were shown are shown again."""

    async def chose(self, moment: Moment, form: Mapping[str, str]) -> Step | Keep:
        """What the form of such a page does."""
        return Changed()

    @abstractmethod
    async def expected(self, services: FlowServices, current: CurrentVisit) -> Sequence[Line]:
        """The lines as far as they are known before the login."""

    async def notice(self, services: FlowServices, current: CurrentVisit) -> Notice | None:
        """That nothing can be placed now, before a broker is chosen and logged in to."""
        halt = await halt_of(services.database, current.gateway.gateway_id, "")
        if halt is not None:
            return Notice(Tone.NOTE, current.texts.halt.title, halt_reason(halt, current.app, "", current.texts))
        market = await market_now(services, current.gateway, amo=current.visit.amo)
        if market.variety is not None:
            return None
        return Notice(Tone.QUEUE, current.texts.market.closed_notice, reopens(market, current.texts) or "")

    async def before_login(self, services: FlowServices, current: CurrentVisit, connector: Connector) -> Fail | None:
        """S08."""
        capabilities = connector.capabilities
        lines = await self.expected(services, current)
        in_browser = connector.execution_mode is ExecutionMode.REDIRECT_BASKET
        too_many = in_browser and capabilities.basket_limit is not None and len(lines) > capabilities.basket_limit
        wanted = {line.order_type for line in lines} - {None}
        if too_many or not wanted <= capabilities.order_types:
            return Fail(INTENT_NOT_ENABLED)
        if _unnamed(current, lines, capabilities.broker):
            return Fail(INTENT_NOT_ENABLED)
        if await halt_of(services.database, current.gateway.gateway_id, capabilities.broker):
            return Fail(ORDERS_HALTED)
        market = await market_of(services, current.gateway, capabilities, amo=current.visit.amo)
        return Fail(MARKET_CLOSED) if market.variety is None else None

    # the pages

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        if current.stage is Stage.DONE:
            return await batch_pages.ended(services, current, query)
        if current.stage is Stage.CONFIRMED:
            return await batch_pages.confirmed(services, current, query)
        connector = connector_of(services, current)
        if connector is None:
            return Fail(INTERNAL_ERROR)
        if query.get("part") != "review":
            count = len(await self.expected(services, current))
            texts, broker = current.texts, connector.capabilities.name
            title, text = texts.review.title(count=count), texts.orders.review_waiting(broker=broker)
            return Wait(title, text, "review", min(count, 4))
        waits = await release.before_review(services, current, connector)
        if waits is not None:
            return waits
        loaded = await load(services, current, connector, self.choose)
        if not isinstance(loaded, ReviewContext):
            return loaded
        kept = current.visit.answers.get("typed")
        typed = None if kept is None else typed_now(kept.get("seen", ""), loaded.drafts, kept)
        review = await read_review(loaded, typed=typed, limits="limits" in query)
        return review if isinstance(review, LoginNeeded) else Page(review)

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step | Keep:
        if "decision" in form:
            return await _decide(services, current, form)
        connector = connector_of(services, current)
        word = form.get("depository", "start")
        if word != "start" and connector is not None:
            return await release.submitted(services, current, connector, word)
        if current.stage is not Stage.REVIEWING or connector is None:
            return Changed()
        if CHOICE in form:
            moment = await moment_of(services, current, connector)
            return await self.chose(moment, form) if isinstance(moment, Moment) else moment
        loaded = await load(services, current, connector, self.choose)
        if not isinstance(loaded, ReviewContext):
            return loaded
        return await (release.start if "depository" in form else confirm)(loaded, form)

    async def explain(self, services: FlowServices, current: CurrentVisit, error: FlowError) -> tuple[str, ...]:
        if error == INTENT_NOT_ENABLED:
            connector = connector_of(services, current)
            known = None if connector is None else connector.capabilities
            lines = await self.expected(services, current)
            unnamed = [] if known is None else _unnamed(current, lines, known.broker)
            if known is not None and unnamed:
                return (_not_at(known.name, unnamed, current.texts),)
            return (current.texts.orders.not_in_one_go,)
        if error == ORDERS_HALTED:
            return await _halted(services, current)
        if error == MARKET_CLOSED:
            again = reopens(await market_now(services, current.gateway, amo=current.visit.amo), current.texts)
            return () if again is None else (again,)
        return ()

    async def figures(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> dict[str, Any]:
        """Last prices in paise, for the estimate on the review; with `costs`, what the lines as they stand in the query
        cost at the broker; while the depository is waited for, how much lacks."""
        connector = connector_of(services, current)
        waits = any(current.visit.answers.get(key) for key in (KEY, release.AGAIN))
        if waits and connector is not None and current.own_login and current.stage is not Stage.DONE:
            return {"prices": {}, "lacking": await release.lacking(services, current, connector)}
        loaded = None
        if current.stage is Stage.REVIEWING and connector is not None and current.own_login:
            loaded = await load(services, current, connector, self.choose)
        if not isinstance(loaded, ReviewContext):
            return {"prices": {}}
        return await figures_of_costs(loaded, query) if "costs" in query else await figures_of_prices(loaded)

    # once it is confirmed

    async def logged_in_again(
        self, connection: Connection, transaction: Transaction, *, investor_id: str, session_id: str, now: datetime
    ) -> bool:
        return await decide.returned_with_login(
            connection,
            gateway_id=transaction.gateway_id,
            transaction_id=transaction.transaction_id,
            investor_id=investor_id,
            session_id=session_id,
            now=now,
        )

    async def returned(self, services: FlowServices, transaction: Transaction) -> None:
        """From a basket at the broker, of which the order book tells what became."""
        await decide.returned(
            services.database, transaction.gateway_id, transaction.transaction_id, services.clock.now()
        )

    async def window_closed(
        self, services: FlowServices, transaction: Transaction, visit: Visit | None, *, sure: bool
    ) -> bool:
        """A basket that no window takes to the broker any more is looked for at once, and not only after its time.

        Once it was taken there, the window may be cut off and the basket still be confirmed: the investor is asked.
        """
        batch = await of_transaction(services.database, transaction.gateway_id, transaction.transaction_id)
        if batch is None or batch.execution_mode is not ExecutionMode.REDIRECT_BASKET or batch.returned_at is not None:
            return False
        left_at = None if visit is None else visit.left_at
        if not sure and left_at is not None and left_at >= batch.created_at:
            return True
        await self.returned(services, transaction)
        return False


async def _halted(services: FlowServices, current: CurrentVisit) -> tuple[str, ...]:
    """Why, for as long as it stands."""
    connector = connector_of(services, current)
    known = None if connector is None else connector.capabilities
    halt = await halt_of(services.database, current.gateway.gateway_id, known.broker if known else "")
    return () if halt is None else (halt_reason(halt, current.app, known.name if known else "", current.texts),)


async def _decide(services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step:
    """What the investor decides about orders that are not at the broker. Those that were refused until the depository
    has released their shares are placed from the pages of that step only, and once it is done."""
    word, at_depository = form["decision"], release.is_about_refused(form)
    if word == "again" and current.gateway.suspended_at is not None:
        return Suspended()
    batch = await of_transaction(services.database, current.visit.gateway_id, current.visit.transaction_id)
    if batch is None:
        return Changed()
    at, now = (batch.gateway_id, batch.batch_id, batch.transaction_id), services.clock.now()
    match word:
        case "again" if at_depository:
            connector = connector_of(services, current)
            return Changed() if connector is None else await release.place_refused(services, current, batch, connector)
        case "again":
            await decide.place_again(services.database, *at, now, states=TO_DECIDE - {OrderState.UNAUTHORISED})
        case "leave":
            states = {OrderState.UNAUTHORISED} if at_depository else TO_DECIDE
            await decide.leave(services.database, *at, now, states=states)
        case "cancel":
            await decide.cancel(services.database, *at, now)
    return Changed()


def _unnamed(current: CurrentVisit, lines: Sequence[Line], broker: str) -> list[tuple[Security, Unnamed]]:
    """The securities by which name this broker knows nothing. What is on no list any more, the review says."""
    try:
        return unnamed_at(broker, current.gateway.mode, lines)
    except UnknownSecurity:
        return []


def _not_at(broker: str, unnamed: Sequence[tuple[Security, Unnamed]], texts: Texts) -> str:
    """Why the broker cannot take these orders, in a sentence."""
    if any(why is Unnamed.LIST_NOT_READ for _, why in unnamed):
        return texts.orders.list_not_read(broker=broker)
    some = [texts.orders.of_exchange(symbol=one.symbol, exchange=one.exchange) for one, _ in unnamed[:3]]
    shown = ", ".join(some)
    if len(unnamed) > 3:
        return texts.orders.not_listed_more(broker=broker, shares=shown, more=len(unnamed) - 3)
    return texts.orders.not_listed(broker=broker, shares=shown)
