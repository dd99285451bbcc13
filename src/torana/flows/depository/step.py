"""The step at the depository: one for the intent that asks for it and for a sell that needs it.

The investor goes to the broker's page in a window of its own, types TPIN and one-time password at the depository, and
comes back to ours, which asks the broker what is released. Nothing that the other window brings is believed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeVar

import msgspec
import structlog

from torana.connectors.contract import (
    Authorisation,
    Calls,
    Connector,
    Holding,
    NotSent,
    Rejected,
    ReleasedBefore,
    SessionEnded,
    Unknown,
)
from torana.flows import store
from torana.flows.account import login_over
from torana.flows.context import CurrentVisit, FlowServices, frame_of, live_session, pace_of
from torana.flows.contract import LoginNeeded, Page
from torana.flows.depository.need import KEY, Asked, asked_of, wanted_for
from torana.flows.depository.views import ReleaseShares, rows_of, way_to
from torana.investors.models import LiveSession
from torana.kit.http import TransportFailure
from torana.pages.frames import broker_of
from torana.pages.views import Action, Broker, Closing, Frame, Message, Notice, Tone

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Answer(Enum):
    """What comes instead of a page."""

    RELEASED = auto()
    """The broker tells that all of it is released."""
    UNAVAILABLE = auto()
    """The broker did not tell."""


@dataclass(frozen=True, slots=True)
class Depository:
    """The way to the depository of one visit, by the broker's own means and with the investor's login."""

    services: FlowServices
    current: CurrentVisit
    connector: Connector
    part: Authorisation
    session: LiveSession
    here: str
    """The address of the page that is left open."""
    key: str = KEY
    """Under which the visit keeps how far it is."""

    @property
    def asked(self) -> Asked | None:
        """How far it is; None before it has begun."""
        return asked_of(self.current.visit.answers, self.key)

    @property
    def broker(self) -> Broker:
        return broker_of(self.connector.capabilities)

    async def read(self, calls: Calls, ask: Callable[[], Awaitable[T]]) -> T | Answer:
        """Raises `SessionEnded`."""
        pace = pace_of(self.services, self.current.gateway, self.connector, self.session.broker_user_id)
        try:
            return await pace.ask(calls, ask)
        except SessionEnded:
            raise
        except (NotSent, Unknown) as error:
            log.warning("depository.not_told", broker=self.broker.key, error=error.message[:200], code=error.code)
            return Answer.UNAVAILABLE

    async def told(self, kept: Mapping[str, str]) -> Mapping[str, int] | Answer:
        """Shares released for today, by ISIN. Raises `SessionEnded`."""
        session = self.session.as_session()
        try:
            now = await self.services.market_times[self.current.gateway.mode].now()
        except TransportFailure:
            return Answer.UNAVAILABLE
        return await self.read(Calls.HOLDINGS, lambda: self.part.state(session, kept, now))

    async def holdings(self) -> Sequence[Holding] | Answer:
        """Raises `SessionEnded`. A row that cannot be read is as good as no answer: it would be left out."""
        portfolio, session = self.connector.portfolio, self.session.as_session()
        if portfolio is None:
            return Answer.UNAVAILABLE
        rows = await self.read(Calls.HOLDINGS, lambda: portfolio.holdings(session))
        if isinstance(rows, Answer):
            return rows
        return Answer.UNAVAILABLE if rows.unread else rows.read

    async def asked_for(self, sells: Mapping[str, int]) -> Asked | Answer:
        """What has to be released for these sells, shares by ISIN: as it was reckoned before, and the broker is asked
        about those that were not. Raises `SessionEnded`."""
        before = self.asked or Asked({})
        more = before.beyond(sells)
        if not more:
            return before
        holdings, told = await self.holdings(), await self.told(before.kept)
        if isinstance(holdings, Answer) or isinstance(told, Answer):
            return Answer.UNAVAILABLE
        still = {isin: number for isin, number in before.wanted.items() if isin in sells}
        return Asked(still | wanted_for(more, holdings, told), before.kept, sells=dict(sells))

    async def login_over(self) -> LoginNeeded:
        """The broker said so."""
        return await login_over(self.services, self.session, self.current.gateway.gateway_id)


def depository_of(
    services: FlowServices, current: CurrentVisit, connector: Connector, *, here: str = "", key: str = KEY
) -> Depository | LoginNeeded | None:
    """The way to it; None where this broker does it in its own pages only. `here`: what follows the visit's address."""
    if connector.authorisation is None:
        return None
    session = live_session(services, current)
    if session is None:
        return LoginNeeded()
    return Depository(services, current, connector, connector.authorisation, session, f"{current.home}{here}", key)


async def page_of(way: Depository, asked: Asked, *, quiet: Action) -> Page | Answer:
    """What is to be released, as the broker tells it now. Raises `SessionEnded`."""
    told = await way.told(asked.kept)
    if isinstance(told, Answer):
        return told
    lacking = asked.lacking(told)
    if not lacking:
        return Answer.RELEASED
    current, broker = way.current, way.broker
    texts, words, at_once = current.texts, current.texts.depository, way.part.rules.at_once
    rows = rows_of(asked, told, texts)
    notices = [Notice(Tone.NOTE, words.not_yet_title, words.not_yet_text(broker=broker.name))] if asked.begun else []
    one_by_one = at_once is not None and len(lacking) > at_once
    view = ReleaseShares(
        frame_of(current, Closing.ASK, broker=broker.name),
        broker,
        way.session.broker_user_id,
        words.title,
        (words.text_one_by_one if one_by_one else words.text)(broker=broker.name),
        rows,
        go=words.go_again if asked.begun else words.go,
        poll=f"{current.home}/prices",
        begun=bool(asked.begun),
        lacking=len(lacking),
        here=way.here,
        check=Action(words.check, href=way.here),
        quiet=quiet,
        notices=tuple(notices),
    )
    return Page(view)


async def go(way: Depository, asked: Asked) -> Page:
    """The page for the window of its own: the way to the depository, or why there is none."""
    try:
        return await _begin(way, asked)
    except SessionEnded:
        await way.login_over()
        texts = way.current.texts
        return _apart(way, Tone.NOTE, texts.login.ended_title(broker=way.broker.name), texts.depository.before_text)


async def _begin(way: Depository, asked: Asked) -> Page:
    """Begin at the broker. Raises `SessionEnded`."""
    current, broker = way.current, way.broker
    words, at_once = current.texts.depository, way.part.rules.at_once
    told = await way.told(asked.kept)
    lacking = asked.lacking({} if isinstance(told, Answer) else told)
    if not lacking:
        return _apart(way, Tone.GOOD, words.before_title, words.before_text)
    try:
        begun = await way.part.begin(way.session.as_session(), lacking[:at_once])
    except Rejected as refusal:
        return _apart(way, Tone.BAD, words.refused_title(broker=broker.name), words.refused_text, refusal.message)
    except SessionEnded:
        raise
    except (NotSent, Unknown) as error:
        log.warning("depository.not_begun", broker=broker.key, error=error.message[:200], code=error.code)
        return _apart(way, Tone.BAD, words.unavailable_title(broker=broker.name), words.not_begun_text)
    kept = {} if isinstance(begun, ReleasedBefore) else begun.kept
    await _keep(way, msgspec.structs.replace(asked, kept={**asked.kept, **kept}, begun=asked.begun + 1))
    if isinstance(begun, ReleasedBefore):
        return _apart(way, Tone.NOTE, words.before_title, words.before_text, begun.message)
    view, hosts = way_to(_frame(way), broker, begun.go)
    return Page(view, form_hosts=tuple(hosts))


async def _keep(way: Depository, asked: Asked) -> None:
    """With the visit, for the next page."""
    visit = way.current.visit
    answers = {way.key: msgspec.to_builtins(asked)}
    await store.keep_answers(way.services.database, visit.gateway_id, visit.visit_id, answers)


async def lacking_now(way: Depository, asked: Asked) -> int | None:
    """How many securities wait still, for an open page; None when the broker did not tell."""
    try:
        told = await way.told(asked.kept)
    except SessionEnded:
        return 0  # the page is loaded again, and says so
    return None if isinstance(told, Answer) else len(asked.lacking(told))


def unavailable(way: Depository, quiet: Action) -> Page:
    """The broker did not tell: nothing is taken for released."""
    current, broker = way.current, way.broker
    words = current.texts.depository
    return Page(
        Message(
            frame_of(current, Closing.ASK, broker=broker.name),
            Tone.BAD,
            words.unavailable_title(broker=broker.name),
            (words.unavailable_text,),
            broker,
            Action(current.texts.page.try_again, href=way.here),
            quiet,
        )
    )


def _frame(way: Depository) -> Frame:
    """Of a page in the window of its own, which no partner's page has opened."""
    return replace(frame_of(way.current, Closing.NOTHING), asks_for_opener=False)


def _apart(way: Depository, tone: Tone, title: str, text: str, said: str = "") -> Page:
    """A page in the window of its own, which only closes."""
    words = way.current.texts
    told = (words.status.broker_says(broker=way.broker.name) + f" “{said}”",) if said else ()
    return Page(Message(_frame(way), tone, title, (text, *told), way.broker, Action(words.depository.close_window)))
