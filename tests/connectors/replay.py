"""Connectors without a network: answers are given by hand, requests are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from tests.brokers import known
from tests.connectors.whole import Whole
from tests.support.vault import MemoryVault
from torana.connectors.contract import (
    ExecutionMode,
    Instrument,
    Keys,
    OrderRequest,
    OrderType,
    Proposal,
    Release,
    Session,
    Setup,
    Side,
    Variety,
)
from torana.connectors.hosts import live_hosts
from torana.connectors.registry import BROKERS
from torana.kit.http import Answer, Request, TransportFailure

NOW = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
KEYS = Keys(
    {
        "api_key": "sampleapp",
        "api_secret": "sampleapp_secret",
        "postback_secret": "sample-postback-secret",
        "amounts": "rupees",
        "base_url": "https://broker.example",
    }
)
SESSION = Session("TR0007", {"token": "sample-token"})
INFY = Instrument("NSE", "INFY", "INE009A01021")
MANDM = Instrument("NSE", "M&M", "INE101A01026")
TAG = "481516234200001"

MARKET_BUY = OrderRequest(INFY, Side.BUY, 10, OrderType.MARKET, None, Variety.REGULAR, TAG)
LIMIT_SELL = OrderRequest(MANDM, Side.SELL, 3, OrderType.LIMIT, 305010, Variety.REGULAR, "481516234200002")
AMO_BUY = OrderRequest(INFY, Side.BUY, 1, OrderType.LIMIT, 150000, Variety.AMO, "481516234200003")

RELEASES = [Release(INFY.isin, 25), Release(MANDM.isin, 3)]
PROPOSAL = Proposal(INFY, Side.BUY, 10, OrderType.MARKET, 151235, Variety.REGULAR)
LIMIT_PROPOSAL = Proposal(MANDM, Side.SELL, 3, OrderType.LIMIT, 305010, Variety.AMO)


@dataclass
class Replayer:
    """An HTTP client that gives the answers it was given, the last one for ever, and keeps every request."""

    answers: Sequence[Answer | TransportFailure]
    requests: list[Request] = field(default_factory=list)

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, TransportFailure):
            raise answer
        return answer

    async def close(self) -> None:
        pass


def answer(body: bytes | str, status: int = 200, content_type: str = "application/json") -> Answer:
    return Answer(status, {"content-type": content_type}, body.encode() if isinstance(body, str) else body)


def connector(broker: str, client: Replayer, mode: ExecutionMode = ExecutionMode.SERVER_API) -> Whole:
    setup = Setup(
        known(broker).line(client),
        live_hosts(BROKERS[broker], KEYS),
        KEYS,
        f"https://torana.example/portal/callback/{broker}",
        mode,
        MemoryVault(known(broker).vault),
    )
    return Whole(BROKERS[broker].bound(setup))


def replying(broker: str, *answers: Answer | TransportFailure) -> tuple[Whole, Replayer]:
    client = Replayer(answers)
    return connector(broker, client), client


def before(broker: str, method: str) -> list[Answer]:
    """What is answered to this call before the answer that its fixtures hold."""
    return [answer(fixture(broker, name)) for name in known(broker).before.get(method, ())]


def afterwards(broker: str, name: str) -> list[Answer]:
    """What is answered to the call that follows the answer of this fixture."""
    return [answer(body) for at, body in known(broker).afterwards.items() if at == name]


def fixtures(broker: str) -> list[Path]:
    folder = files("torana.connectors").joinpath(broker, "fixtures")
    return sorted(Path(str(entry)) for entry in folder.iterdir())


def fixture(broker: str, name: str, suffix: str = "json") -> bytes:
    return files("torana.connectors").joinpath(broker, "fixtures", f"{name}.{suffix}").read_bytes()


async def call(one: Whole, method: str) -> object:
    """Call a method of the contract with sample arguments."""
    match method:
        case "finish_login":
            return await one.finish_login(known(one.capabilities.broker).callback, NOW)
        case "place":
            takes_market = OrderType.MARKET in one.capabilities.order_types
            return await one.place(SESSION, MARKET_BUY if takes_market else LIMIT_SELL)
        case "orders_by_tag":
            return await one.orders_by_tag(SESSION, TAG)
        case "cancel":
            await one.cancel(SESSION, "261118000417203", Variety.REGULAR, "1100000023700003")
            return None
        case "quotes":
            return await one.quotes(SESSION, [INFY, MANDM])
        case "orders":
            return await one.orders(SESSION)
        case "holdings":
            return await one.holdings(SESSION)
        case "positions":
            return await one.positions(SESSION)
        case "funds":
            return await one.funds(SESSION)
        case "margin":
            return await one.margin(SESSION, [PROPOSAL, LIMIT_PROPOSAL])
        case "charges":
            return await one.charges(SESSION, [PROPOSAL])
    return await _call_apart(one, method)


async def _call_apart(one: Whole, method: str) -> object:
    match method:
        case "begin_login":
            return await one.login_url("state-1")
        case "logout":
            await one.logout(SESSION)
            return None
        case "begin":
            return await one.begin(SESSION, RELEASES)
        case "state":
            return await one.state(SESSION, known(one.capabilities.broker).kept, NOW)
    raise ValueError(method)


READS = ("orders", "orders_by_tag", "holdings", "positions", "funds", "quotes", "margin", "charges", "state")
WRITES = ("place", "cancel", "begin")
METHODS = (*READS, *WRITES, "finish_login", "logout")


def methods_of(broker: str, among: Sequence[str] = METHODS) -> list[str]:
    """What this broker offers and asks its broker for."""
    one = BROKERS[broker]
    parts = {
        "orders": one.orders,
        "place": one.orders,
        "cancel": one.orders,
        "orders_by_tag": one.tag_lookup or one.orders,
        "holdings": one.portfolio,
        "positions": one.portfolio,
        "funds": one.portfolio,
        "quotes": one.quotes,
        "margin": one.costs,
        "charges": one.costs,
        "finish_login": one.login,
        "logout": one.logout,
        "begin": one.authorisation,
        "state": one.authorisation,
    }
    return [name for name in among if parts[name] is not None and name not in known(broker).silent]


EACH_METHOD = pytest.mark.parametrize(
    ("broker", "method"), [(broker, method) for broker in BROKERS for method in methods_of(broker)]
)
