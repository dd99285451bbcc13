"""CONNECT: the investor logs in at a broker, nothing more."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from torana.flows.context import CurrentVisit, FlowServices, frame_of
from torana.flows.contract import Done, Flow, Page, Step
from torana.flows.visits import Stage
from torana.pages.frames import broker_of, ending
from torana.pages.texts.keys import Texts
from torana.pages.views import Closing, Message, Tone
from torana.transactions.intents import LOGIN, Audience, NoConfig, WithoutConfig
from torana.transactions.models import Transaction

_EXAMPLES: Mapping[str, Mapping[str, Any]] = {"connect": {"intent": "CONNECT"}}
_NOTHING_MORE: Mapping[str, Any] | None = {}


class Connect(WithoutConfig, Flow[NoConfig]):
    intent = "CONNECT"
    title = "Connect"
    audience = Audience.GUEST
    lifetime = timedelta(minutes=5)
    needs = frozenset({LOGIN})
    by_page = True
    examples = _EXAMPLES
    result_example = _NOTHING_MORE

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.connect.purpose(app=app)

    def at_login(self) -> Done:
        return Done()

    async def step(self, services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        if current.stage is not Stage.DONE:
            return Done()
        broker = broker_of(services.connector(current.gateway, current.transaction.broker or "").capabilities)
        frame, words = frame_of(current, Closing.WINDOW), current.texts.connect
        return Page(
            Message(
                frame,
                Tone.GOOD,
                words.done_title(broker=broker.name),
                (words.done_text(app=current.app),),
                broker,
                ending=ending(frame, current.app),
            )
        )
