"""AUTHORISE_HOLDINGS: a connected investor lets the depository release shares for today's sales. Nothing is sold.

The result says whether all of it is released, and no more: what somebody holds is not told without their consent.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from torana.connectors.contract import Connector, SessionEnded
from torana.events.types import EventType
from torana.flows.context import CurrentVisit, FlowServices, connector_of, frame_of
from torana.flows.contract import Changed, Done, Fail, Flow, LoginNeeded, Page, Step, Wait
from torana.flows.depository.need import Asked, delivered
from torana.flows.depository.step import (
    Answer,
    Depository,
    depository_of,
    go,
    lacking_now,
    page_of,
    unavailable,
)
from torana.flows.visits import Stage
from torana.kit.database import Database
from torana.pages.frames import broker_of, ending
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Closing, Message, Tone
from torana.transactions.details import wire_of
from torana.transactions.intents import LOGIN, Audience, Need, NoConfig, WithoutConfig
from torana.transactions.models import Transaction
from torana.transactions.outcomes import (
    INSUFFICIENT_HOLDINGS,
    INTENT_NOT_ENABLED,
    NO_BROKER_AVAILABLE,
    FlowError,
)

_PART = "shares"
DEPOSITORY = Need("depository", lambda known: known.releases is not None)
"""Other brokers have it in their own pages only."""


class Authorised(msgspec.Struct, frozen=True):
    """Whether all that was asked for is released; `standing`: the account has a standing authorisation."""

    status: bool
    standing: bool = False


def _success(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """In the wire form. Null once the person was erased."""
    return {"status": None if result is None else msgspec.convert(result, Authorised).status}


def _wire(data: Mapping[str, Any]) -> dict[str, Any]:
    told = _success(data.get("result"))
    return {**wire_of(data), "status": "COMPLETED", "authorised": told["status"]}


HOLDINGS_AUTHORISED = EventType("holdings.authorised", _wire)
_EXAMPLES = {"authorisation": {"intent": "AUTHORISE_HOLDINGS"}}
_RESULT_SCHEMA = {
    "status": {
        "type": ["boolean", "null"],
        "description": "AUTHORISE_HOLDINGS: whether all that was asked for may be sold today; null once the person was "
        "erased.",
    }
}
_RESULT_EXAMPLE = {"status": True}


class AuthoriseHoldings(WithoutConfig, Flow[NoConfig]):
    intent = "AUTHORISE_HOLDINGS"
    title = "Authorisation"
    audience = Audience.CONNECTED
    lifetime = timedelta(minutes=15)
    needs = frozenset({LOGIN, DEPOSITORY})
    events = (HOLDINGS_AUTHORISED,)
    completion = HOLDINGS_AUTHORISED
    examples = _EXAMPLES
    result_schema = _RESULT_SCHEMA
    result_example = _RESULT_EXAMPLE

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        return _success(transaction.result)

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.depository.purpose(app=app)

    async def explain(self, services: FlowServices, current: CurrentVisit, error: FlowError) -> tuple[str, ...]:
        return (current.texts.depository.not_enabled,) if error == INTENT_NOT_ENABLED else ()

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        connector = connector_of(services, current)
        if connector is None:
            return Fail(NO_BROKER_AVAILABLE)
        if current.stage is Stage.DONE:
            return Page(_done(current, connector))
        if query.get("part") != _PART:
            words, broker = current.texts.depository, connector.capabilities.name
            return Wait(words.reading_title, words.reading_text(broker=broker), _PART, 3)
        way = depository_of(services, current, connector)
        if way is None:
            return Fail(INTENT_NOT_ENABLED)
        return way if isinstance(way, LoginNeeded) else await _shown(way)

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step:
        connector = connector_of(services, current)
        way = None if connector is None else depository_of(services, current, connector)
        if current.stage is not Stage.REVIEWING or way is None:
            return Changed()
        if isinstance(way, LoginNeeded):
            return way
        try:
            asked = await _asked(way)
            if isinstance(asked, Asked) and form.get("depository") == "go":
                return await go(way, asked)
            if isinstance(asked, Asked) and form.get("depository") == "finish":
                told = await way.told(asked.kept)
                if isinstance(told, Answer):
                    return unavailable(way, _back(current))
                return Done(msgspec.to_builtins(Authorised(not asked.lacking(told))))
        except SessionEnded:
            return await way.login_over()
        return Changed()

    async def figures(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> dict[str, Any]:
        """How many securities wait still."""
        if current.stage is Stage.DONE:
            return {"lacking": 0}
        connector = connector_of(services, current)
        way = None if connector is None else depository_of(services, current, connector)
        if current.stage is not Stage.REVIEWING or not current.own_login or way is None:
            return {"lacking": None}
        if isinstance(way, LoginNeeded):
            return {"lacking": 0}
        return {"lacking": None if way.asked is None else await lacking_now(way, way.asked)}


async def _shown(way: Depository) -> Step:
    """What the broker tells now, and what follows from it."""
    if way.session.edis_needed is False:
        return Done(msgspec.to_builtins(Authorised(status=True, standing=True)))
    current = way.current
    quiet = _back(current)
    try:
        asked = await _asked(way)
        if isinstance(asked, Answer):
            return unavailable(way, quiet)
        if not asked.wanted:
            return Fail(INSUFFICIENT_HOLDINGS)
        if asked.begun:
            quiet = Action(current.texts.depository.finish, post="confirm", fields={"depository": "finish"})
        page = await page_of(way, asked, quiet=quiet)
    except SessionEnded:
        return await way.login_over()
    if page is Answer.RELEASED:
        return Done(msgspec.to_builtins(Authorised(status=True)))
    return page if isinstance(page, Page) else unavailable(way, quiet)


def _back(current: CurrentVisit) -> Action:
    return Action(current.texts.page.back_to(app=current.app), post="cancel")


async def _asked(way: Depository) -> Asked | Answer:
    """All shares that stand in the demat account, from the first look on. Raises `SessionEnded`."""
    if way.asked is not None:
        return way.asked
    holdings = await way.holdings()
    return holdings if isinstance(holdings, Answer) else Asked(delivered(holdings))


def _done(current: CurrentVisit, connector: Connector) -> Message:
    broker, transaction = broker_of(connector.capabilities), current.transaction
    frame, words = frame_of(current, Closing.WINDOW), current.texts.depository
    tone, title, text = Tone.GOOD, words.done_title, words.done_text(broker=broker.name)
    known = None
    if current.own_login and transaction.result is not None:
        known = msgspec.convert(transaction.result, Authorised)
    if known is None:  # of an account that this browser may not see, or whose owner was erased
        tone, title, text = Tone.NOTE, words.over_title, current.texts.page.nothing_traded
    elif known.standing:
        title, text = words.none_needed_title, words.none_needed_text(broker=broker.name)
    elif not known.status:
        tone, title, text = Tone.PART, words.done_part_title, current.texts.page.nothing_traded
    return Message(frame, tone, title, (text,), broker, ending=ending(frame, current.app))
