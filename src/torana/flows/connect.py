"""CONNECT: the investor logs in at a broker, nothing more."""

from collections.abc import Mapping
from datetime import timedelta

from torana.flows.context import CurrentVisit, Services, frame_of
from torana.flows.contract import Done, Flow, Page, Step
from torana.flows.visits import Stage
from torana.pages.views import Closing, Ending, Message, Tone
from torana.pages.words import COUNTDOWN_SECONDS, back_to, broker_of
from torana.transactions.intents import Audience, Need, NoConfig, WithoutConfig
from torana.transactions.models import Transaction

_EXAMPLES = {"connect": {"intent": "CONNECT"}}
_NOTHING_MORE: dict[str, object] = {}


class Connect(WithoutConfig, Flow[NoConfig]):
    intent = "CONNECT"
    title = "Connect"
    audience = Audience.GUEST
    lifetime = timedelta(minutes=5)
    needs = frozenset({Need.LOGIN})
    examples = _EXAMPLES
    result_example = _NOTHING_MORE

    def purpose(self, transaction: Transaction, app: str) -> str:
        return f"Connect your account to {app}. Connecting buys and sells nothing."

    def at_login(self) -> Done:
        return Done()

    async def step(self, services: Services, current: CurrentVisit, query: Mapping[str, str]) -> Step:
        if current.stage is not Stage.DONE:
            return Done()
        broker = broker_of(services.connector(current.gateway, current.transaction.broker or "").capabilities)
        app = current.gateway.display_name
        return Page(
            Message(
                frame_of(current, Closing.WINDOW),
                Tone.GOOD,
                f"{broker.name} is connected",
                (f"{app} can now show you orders to review. It can place nothing without you.",),
                broker,
                ending=Ending(back_to(current.gateway), COUNTDOWN_SECONDS),
            )
        )
