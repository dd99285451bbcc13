"""Which connectors an installation has, and that no connector can reach what it must not (X05)."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.connectors.replay import AMO_BUY, METHODS, SESSION, Replayer, answer, call
from tests.kit.servers import raw_server
from torana.connectors.contract import BrokerError, ExecutionMode, Variety
from torana.connectors.hosts import BROKER_HOSTS, live_hosts, origin, sandbox_hosts
from torana.connectors.registry import BROKERS, AppKeys, Client, Connectors, NoSuchConnector
from torana.connectors.setup import Setup
from torana.kit.errors import ConfigurationError
from torana.kit.outbound import BrokerClient

SANDBOX = "http://127.0.0.1:8081"
KEYS = {"kite": AppKeys("live-key", "live-secret"), "upstox": AppKeys("up-key", "up-secret", "up-postback")}


def build(
    keys: dict[str, AppKeys] | None = None, sandbox_url: str = SANDBOX, test_modes: dict[str, str] | None = None
) -> tuple[Connectors, dict[tuple[str, str], frozenset[str]]]:
    origins: dict[tuple[str, str], frozenset[str]] = {}

    def client(mode: str, broker: str, allowed: frozenset[str]) -> Client:
        origins[mode, broker] = allowed
        return Replayer([answer(b"")])

    connectors = Connectors.build(
        keys=keys or {},
        sandbox_url=sandbox_url,
        public_url="https://torana.example/",
        test_modes=test_modes or {},
        client=client,
    )
    return connectors, origins


def test_every_broker_is_there_for_test_gateways_and_live_only_with_keys() -> None:
    connectors, _ = build({"kite": KEYS["kite"]})

    assert [one.broker for one in connectors.available("test")] == list(BROKERS)
    assert [one.broker for one in connectors.available("live")] == ["kite"]
    assert connectors.find("live", "upstox") is None
    with pytest.raises(NoSuchConnector):
        connectors.get("live", "upstox")
    with pytest.raises(NoSuchConnector):
        connectors.get("test", "nobody")


def test_live_connectors_know_the_real_hosts_and_test_ones_the_sandbox_only() -> None:
    """X05."""
    _, origins = build(KEYS)

    assert origins == {
        ("test", "kite"): frozenset({SANDBOX}),
        ("test", "upstox"): frozenset({SANDBOX}),
        ("live", "kite"): frozenset({"https://api.kite.trade"}),
        ("live", "upstox"): frozenset({"https://api.upstox.com", "https://api-hft.upstox.com"}),
    }


@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.parametrize("mode", ["test", "live"])
async def test_every_request_stays_within_the_origins_of_its_mode(broker: str, mode: str) -> None:
    """X05: what is sent, and where browsers are sent."""
    clients: dict[tuple[str, str], Replayer] = {}

    def client(mode: str, broker: str, allowed: frozenset[str]) -> Client:
        return clients.setdefault((mode, broker), Replayer([answer(b"")]))

    connectors = Connectors.build(keys=KEYS, sandbox_url=SANDBOX, public_url="https://torana.example", client=client)
    one = connectors.get(mode, broker)
    for method in METHODS:
        with pytest.raises(BrokerError):
            await call(one, method)
    with pytest.raises(BrokerError):
        await one.cancel(SESSION, "@127.0.0.1:1/", Variety.AMO)
    urls = [request.url for request in clients[mode, broker].requests]
    urls += [one.login("s").url, one.basket_form(SESSION, [AMO_BUY], return_url="https://x", state="s").url]

    real = {urlsplit(host.real).hostname for host in BROKER_HOSTS[broker].values()}
    for url in urls:
        assert (urlsplit(url).hostname in real) == (mode == "live"), url
        assert url.startswith(SANDBOX) == (mode == "test"), url


def test_the_mode_of_the_simulated_upstox_decides_its_app() -> None:
    multi, _ = build()
    single, _ = build(test_modes={"upstox": "server_api"})

    assert multi.get("test", "upstox").execution_mode is ExecutionMode.REDIRECT_BASKET
    assert "client_id=sandbox-upstox-multi&" in multi.get("test", "upstox").login("s").url
    assert single.get("test", "upstox").execution_mode is ExecutionMode.SERVER_API
    assert "client_id=sandbox-upstox-single&" in single.get("test", "upstox").login("s").url


@pytest.mark.parametrize("broker", BROKERS)
def test_test_gateways_place_in_the_way_that_is_set_for_the_broker(broker: str) -> None:
    default, _ = build(KEYS)

    assert default.get("test", broker).execution_mode is BROKERS[broker].default_mode
    for mode in BROKERS[broker].capabilities.execution_modes:
        told, _ = build(KEYS, test_modes={broker: mode.value})
        assert told.get("test", broker).execution_mode is mode
        assert told.get("live", broker).execution_mode is BROKERS[broker].default_mode


def test_an_app_for_many_clients_offers_no_cancellation() -> None:
    multi, _ = build()
    single, _ = build(test_modes={"upstox": "server_api"})

    assert not multi.get("test", "upstox").capabilities.cancel
    assert single.get("test", "upstox").capabilities.cancel


def test_live_upstox_places_in_the_browser_unless_told_otherwise() -> None:
    default, _ = build(KEYS)
    told, _ = build({"upstox": AppKeys("up-key", "up-secret", mode="server_api")})

    assert default.get("live", "upstox").execution_mode is ExecutionMode.REDIRECT_BASKET
    assert default.get("live", "kite").execution_mode is ExecutionMode.SERVER_API
    assert told.get("live", "upstox").execution_mode is ExecutionMode.SERVER_API


@pytest.mark.parametrize(
    "broken",
    [
        lambda: build({"kite": AppKeys("a", "")}),
        lambda: build({"kite": AppKeys("", "b")}),
        lambda: build(sandbox_url="https://api.kite.trade"),
        lambda: build(sandbox_url="https://API.kite.trade./"),
        lambda: build(sandbox_url="https://anything.upstox.com:8443/x"),
        lambda: build(sandbox_url="ftp://127.0.0.1"),
        lambda: build(sandbox_url="127.0.0.1:8081"),
    ],
)
def test_a_configuration_that_cannot_be_right_is_refused(broken: Callable[[], object]) -> None:
    with pytest.raises(ConfigurationError):
        broken()


@pytest.mark.parametrize(
    ("broken", "variable"),
    [
        (lambda: build(test_modes={"kite": "telepathy"}), "TORANA_TEST_MODE_KITE"),
        (lambda: build(test_modes={"nobody": "server_api"}), "TORANA_TEST_MODE_NOBODY"),
        (lambda: build({"upstox": AppKeys("a", "b", mode="telepathy")}), "TORANA_BROKER_UPSTOX_MODE"),
        (lambda: build({"nobody": AppKeys("a", "b")}), "TORANA_BROKER_NOBODY_"),
    ],
)
def test_a_setting_that_is_refused_is_named(broken: Callable[[], object], variable: str) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        broken()


def test_keys_are_not_printed() -> None:
    """I10."""
    assert "live-secret" not in repr(KEYS["kite"])
    assert "up-postback" not in repr(KEYS["upstox"])


@pytest.mark.parametrize("broker", BROKERS)
async def test_a_live_connector_that_is_given_the_sandboxs_urls_opens_no_socket(broker: str) -> None:
    """X05: even a wrong composition is refused by the client."""
    async with raw_server() as server, BrokerClient(broker, live_hosts(broker).origins) as client:
        setup = Setup(
            client, sandbox_hosts(broker, server.url), KEYS[broker], "https://torana.example", ExecutionMode.SERVER_API
        )
        one = BROKERS[broker].connector(setup)

        for method in METHODS:
            with pytest.raises(ConfigurationError):
                await call(one, method)

        assert server.connections == 0


@pytest.mark.parametrize("broker", BROKERS)
async def test_a_test_connector_that_is_given_real_hosts_opens_no_socket(
    broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X05."""
    opened: list[object] = []
    monkeypatch.setattr("asyncio.base_events.socket.socket", lambda *how, **more: opened.append(how))
    async with BrokerClient(broker, sandbox_hosts(broker, SANDBOX).origins) as client:
        setup = Setup(client, live_hosts(broker), KEYS[broker], "https://torana.example", ExecutionMode.SERVER_API)
        one = BROKERS[broker].connector(setup)

        for method in METHODS:
            with pytest.raises(ConfigurationError):
                await call(one, method)

    assert opened == []


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://API.kite.trade:443/x?y", "https://api.kite.trade"),
        ("http://127.0.0.1:8081/kite", "http://127.0.0.1:8081"),
        ("http://[::1]:8081", "http://[::1]:8081"),
        ("https://api.upstox.com./", "https://api.upstox.com"),
    ],
)
def test_origins_are_written_in_one_way(url: str, expected: str) -> None:
    assert origin(url) == expected


async def test_closing_closes_every_client() -> None:
    closed: list[str] = []

    class Closing(Replayer):
        async def close(self) -> None:
            closed.append("closed")

    connectors = Connectors.build(
        keys=KEYS, sandbox_url=SANDBOX, public_url="https://x", client=lambda *_: Closing([answer(b"")])
    )
    await connectors.close()

    assert len(closed) == 4
