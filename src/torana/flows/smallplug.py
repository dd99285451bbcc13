"""SMALLPLUG: the module of baskets (`openSmallplug`). The investor looks around, logs in when they want to invest or to
see what they have, and each order goes on in its own pages and comes back here. It is done when they leave."""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from torana.baskets.investments import Kind
from torana.baskets.subject import archive
from torana.flows import store
from torana.flows.context import CurrentVisit, FlowServices, frame_of, live_session
from torana.flows.contract import Begin, Changed, Choose, Done, Flow, Keep, LoginNeeded, Page, Step
from torana.flows.investing.request import ISCID, SCID
from torana.flows.module.basket_page import basket_page
from torana.flows.module.context import ModuleContext
from torana.flows.module.discovery import discovery
from torana.flows.module.investment_pages import investment, investments
from torana.flows.module.orders_page import orders_page
from torana.flows.module.pending_pages import leave_out, pending
from torana.flows.module.reconcile_page import CHECK, RECONCILE, accepted, asked_again, reconcile_page
from torana.flows.module.request import ENDPOINTS, TITLE, ModuleConfig, Place, link, read_module, where_of
from torana.flows.module.views import LockedView
from torana.flows.visits import Stage
from torana.investors import accounts
from torana.kit.database import Database
from torana.kit.errors import NotFound
from torana.pages.frames import ending
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Closing, Message, Tone
from torana.transactions.intents import LOGIN, ORDERS, Audience
from torana.transactions.models import Transaction
from torana.transactions.reading import Faults

_AT, _WISH = "module_at", "module_wish"
"""Under which a visit keeps the page to which it comes back, and what the investor wanted before a login came between:
`body`, that of a create, or nothing more than that page."""
_PAGES: Mapping[str, Callable[[ModuleContext], Awaitable[Page]]] = {
    Place.DISCOVER: discovery,
    Place.BASKET: basket_page,
    Place.INVESTMENTS: investments,
    Place.INVESTMENT: investment,
    Place.RECONCILE: reconcile_page,
    Place.PENDING: pending,
    Place.LEAVE_OUT: leave_out,
    Place.ORDERS: orders_page,
}
_OWN = frozenset(Place) - {Place.DISCOVER, Place.BASKET}
"""Pages that show the account."""
_EXAMPLES = {
    "module": {"intent": "SMALLPLUG", "endpoint": "discovery/all", "params": {"count": "11", "minInvest": "0-5000"}}
}
_SCHEMA = {
    "endpoint": {"type": ["string", "null"], "description": f"Its first page: {ENDPOINTS}."},
    "params": {
        "type": ["string", "object", "null"],
        "description": "Its filters, as a query or an object: count, minInvest (rupees, 0-5000), q, risk, sort.",
    },
}
_RESULT_SCHEMA = {"success": {"const": True}}
_RESULT_EXAMPLE = {"success": True}


class Smallplug(Flow[ModuleConfig]):
    intent = "SMALLPLUG"
    title = TITLE
    body_keys = frozenset({"intent", "notes", "endpoint", "params"})
    audience = Audience.EITHER
    lifetime = timedelta(minutes=60)
    needs = frozenset({LOGIN, ORDERS})
    opens_before_login = True
    begins_others = True
    config = ModuleConfig
    by_page = True
    examples = _EXAMPLES
    result_schema = _RESULT_SCHEMA
    result_example = _RESULT_EXAMPLE

    def read(self, given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> ModuleConfig:
        return read_module(given, faults)

    def body_schema(self) -> dict[str, Any]:
        return {"properties": _SCHEMA}

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        return {"success": True}

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.module.purpose(app=app)

    def left(self) -> Done:
        return Done()

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        if current.stage is Stage.DONE:
            return Page(_left(current))
        session, answers, where = live_session(services, current), current.visit.answers, where_of(query)
        back = answers.get(_AT) or self.config_of(current.transaction).where
        wish = answers.get(_WISH)
        if wish is not None:
            if where is None and session is None:
                return _login(current, back)
            visit = current.visit  # of two requests at once one redeems the wish
            redeemed = await store.drop_answer(services.database, visit.gateway_id, visit.visit_id, _WISH, wish)
            if redeemed and where is None and "body" in wish:
                return Begin(wish["body"])
        context = ModuleContext(services, current, session, where or back)
        place = Place(context.where["at"])
        if place in _OWN and session is None and not (place is Place.INVESTMENT and not _is_iscid(context.id)):
            return Page(await _locked(context, place))
        return await _PAGES[place](context)

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step | Keep:
        if form.get("step") in (RECONCILE, CHECK):
            return await _reconciled(services, current, form)
        if form.get("step") == Place.LEAVE_OUT:
            return await _left_out(services, current, form.get("iscid", ""))
        wanted = _wanted(form)
        if wanted is None:
            return Changed()
        visit = current.visit
        if visit.broker is None and live_session(services, current) is None:
            broker = await _sure_broker(services, current)
            if broker is not None:
                await store.wish_login(services.database, visit.gateway_id, visit.visit_id, broker)
        return Keep({_AT: wanted["at"], _WISH: wanted})


def _wanted(form: Mapping[str, str]) -> dict[str, Any] | None:
    """What a button of the module wants, and the page to which that comes back; None for what no button sends."""
    scid, iscid, kind = form.get("scid", ""), form.get("iscid", ""), form.get("kind", "")
    match form.get("step"):
        case "order" if kind == Kind.BUY and re.fullmatch(SCID, scid):
            body = {"intent": "TRANSACTION", "orderConfig": {"type": kind, "scid": scid}}
            return {"at": {"at": Place.BASKET, "id": scid}, "body": body}
        case "order" if kind in set(Kind) and re.fullmatch(ISCID, iscid):
            body = {"intent": "TRANSACTION", "orderConfig": {"type": kind, "iscid": iscid}}
            back = {"at": Place.PENDING} if form.get("back") == Place.PENDING else {"at": Place.INVESTMENT, "id": iscid}
            return {"at": back, "body": body}
        case "follow":
            return {"at": {"at": Place.ORDERS}, "body": {"intent": "SHOW_ORDERS"}}
        case "login":
            where = where_of(form)
            return None if where is None else {"at": where}
    return None


async def _reconciled(services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step | Keep:
    """What left an investment is taken out of it, or the broker is asked once more what it shows."""
    session, iscid = live_session(services, current), form.get("iscid", "")
    if session is None or not current.own_login or not _is_iscid(iscid):
        return Changed()
    context = ModuleContext(services, current, session, {"at": Place.RECONCILE, "id": iscid})
    if form["step"] == CHECK:
        return await asked_again(context) or Keep({_AT: {"at": Place.RECONCILE, "id": iscid}})
    return await accepted(context, form) or Keep({_AT: {"at": Place.INVESTMENT, "id": iscid}})


async def _left_out(services: FlowServices, current: CurrentVisit, iscid: str) -> Step | Keep:
    """What was not filled of this investment is not ordered any more, unless an order is open that may fill it."""
    transaction = current.transaction
    if transaction.investor_id is not None and live_session(services, current) is not None:
        with suppress(NotFound):
            at = transaction.gateway_id, transaction.investor_id, iscid
            await archive(services.database, *at, services.clock.now())
    return Keep({_AT: {"at": Place.PENDING}})


def _is_iscid(text: str) -> bool:
    return re.fullmatch(ISCID, text) is not None


async def _sure_broker(services: FlowServices, current: CurrentVisit) -> str | None:
    """The broker that needs no choice: that of a connected investor, or the only one."""
    transaction = current.transaction
    if transaction.investor_id is not None:
        investor = await accounts.find(services.database, transaction.gateway_id, transaction.investor_id)
        return None if investor is None else investor.broker
    offered = services.brokers(current.gateway, current.visit.brokers, Smallplug.needs)
    return offered[0].broker if len(offered) == 1 else None


def _login(current: CurrentVisit, back: Mapping[str, str]) -> Step:
    """A login of this visit that has ended, or the first one."""
    if current.transaction.session_id is not None:
        return LoginNeeded()
    rest = {name: value for name, value in back.items() if name != "at"}
    return Choose(Action(current.texts.module.look_on, href=link(current.home, Place(back["at"]), **rest)))


async def _locked(context: ModuleContext, place: Place) -> LockedView:
    words, current = context.words, context.current
    titles = {Place.ORDERS: words.orders_title, Place.PENDING: words.pending_title}
    label = words.choose_broker
    broker = await _sure_broker(context.services, current)
    connector = None if broker is None else context.services.connectors.find(current.gateway.mode, broker)
    if connector is not None:
        label = current.texts.page.log_in_to(broker=connector.capabilities.name)
    fields = {"step": "login", **{name: str(value) for name, value in context.where.items()}}
    return LockedView(
        context.frame(),
        titles.get(place, words.investments_title),
        context.tabs(place),
        words.locked_text(app=current.app),
        Action(label, post="confirm", fields=fields),
    )


def _left(current: CurrentVisit) -> Message:
    frame, words = frame_of(current, Closing.WINDOW), current.texts.own_orders
    return Message(frame, Tone.GOOD, words.left_title, (), ending=ending(frame, current.app, counted=True))
