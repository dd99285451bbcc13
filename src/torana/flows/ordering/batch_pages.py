"""The pages of a batch after the confirmation, and at its end."""

from collections.abc import Mapping
from datetime import datetime

from torana.connectors.codes import with_names
from torana.connectors.contract import Connector, ExecutionMode
from torana.connectors.hosts import origin
from torana.connectors.registry import BROKERS
from torana.connectors.tags import as_sent
from torana.flows.context import CurrentVisit, FlowServices, connector_of, frame_of
from torana.flows.contract import Page, Step, ToBroker, ToLogin, Work
from torana.flows.ordering import release
from torana.flows.ordering.status import status_view
from torana.flows.ordering.trading import halt_reason, market_of
from torana.flows.ordering.views import Basket
from torana.investors import accounts
from torana.orders.evidence import BASKET_PATIENCE
from torana.orders.models import Batch, Halt
from torana.orders.states import AttentionKind, OrderState
from torana.orders.store import halt_of, of_transaction
from torana.pages.frames import broker_of
from torana.pages.views import Action, Broker, Closing, Frame, Message, Status, Tone


async def confirmed(services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
    """The orders on their way: what the investor still has to do for them, or how they stand."""
    batch, connector = await _batch(services, current), connector_of(services, current)
    login = await _login_first(services, current, batch, query)
    if login is not None:
        return login
    if connector is None:
        return Work(await status_of(services, current, batch))
    if "depository" in query:
        step = await release.after_refusal(services, current, batch, connector)
        if step is not None:
            return step
    if _wants_basket(current, batch, services.clock.now()):
        halt = await halt_of(services.database, batch.gateway_id, batch.broker)
        if halt is not None:
            return Page(_held(current, _broker_of(services, current, batch), halt))
        basket = await _basket(services, current, batch, connector)
        if basket is not None:
            return basket
    return Work(await status_of(services, current, batch))


async def _needs_login(services: FlowServices, batch: Batch) -> bool:
    """Whether only a new login can show how an order ended, or have its shares released."""
    called = any(
        order.attention is AttentionKind.LOGIN_NEEDED or order.state is OrderState.UNAUTHORISED
        for order in batch.orders
    )
    return called and not await _has_login(services, batch)


async def _has_login(services: FlowServices, batch: Batch) -> bool:
    session = await services.sessions.by_id(batch.gateway_id, batch.session_id)
    return session is not None and session.is_live(services.clock.now())


def _wants_basket(current: CurrentVisit, batch: Batch, now: datetime) -> bool:
    """Whether the investor's browser still has to take the orders to the broker. Once it left, never again, and never
    once anything is known of one of them: not every browser says that it leaves, and a database may have gone back."""
    unknown = all(
        order.state is OrderState.CHECKING and order.attention is None and order.seen_in is None
        for order in batch.orders
    )
    confirmed_at, left_at = current.transaction.confirmed_at, current.visit.left_at
    return (
        current.own_login
        and unknown
        and batch.execution_mode is ExecutionMode.REDIRECT_BASKET
        and batch.returned_at is None
        and confirmed_at is not None
        and (left_at is None or left_at < confirmed_at)
        and now - batch.created_at < BASKET_PATIENCE / 2
    )


async def _basket(services: FlowServices, current: CurrentVisit, batch: Batch, connector: Connector) -> ToBroker | None:
    """The way of the orders to the broker's own page; None once the login is over that they would go with."""
    session = await services.sessions.by_id(batch.gateway_id, batch.session_id)
    if session is None or not session.is_live(services.clock.now()):
        return None
    login, browser_orders = session, connector.browser_orders
    if browser_orders is None or connector.orders is None:
        return None
    tags, mode = connector.orders.rules.tag, current.gateway.mode

    def page(ticket: str) -> Page:
        form = browser_orders.form(
            login.as_session(),
            [as_sent(with_names(order.request(batch.variety), batch.broker, mode), tags) for order in batch.orders],
            return_url=f"{services.public_url.rstrip('/')}{current.home}/returned",
            ticket=ticket,
        )
        host = origin(form.url)
        view = Basket(
            frame_of(current, Closing.WINDOW),
            broker_of(connector.capabilities),
            login.broker_user_id,
            host.partition("://")[2],
            form.url,
            form.fields,
            len(batch.orders),
        )
        return Page(view, form_hosts=(host,))

    return ToBroker(connector, page)


async def status_of(services: FlowServices, current: CurrentVisit, batch: Batch) -> Status:
    """The page of the orders on their way, or of their end."""
    settled = current.transaction.settled_at is not None
    return status_view(
        frame_of(current, Closing.WINDOW, refresh=None if settled else 3),
        _broker_of(services, current, batch),
        await accounts.name_of(services.database, batch.gateway_id, batch.investor_id),
        batch,
        app=current.gateway.display_name,
        stream=f"{current.home}/stream",
        next_open=await _next_open(services, current) if settled else None,
        settled=settled,
        logged_in=await _has_login(services, batch),
    )


async def ended(services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
    """How it ended. An order may end later than its transaction settles, and then want a login to be seen."""
    batch = await _batch(services, current)
    login = await _login_first(services, current, batch, query)
    return Page(await status_of(services, current, batch)) if login is None else login


async def _batch(services: FlowServices, current: CurrentVisit) -> Batch:
    transaction = current.transaction
    batch = await of_transaction(services.database, transaction.gateway_id, transaction.transaction_id)
    if batch is None:
        raise LookupError(f"{transaction.transaction_id} was confirmed and has no batch")
    return batch


def _broker_of(services: FlowServices, current: CurrentVisit, batch: Batch) -> Broker:
    """The broker as pages name it, whether or not this installation has its keys by now."""
    connector = services.connectors.find(current.gateway.mode, batch.broker)
    return broker_of((connector or BROKERS[batch.broker]).capabilities)


async def _login_first(
    services: FlowServices, current: CurrentVisit, batch: Batch, query: Mapping[str, str]
) -> Page | ToLogin | None:
    """The way to the broker's login, or the word that one is needed before these orders are shown; None: it is not, or
    this installation has no keys for the broker by now."""
    reachable = connector_of(services, current) is not None
    if reachable and "login" in query and (not current.own_login or await _needs_login(services, batch)):
        return ToLogin()
    if current.own_login:
        return None
    frame = frame_of(current, Closing.WINDOW)
    return Page(of_another(frame, _broker_of(services, current, batch), mismatch=query.get("note") == "mismatch"))


def _held(current: CurrentVisit, broker: Broker, halt: Halt) -> Message:
    """Orders that may not go to the broker's own page now."""
    words = current.texts
    text = (halt_reason(halt, current.app, broker.name, words), words.halt.nothing_sent)
    again = Action(words.page.try_again, href=current.home)
    return Message(frame_of(current, Closing.WINDOW), Tone.NOTE, words.halt.title, text, broker, again)


def of_another(frame: Frame, broker: Broker, *, mismatch: bool) -> Message:
    """Orders of an account that this browser has not logged in to: it sees them, and decides, after a login.
    `mismatch`: it has just logged in to another one."""
    words, name = frame.texts.another_account, broker.name
    text = words.mismatch(broker=name) if mismatch else words.text
    log_in = Action(frame.texts.page.log_in_to(broker=name), href=f"{frame.home}?login=1")
    return Message(frame, Tone.NOTE, words.title(broker=name), (text,), broker, log_in)


async def _next_open(services: FlowServices, current: CurrentVisit) -> datetime | None:
    connector = connector_of(services, current)
    if connector is None:
        return None
    return (await market_of(services, current.gateway, connector.capabilities, amo=False)).next_open
