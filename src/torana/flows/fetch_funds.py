"""FETCH_FUNDS: how much a connected investor can spend at their broker now. Nothing is confirmed; an amount that the
broker does not tell is not passed on as any other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from torana.api.answers import iso
from torana.connectors.contract import Connector, SessionEnded
from torana.events.types import EventType
from torana.flows.account import login_over, read_account
from torana.flows.context import CurrentVisit, FlowServices, connector_of, frame_of, live_session, pace_of
from torana.flows.contract import Done, Fail, Flow, LoginNeeded, Page, Step, Wait
from torana.flows.visits import Stage
from torana.investors import accounts
from torana.kit.database import Database
from torana.kit.money import Paise, inr, short_rupees
from torana.pages.frames import broker_of, ending
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Broker, Closing, Ending, Frame, Message, Tone
from torana.transactions.details import wire_of
from torana.transactions.intents import LOGIN, Audience, Need, NoConfig, WithoutConfig
from torana.transactions.models import Transaction
from torana.transactions.outcomes import INTENT_NOT_ENABLED, NO_BROKER_AVAILABLE, FlowError

_PART = "funds"
FUNDS = Need("funds", lambda known: known.holdings)
"""Brokers tell them with the portfolio."""


class Funds(msgspec.Struct, frozen=True):
    """Cash for delivery buys, in paise, as the broker told it at that moment."""

    funds: Paise
    read_at: datetime


@dataclass(frozen=True, slots=True)
class FundsView:
    """The amount that the partner is told. `amount` None: it may not be shown in this browser, or is not kept."""

    template: ClassVar[str] = "funds.html"
    frame: Frame
    broker: Broker
    account: str
    title: str
    text: str
    amount: str | None
    as_of: str
    ending: Ending


def _success(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """In the wire form. Both are null once the person was erased."""
    if result is None:
        return {"funds": None, "fundsAt": None}
    known = msgspec.convert(result, Funds)
    return {"funds": short_rupees(known.funds), "fundsAt": iso(known.read_at)}


def _wire(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**wire_of(data), "status": "COMPLETED", **_success(data.get("result"))}


FUNDS_FETCHED = EventType("funds.fetched", _wire)
_EXAMPLES = {"funds": {"intent": "FETCH_FUNDS"}}
_RESULT_SCHEMA = {
    "funds": {
        "type": ["number", "null"],
        "description": "FETCH_FUNDS: cash for delivery buys in rupees; null once the person was erased.",
    },
    "fundsAt": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "FETCH_FUNDS: when the broker reported it. Torana's own extension.",
    },
}
_RESULT_EXAMPLE = {"funds": 1234.5, "fundsAt": "2026-11-18T05:12:30.000Z"}


class FetchFunds(WithoutConfig, Flow[NoConfig]):
    intent = "FETCH_FUNDS"
    title = "Funds"
    audience = Audience.CONNECTED
    lifetime = timedelta(minutes=5)
    needs = frozenset({LOGIN, FUNDS})
    events = (FUNDS_FETCHED,)
    completion = FUNDS_FETCHED
    examples = _EXAMPLES
    result_schema = _RESULT_SCHEMA
    result_example = _RESULT_EXAMPLE

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        return _success(transaction.result)

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.funds.purpose(app=app)

    async def explain(self, services: FlowServices, current: CurrentVisit, error: FlowError) -> tuple[str, ...]:
        return (current.texts.funds.not_enabled,) if error == INTENT_NOT_ENABLED else ()

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        connector = connector_of(services, current)
        if connector is None:
            return Fail(NO_BROKER_AVAILABLE)
        if current.stage is Stage.DONE:
            return Page(await _fetched(services, current, connector))
        if query.get("part") != _PART:
            words = current.texts.funds
            return Wait(words.reading_title, words.reading_text(broker=connector.capabilities.name), _PART, 1)
        return await _read(services, current, connector)


async def _read(services: FlowServices, current: CurrentVisit, connector: Connector) -> Step:
    """Ask the broker now."""
    session = live_session(services, current)
    if session is None:
        return LoginNeeded()
    try:
        pace = pace_of(services, current.gateway, connector, session.broker_user_id)
        account = await read_account(connector, session.as_session(), [], pace, with_shares=False)
    except SessionEnded:
        return await login_over(services, session, current.transaction.gateway_id)
    if account.funds is None:
        return Page(_unavailable(current, connector))
    return Done(msgspec.to_builtins(Funds(account.funds, services.clock.now())))


def _unavailable(current: CurrentVisit, connector: Connector) -> Message:
    broker = broker_of(connector.capabilities)
    words, page = current.texts.funds, current.texts.page
    return Message(
        frame_of(current, Closing.ASK, broker=broker.name),
        Tone.BAD,
        words.unavailable_title(broker=broker.name),
        (words.unavailable_text(app=current.app),),
        broker,
        Action(page.try_again, href=current.home),
        Action(page.back_to(app=current.app), post="cancel"),
    )


async def _fetched(services: FlowServices, current: CurrentVisit, connector: Connector) -> FundsView:
    broker = broker_of(connector.capabilities)
    frame, words = frame_of(current, Closing.WINDOW), current.texts.funds
    transaction = current.transaction
    own = current.own_login and transaction.result is not None
    known = msgspec.convert(transaction.result, Funds) if own else None
    investor = None
    if own and transaction.investor_id is not None:
        investor = await accounts.find(services.database, transaction.gateway_id, transaction.investor_id)
    return FundsView(
        frame,
        broker,
        investor.broker_user_id if investor else "",
        words.done_title(app=current.app),
        current.texts.page.nothing_traded,
        None if known is None else inr(known.funds),
        "" if known is None else words.as_of(broker=broker.name, at=known.read_at),
        ending(frame, current.app),
    )
