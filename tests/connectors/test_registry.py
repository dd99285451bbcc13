"""Which connectors an installation has, and that no connector can reach what it must not (X05)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import urlsplit

import pytest

from tests.brokers import known
from tests.connectors.replay import AMO_BUY, SESSION, Replayer, answer, call, methods_of
from tests.connectors.whole import Whole
from tests.support.servers import raw_server
from tests.support.vault import MemoryVault
from torana.connectors.contract import Broker, BrokerError, ExecutionMode, FromKey, Host, Key, Keys, Setup, Variety
from torana.connectors.hosts import live_hosts, origin, sandbox_hosts
from torana.connectors.registry import ACCEPTED, BROKERS, GUESS, Client, Connectors, NoSuchConnector, checked_keys
from torana.kit.clock import IST
from torana.kit.errors import ConfigurationError
from torana.kit.outbound import BrokerClient
from torana.market.calendar import book_ends

SANDBOX = "http://127.0.0.1:8081"
KEYS = {broker: known(broker).keys for broker in BROKERS}
SETTINGS = {broker: {**keys, **({GUESS: ACCEPTED} if BROKERS[broker].guess else {})} for broker, keys in KEYS.items()}


def build(
    keys: Mapping[str, Mapping[str, str]] | None = None,
    sandbox_url: str = SANDBOX,
    test_modes: dict[str, str] | None = None,
    brokers: Mapping[str, Broker] = BROKERS,
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
        brokers=brokers,
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
    _, origins = build(SETTINGS)

    assert {origins["test", broker] for broker in BROKERS} == {frozenset({SANDBOX})}
    assert origins["live", "kite"] == {"https://api.kite.trade"}
    assert origins["live", "upstox"] == {"https://api.upstox.com", "https://api-hft.upstox.com"}


@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.parametrize("mode", ["test", "live"])
async def test_every_request_stays_within_the_origins_of_its_mode(broker: str, mode: str) -> None:
    """X05: what is sent, and where browsers are sent."""
    clients: dict[tuple[str, str], Replayer] = {}

    def client(mode: str, broker: str, allowed: frozenset[str]) -> Client:
        return known(broker).line(clients.setdefault((mode, broker), Replayer([answer(b"")])))

    connectors = Connectors.build(
        keys=SETTINGS,
        sandbox_url=SANDBOX,
        public_url="https://torana.example",
        client=client,
        vault=lambda mode, broker: MemoryVault(known(broker).vault),
    )
    one, urls = Whole(connectors.get(mode, broker)), list[str]()
    for method in methods_of(broker):
        with pytest.raises(BrokerError):
            await call(one, method)
    with pytest.raises(BrokerError):
        await one.cancel(SESSION, "@127.0.0.1:1/", Variety.AMO)
    sent = len(clients[mode, broker].requests)
    try:
        urls.append(await one.login_url("s"))
    except BrokerError:  # the broker is asked for the page, and that request is among the others
        assert len(clients[mode, broker].requests) == sent + 1
    urls += [request.url for request in clients[mode, broker].requests]
    if BROKERS[broker].browser_orders is not None:
        urls.append(one.basket_form(SESSION, [AMO_BUY], return_url="https://x", state="s").url)

    live = live_hosts(BROKERS[broker], KEYS[broker])
    real = {urlsplit(url).hostname for url in live.urls.values()}
    for url in urls:
        assert (urlsplit(url).hostname in real) == (mode == "live"), url
        assert url.startswith(SANDBOX) == (mode == "test"), url


async def test_the_mode_of_the_simulated_upstox_decides_its_app() -> None:
    multi, _ = build()
    single, _ = build(test_modes={"upstox": "server_api"})

    assert multi.get("test", "upstox").execution_mode is ExecutionMode.REDIRECT_BASKET
    assert "client_id=sandbox-upstox-multi&" in await Whole(multi.get("test", "upstox")).login_url("s")
    assert single.get("test", "upstox").execution_mode is ExecutionMode.SERVER_API
    assert "client_id=sandbox-upstox-single&" in await Whole(single.get("test", "upstox")).login_url("s")


@pytest.mark.parametrize("broker", BROKERS)
def test_test_gateways_place_in_the_way_that_is_set_for_the_broker(broker: str) -> None:
    default, _ = build(SETTINGS)

    assert default.get("test", broker).execution_mode is BROKERS[broker].default_mode
    for mode in BROKERS[broker].execution_modes:
        told, _ = build(SETTINGS, test_modes={broker: mode.value})
        assert told.get("test", broker).execution_mode is mode
        assert told.get("live", broker).execution_mode is BROKERS[broker].default_mode


def test_an_app_for_many_clients_offers_no_cancellation() -> None:
    multi, _ = build()
    single, _ = build(test_modes={"upstox": "server_api"})

    assert not multi.get("test", "upstox").capabilities.cancel
    assert single.get("test", "upstox").capabilities.cancel


def test_live_upstox_places_in_the_browser_unless_told_otherwise() -> None:
    default, _ = build(SETTINGS)
    told, _ = build({"upstox": {**KEYS["upstox"], "mode": "server_api"}})

    assert default.get("live", "upstox").execution_mode is ExecutionMode.REDIRECT_BASKET
    assert default.get("live", "kite").execution_mode is ExecutionMode.SERVER_API
    assert told.get("live", "upstox").execution_mode is ExecutionMode.SERVER_API


@pytest.mark.parametrize(
    "broken",
    [
        lambda: build({"kite": {"api_key": "a"}}),
        lambda: build({"kite": {"api_secret": "b"}}),
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
        (lambda: build({"upstox": {**KEYS["upstox"], "mode": "telepathy"}}), "TORANA_BROKER_UPSTOX_MODE"),
        (lambda: build({"kite": {**KEYS["kite"], "postback_secret": "c"}}), "TORANA_BROKER_KITE_POSTBACK_SECRET"),
        (lambda: build({"kite": {"api_key": "a"}}), "TORANA_BROKER_KITE_API_SECRET"),
        (lambda: build({"nobody": {"api_key": "a"}}), "TORANA_BROKER_NOBODY_"),
    ],
)
def test_a_setting_that_is_refused_is_named(broken: Callable[[], object], variable: str) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        broken()


GUESSED = replace(BROKERS["kite"], guess="what its order book calls a rejected order is not published")


def of_the_guessed(**settings: str) -> Keys:
    return checked_keys(GUESSED, {**KEYS["kite"], **settings})


@pytest.mark.parametrize("said", [{}, {"guess": ""}, {"guess": "yes"}, {"guess": "ACCEPTED"}])
def test_a_live_broker_that_rests_on_a_guess_is_refused_until_somebody_accepts_it(said: Mapping[str, str]) -> None:
    """The refusal tells what is guessed, and what to set."""
    with pytest.raises(ConfigurationError) as refused:
        of_the_guessed(**said)

    assert GUESSED.guess in str(refused.value)
    assert "TORANA_BROKER_KITE_GUESS=accepted" in str(refused.value)


def test_a_guess_that_was_accepted_is_no_key() -> None:
    assert of_the_guessed(guess="accepted") == KEYS["kite"]


def test_a_broker_that_rests_on_no_guess_has_none_to_accept() -> None:
    with pytest.raises(ConfigurationError, match="TORANA_BROKER_KITE_GUESS: Zerodha has no such key"):
        checked_keys(BROKERS["kite"], {**KEYS["kite"], "guess": "accepted"})


def test_the_simulator_of_a_broker_that_rests_on_a_guess_is_there_without_a_word() -> None:
    connectors, _ = build(brokers={"kite": GUESSED})

    assert [one.broker for one in connectors.available("test")] == ["kite"]


def test_keys_are_not_printed() -> None:
    """I10."""
    assert "live-secret" not in repr(KEYS["kite"])
    assert "up-postback" not in repr(KEYS["upstox"])


@pytest.mark.parametrize("broker", BROKERS)
async def test_a_live_connector_that_is_given_the_sandboxs_urls_opens_no_socket(broker: str) -> None:
    """X05: even a wrong composition is refused by the client."""
    async with (
        raw_server() as server,
        BrokerClient(broker, live_hosts(BROKERS[broker], KEYS[broker]).origins) as client,
    ):
        setup = Setup(
            client,
            sandbox_hosts(BROKERS[broker], server.url),
            KEYS[broker],
            "https://torana.example",
            ExecutionMode.SERVER_API,
            MemoryVault(known(broker).vault),
        )
        one = Whole(BROKERS[broker].bound(setup))

        for method in methods_of(broker):
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
    async with BrokerClient(broker, sandbox_hosts(BROKERS[broker], SANDBOX).origins) as client:
        setup = Setup(
            client,
            live_hosts(BROKERS[broker], KEYS[broker]),
            KEYS[broker],
            "https://torana.example",
            ExecutionMode.SERVER_API,
            MemoryVault(known(broker).vault),
        )
        one = Whole(BROKERS[broker].bound(setup))

        for method in methods_of(broker):
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
        keys=SETTINGS, sandbox_url=SANDBOX, public_url="https://x", client=lambda *_: Closing([answer(b"")])
    )
    await connectors.close()

    assert len(closed) == 2 * len(BROKERS)


PLATFORM = replace(
    BROKERS["kite"],
    key="platform",
    hosts={"api": Host(FromKey("base_url"), "/platform")},
    keys=(*BROKERS["kite"].keys, Key("base_url", secret=False, required=True, help="where its platform is")),
)


@pytest.mark.parametrize("url", ["https://trade.example", "https://trade.example:8443/", "https://TRADE.example/xts"])
def test_an_operator_may_name_the_host_of_a_shared_platform(url: str) -> None:
    hosts = live_hosts(PLATFORM, Keys({"base_url": url}), SANDBOX)

    assert hosts["api"] == url.rstrip("/")
    assert hosts.origins == {origin(url)}


@pytest.mark.parametrize(
    "url",
    ["", "trade.example", "http://trade.example", "https://", "https://a:b@trade.example", "https://trade.example?x=1",
     "https://[", "https://sandbox.example/api"],
)  # fmt: skip
def test_a_host_that_cannot_be_a_brokers_is_refused_by_its_setting(url: str) -> None:
    """X05: nor can a live gateway be led to the sandbox by it."""
    with pytest.raises(ConfigurationError, match="TORANA_BROKER_PLATFORM_BASE_URL"):
        live_hosts(PLATFORM, Keys({"base_url": url}), "https://sandbox.example")


@pytest.mark.parametrize("broker", [name for name, one in BROKERS.items() if one.orders is not None])
def test_no_book_is_believed_to_outlive_its_day(broker: str) -> None:
    """Where brokers say anything, they say that their book is that of the day. After midnight it may be empty, and its
    emptiness proves of no order that it was not placed."""
    orders, day = BROKERS[broker].orders, date(2026, 11, 30)
    assert orders is not None

    assert book_ends(day, orders.rules.book_kept_until) < datetime(2026, 12, 1, tzinfo=IST)
