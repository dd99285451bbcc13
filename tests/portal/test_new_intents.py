"""What a flow can say, by two intents that exist in these tests alone: one without a broker, of several pages, whose
result comes from work that goes on without the investor; and one that asks for consent before the login."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.portal.installation import Browser, Installation
from tests.portal.installation import Flow as Asked
from tests.support.brokers import ANY_BROKER
from tests.support.patience import PATIENCE
from torana.connectors.contract import Connector
from torana.connectors.registry import BROKERS
from torana.events.types import EventType
from torana.flows.context import CurrentVisit, FlowServices, connector_of, frame_of
from torana.flows.contract import Done, Fail, Flow, Keep, LoginNeeded, Page, Step, Work
from torana.flows.registry import FLOWS
from torana.flows.visits import Stage
from torana.kit.database import Database
from torana.pages.frames import ending
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Closing, Message, Status, Tone
from torana.transactions import life_cycle
from torana.transactions.details import wire_of
from torana.transactions.intents import LOGIN, Audience, Need, NoConfig, WithoutConfig
from torana.transactions.models import Transaction
from torana.transactions.outcomes import CONSENT_DENIED, INTERNAL_ERROR

IMPORTED = EventType("mf.imported", lambda data: wire_of(data) | {"status": "COMPLETED", **data["result"]})


class FundsAtNoBroker(WithoutConfig, Flow[NoConfig]):
    """A tax number, then a telephone number, then a wait for what comes from elsewhere."""

    intent = "MF_HOLDINGS_IMPORT"
    title = "Mutual funds"
    audience = Audience.EITHER
    lifetime = timedelta(minutes=5)
    needs = frozenset[Need]()
    events = (IMPORTED,)
    completion = IMPORTED

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        raise AssertionError("nobody chooses a broker")

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        return dict(transaction.result or {})

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        answers = current.visit.answers
        frame = frame_of(current, Closing.WINDOW)
        if current.stage is Stage.DONE:
            return Page(Message(frame, Tone.GOOD, "Imported", (), ending=ending(frame, current.app)))
        if "phone" in answers:
            reading = f"Reading the funds of {answers['pan']}"
            return Work(Status(frame, None, "", Tone.WAIT, reading, "", (), stream=f"{current.home}/stream"))
        return self._form(current, "pan" if "pan" not in answers else "phone")

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step | Keep:
        (name,) = form.keys() & {"pan", "phone"}
        if not form[name].isalnum():
            return self._form(current, name, f"{form[name]!r} is none")
        return Keep({name: form[name]})

    def _form(self, current: CurrentVisit, name: str, problem: str = "") -> Page:
        text = (problem,) if problem else ()
        send = Action("Send", post="confirm", fields={name: ""})
        view = Message(frame_of(current, Closing.ASK), Tone.ASK, f"Your {name}", text, primary=send)
        return Page(view, status=422 if problem else 200)


class Holdings(WithoutConfig, Flow[NoConfig]):
    """A consent before the login, a result after it."""

    intent = "HOLDINGS_IMPORT"
    title = "Holdings"
    audience = Audience.EITHER
    lifetime = timedelta(minutes=5)
    needs = frozenset({LOGIN, Need("holdings", lambda known: known.holdings)})

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return f"{app} asks what you hold."

    async def before_login(
        self, services: FlowServices, current: CurrentVisit, connector: Connector
    ) -> Page | Fail | None:
        if current.visit.answers.get("consent"):
            return None
        agree = Action("Agree", post="confirm", fields={"consent": "yes"})
        refuse = Action("Refuse", post="confirm", fields={"consent": "no"})
        return Page(
            Message(frame_of(current, Closing.ASK), Tone.ASK, "May they see it?", (), primary=agree, quiet=refuse)
        )

    async def submit(self, services: FlowServices, current: CurrentVisit, form: Mapping[str, str]) -> Step | Keep:
        return Keep({"consent": True}) if form.get("consent") == "yes" else Fail(CONSENT_DENIED)

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        connector = connector_of(services, current)
        if connector is None or connector.portfolio is None:
            return Fail(INTERNAL_ERROR)
        if current.stage is Stage.DONE:
            return Page(Message(frame_of(current, Closing.WINDOW), Tone.GOOD, "They see it", ()))
        session_id = current.transaction.session_id
        session = await services.sessions.by_id(current.gateway.gateway_id, session_id or "")
        if session is None:
            return LoginNeeded()
        return Done({"count": len((await connector.portfolio.holdings(session.as_session())).read)})

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        return dict(transaction.result or {})


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line of the registry each."""
    for flow in (FundsAtNoBroker(), Holdings()):
        monkeypatch.setitem(FLOWS._by_name, (flow.intent, flow.kind), flow)


async def finished_elsewhere(installation: Installation, asked: Asked, result: dict[str, Any]) -> None:
    """A worker has what was waited for."""
    transaction = await installation.transaction(asked)
    async with installation.services.database.transaction() as connection:
        assert await life_cycle.complete(
            connection,
            gateway_id=transaction.gateway_id,
            transaction_id=transaction.transaction_id,
            result=result,
            news=FLOWS.of(transaction).completion_news(transaction, result),
            now=installation.services.clock.now(),
        )


async def test_an_intent_without_a_broker_has_no_chooser_and_no_login(
    installation: Installation, browser: Browser
) -> None:
    """Given an intent that needs no broker, when it is opened, then its first page comes at once; it goes on page by
    page, tells its own errors, and ends with a result that work elsewhere has found."""
    asked = await installation.ask_for({"intent": "MF_HOLDINGS_IMPORT"})

    first = await installation.open(browser, asked)
    wrong = await browser.submit(first, "/confirm", pan="?!")
    second = await browser.submit(wrong, "/confirm", pan="ABCDE1234F")
    again = await browser.get(second.url)
    waiting = await browser.submit(again, "/confirm", phone="9876543210")
    reloaded = await browser.get(waiting.url)

    assert (first.heading, first.status) == ("Your pan", 200)
    assert (wrong.heading, wrong.status, "'?!' is none" in wrong.words) == ("Your pan", 422, True)
    assert (second.heading, again.heading) == ("Your phone", "Your phone")
    assert (waiting.heading, reloaded.heading) == ("Reading the funds of ABCDE1234F",) * 2
    state = (await installation.ask("watch", asked, since=0))[1]
    assert (state["stage"], state["settled"]) == ("reviewing", False)
    assert (await installation.visit(asked)).answers == {"pan": "ABCDE1234F", "phone": "9876543210"}

    await finished_elsewhere(installation, asked, {"funds": 3})
    done = await browser.get(waiting.url)
    settled = await installation.settled(asked)

    assert done.heading == "Imported"
    assert (settled["result"]["funds"], settled["result"]["broker"]) == (3, None)
    transaction = await installation.transaction(asked)
    assert (transaction.session_id, transaction.broker, transaction.investor_id) == (None, None, None)


async def test_a_page_of_work_before_the_confirmation_is_pushed_until_it_is_over(
    installation: Installation, browser: Browser
) -> None:
    asked = await installation.ask_for({"intent": "MF_HOLDINGS_IMPORT"})
    first = await installation.open(browser, asked)
    second = await browser.submit(first, "/confirm", pan="ABCDE1234F")
    waiting = await browser.submit(second, "/confirm", phone="9876543210")

    seen: list[bytes] = []
    async with asyncio.timeout(PATIENCE), browser.http.get(f"{waiting.url}/stream") as stream:
        async for line in stream.content:
            seen.append(line)
            if line == b"event: parts\n" and len(seen) < 5:
                await finished_elsewhere(installation, asked, {"funds": 3})

    assert b"Reading the funds of ABCDE1234F" in b"".join(seen)
    assert b"event: done\n" in seen


async def test_leaving_it_is_a_cancellation(installation: Installation, browser: Browser) -> None:
    asked = await installation.ask_for({"intent": "MF_HOLDINGS_IMPORT"})
    first = await installation.open(browser, asked)

    left = await browser.submit(first, "/cancel")

    assert left.heading == "Cancelled"
    state = (await installation.ask("watch", asked, since=0))[1]
    assert (state["error"]["message"], state["error"]["code"]) == ("user_cancelled", 1012)


async def test_no_broker_can_be_chosen_for_it(installation: Installation, browser: Browser) -> None:
    asked = await installation.ask_for({"intent": "MF_HOLDINGS_IMPORT"})
    first = await installation.open(browser, asked)
    csrf = dict(first.form("/confirm").fields)["csrf"]

    await browser.post(f"{first.url}/broker", {"csrf": csrf, "broker": ANY_BROKER}, origin=browser.base)

    assert (await installation.visit(asked)).broker is None
    assert (await browser.get(first.url)).heading == "Your pan"


async def test_an_investor_consents_before_the_login(installation: Installation, browser: Browser) -> None:
    """Given a flow with a page of its own before the login, when the investor agrees, then the login follows, and a
    reload does not ask again."""
    asked = await installation.ask_for({"intent": "HOLDINGS_IMPORT"})
    chooser = await installation.open(browser, asked)

    consent = await browser.submit(chooser, "/broker", broker=ANY_BROKER)
    hand_over = await browser.submit(consent, "/confirm", consent="yes")
    again = await browser.get(hand_over.url)
    done = await browser.log_in(again, "AB1234")
    settled = await installation.settled(asked)

    assert "Acme Invest asks what you hold." in chooser.words
    assert consent.heading == "May they see it?"
    assert hand_over.heading == again.heading == f"Log in to {BROKERS[ANY_BROKER].name}"
    assert done.heading == "They see it"
    assert settled["result"]["count"] >= 0


async def test_a_consent_that_is_refused_ends_it(installation: Installation, browser: Browser) -> None:
    asked = await installation.ask_for({"intent": "HOLDINGS_IMPORT"})
    chooser = await installation.open(browser, asked)
    consent = await browser.submit(chooser, "/broker", broker=ANY_BROKER)

    refused = await browser.submit(consent, "/confirm", consent="no")

    assert refused.heading == "You declined"
    state = (await installation.ask("watch", asked, since=0))[1]
    assert (state["error"]["message"], state["error"]["code"]) == ("consent_denied", 1003)
