"""What `torana broker check` finds, over HTTP at the simulated brokers: right keys, wrong keys, a clock that is off, a
host that is down."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from click.testing import CliRunner, Result

from torana.cli.main import main
from torana.connectors.contract import ExecutionMode, LoginRefused
from torana.connectors.egress import Way
from torana.connectors.instrument_files import instrument_files
from torana.connectors.readiness.check import findings
from torana.connectors.readiness.finding import Candidate, Finding, Verdict
from torana.connectors.readiness.keys import about_keys_told, configured
from torana.connectors.readiness.machine import address
from torana.connectors.registry import BROKERS
from torana.connectors.serving import Serves
from torana.kit.clock import SystemClock
from torana.sandbox.application import DEFAULT_GATEWAY
from torana.sandbox.server import RunningSandbox, running_sandbox

NOBODY = "http://127.0.0.1:1"
TELLING = sorted(key for key, broker in BROKERS.items() if broker.key_proof is not None)
LIVE = {"api_key": "key-of-the-app", "api_secret": "secret-of-the-app"}


class ClockOff(SystemClock):
    def __init__(self, seconds: float) -> None:
        self._off = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._off


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox() as running:
        yield running


def keys_of(broker: str) -> dict[str, str]:
    one = BROKERS[broker]
    return dict(one.sandbox_keys[one.default_mode])


def simulated(broker: str, url: str, given: Mapping[str, str] | None = None, *, off: float = 0.0) -> Candidate:
    return Candidate(
        broker=BROKERS[broker],
        given=keys_of(broker) if given is None else given,
        public_url=DEFAULT_GATEWAY,
        clock=ClockOff(off),
        sandbox_url=url,
    )


def live(broker: str, given: Mapping[str, str], **changed: object) -> Candidate:
    known = {"broker": BROKERS[broker], "given": given, "public_url": "https://t.example", "clock": SystemClock()}
    return Candidate(**known | changed)  # type: ignore[arg-type]


async def found(candidate: Candidate) -> dict[str, Finding]:
    """By subject. Nothing of it repeats a secret."""
    seen = [finding async for finding in findings(candidate)]
    secrets = [candidate.given[key.name] for key in candidate.broker.keys if key.secret and key.name in candidate.given]
    said = " ".join(f"{one.text} {one.remedy}" for one in seen)
    assert not [secret for secret in secrets if secret in said]
    assert all(one.remedy for one in seen if one.verdict is not Verdict.OK)
    return {one.subject: one for one in seen}


def failed(seen: Mapping[str, Finding]) -> set[str]:
    return {subject.partition(" http")[0] for subject, one in seen.items() if one.verdict is Verdict.FAILED}


@pytest.mark.parametrize("broker", BROKERS)
async def test_with_right_keys_nothing_fails_and_every_line_says_something(
    broker: str, sandbox: RunningSandbox
) -> None:
    seen = await found(simulated(broker, sandbox.url))

    files = [one for subject, one in seen.items() if subject.startswith("instrument file")]
    listed = any(file.broker == broker for file in instrument_files())
    assert failed(seen) == set()
    assert {"keys", "clock", "address", "redirect address", "keys at the broker"} < seen.keys()
    assert {one.verdict for one in files} == {Verdict.OK}
    assert {"rows can be read" in one.text for one in files} == {listed}
    assert seen["clock"].verdict is Verdict.OK
    assert sandbox.ledger.orders == []


@pytest.mark.parametrize("broker", BROKERS)
async def test_wrong_keys_are_found_where_the_broker_tells_without_an_investor(
    broker: str, sandbox: RunningSandbox
) -> None:
    wrong = {name: f"{value}-not" for name, value in keys_of(broker).items()}
    free_of_units = {name: keys_of(broker)[name] for name in wrong if name == "amounts"}

    seen = await found(simulated(broker, sandbox.url, wrong | free_of_units))

    if broker in TELLING:
        assert "keys at the broker" in failed(seen)
    else:
        assert seen["keys at the broker"].verdict is Verdict.NOT_KNOWN
        assert "Log in once" in seen["keys at the broker"].remedy


@pytest.mark.parametrize("broker", BROKERS)
async def test_a_host_that_is_down_fails_and_its_clock_is_not_known(broker: str) -> None:
    seen = await found(simulated(broker, NOBODY))

    assert {"host"} <= failed(seen) <= {"host", "instrument file", "keys at the broker"}
    assert seen["clock"].verdict is Verdict.NOT_KNOWN


@pytest.mark.parametrize(
    ("off", "verdict"),
    [(0, Verdict.OK), (8, Verdict.OK), (12, Verdict.FAILED), (-12, Verdict.FAILED), (3600, Verdict.FAILED)],
)
async def test_a_clock_that_is_off_fails(off: float, verdict: Verdict, sandbox: RunningSandbox) -> None:
    seen = await found(simulated("iifl", sandbox.url, off=off))

    assert seen["clock"].verdict is verdict
    assert ("NTP" in seen["clock"].remedy) is (verdict is Verdict.FAILED)


async def test_another_redirect_address_than_the_registered_one_fails_where_the_page_of_the_login_tells(
    sandbox: RunningSandbox,
) -> None:
    """Upstox documents it."""
    known = await found(simulated("upstox", sandbox.url))
    elsewhere = Candidate(
        broker=BROKERS["upstox"],
        given=keys_of("upstox"),
        public_url="https://another.example",
        clock=SystemClock(),
        sandbox_url=sandbox.url,
    )

    assert known["redirect address"].verdict is Verdict.OK
    assert failed(await found(elsewhere)) == {"redirect address"}


@pytest.mark.parametrize(
    ("broker", "given", "serves", "said"),
    [
        ("kite", {}, Serves.UNSAID, "TORANA_BROKER_KITE_API_KEY"),
        ("kite", {"api_key": "key"}, Serves.UNSAID, "TORANA_BROKER_KITE_API_SECRET"),
        ("kite", LIVE | {"pin": "1"}, Serves.UNSAID, "has no such key"),
        ("kite", LIVE | {"api_secret": "'copied'"}, Serves.UNSAID, "TORANA_BROKER_KITE_API_SECRET holds a blank"),
        ("kite", LIVE | {"api_secret": "with blank"}, Serves.UNSAID, "TORANA_BROKER_KITE_API_SECRET holds a blank"),
        ("dhan", LIVE, Serves.PUBLIC, "TORANA_SERVES=public"),
        ("dhan", LIVE, Serves.VENDOR, "TORANA_VENDOR_APPROVAL"),
        ("hdfc", LIVE, Serves.OWN, "TORANA_BROKER_HDFC_GUESS=accepted"),
        ("trustline", LIVE | {"base_url": "http://x.example", "guess": "accepted"}, Serves.OWN, "https://"),
        (
            "angelbroking",
            {"api_key": "key", "public_ip": "my server", "mac_address": "02:00:00:00:00:01"},
            Serves.OWN,
            "TORANA_BROKER_ANGELBROKING_PUBLIC_IP is no IP address",
        ),
        (
            "angelbroking",
            {"api_key": "key", "public_ip": "203.0.113.7", "mac_address": "02:00:00"},
            Serves.OWN,
            "TORANA_BROKER_ANGELBROKING_MAC_ADDRESS is no MAC address",
        ),
    ],
)
def test_settings_that_cannot_be_right_are_named_and_not_repeated(
    broker: str, given: dict[str, str], serves: Serves, said: str
) -> None:
    keys, _, finding = configured(live(broker, given, serves=serves))

    assert (keys, finding.verdict) == (None, Verdict.FAILED)
    assert said in finding.text
    assert not [value for value in ("'copied'", "with blank", "my server", "02:00:00") if value in finding.text]


@pytest.mark.parametrize(
    ("serves", "mode"),
    [(Serves.OWN, ExecutionMode.SERVER_API), (Serves.PUBLIC, ExecutionMode.REDIRECT_BASKET)],
)
def test_settings_that_can_be_right_say_how_orders_go(serves: Serves, mode: ExecutionMode) -> None:
    keys, chosen, finding = configured(live("kite", LIVE, serves=serves))

    assert (keys is not None, chosen, finding.verdict) == (True, mode, Verdict.OK)


def test_what_the_broker_says_is_told_without_the_keys() -> None:
    candidate = live("fyers", LIVE)
    assert candidate.broker.key_proof is not None

    finding = about_keys_told(
        candidate, candidate.broker.key_proof, LoginRefused("no app secret-of-the-app", code="-371")
    )

    assert (finding.verdict, finding.text) == (Verdict.FAILED, "Fyers refuses them: no app … (-371)")


@asynccontextmanager
async def answering(text: str) -> AsyncIterator[str]:
    """A service that answers with a text."""

    async def told(_: web.Request) -> web.Response:
        return web.Response(text=text)

    app = web.Application()
    app.router.add_get("/", told)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"{site.name}/"
    await runner.cleanup()


ANGEL = {"api_key": "key", "public_ip": "203.0.113.7", "mac_address": "02:00:00:00:00:01"}
BY_API = ExecutionMode.SERVER_API


@pytest.mark.parametrize(
    ("given", "way", "sees", "verdict"),
    [
        (ANGEL, None, "203.0.113.7", Verdict.OK),
        (ANGEL, None, "198.51.100.9", Verdict.FAILED),
        (ANGEL, Way("angelbroking", "A1", source="127.0.0.1", address="198.51.100.9"), "198.51.100.9", Verdict.OK),
        (ANGEL, Way("angelbroking", "A1", source="127.0.0.1", address="198.51.100.9"), "203.0.113.7", Verdict.FAILED),
        ({"api_key": "key"}, None, "203.0.113.7", Verdict.NOT_KNOWN),
        (ANGEL, None, "<html>who are you</html>", Verdict.NOT_KNOWN),
    ],
)
async def test_the_address_that_orders_leave_from_is_held_against_the_registered_one(
    given: dict[str, str], way: Way | None, sees: str, verdict: Verdict
) -> None:
    async with answering(sees) as service:
        finding = await address(live("angelbroking", given, address_service=service), way, BY_API)

    assert finding.verdict is verdict
    assert "Register it at Angel One" in finding.remedy
    assert "<html>" not in finding.text


async def test_without_a_service_the_address_is_not_known_and_in_the_brokers_page_none_is_looked_at() -> None:
    unasked = await address(live("kite", LIVE), None, BY_API)
    silent = await address(live("kite", LIVE, address_service=NOBODY), None, BY_API)
    in_page = await address(live("kite", LIVE), None, ExecutionMode.REDIRECT_BASKET)

    assert (unasked.verdict, silent.verdict, in_page.verdict) == (Verdict.NOT_KNOWN, Verdict.NOT_KNOWN, Verdict.OK)
    assert "--ask" in unasked.remedy
    assert "calendar week" in unasked.remedy


async def typed(*words: str, sandbox_url: str) -> Result:
    environment = {"TORANA_SANDBOX_URL": sandbox_url}
    return await asyncio.to_thread(CliRunner(env=environment).invoke, main, ["broker", "check", *words])


async def test_it_is_typed_and_exits_by_what_failed(sandbox: RunningSandbox) -> None:
    well = await typed("dhan", "--sandbox", sandbox_url=sandbox.url)
    down = await typed("dhan", "--sandbox", sandbox_url=NOBODY)
    nobody = await typed("nosuch", "--sandbox", sandbox_url=sandbox.url)

    assert well.exit_code == 0
    assert "OK         keys at the broker: Dhan began a login with them" in well.output
    assert "NOT KNOWN  redirect address:" in well.output
    assert (down.exit_code, "FAILED     host " in down.output) == (1, True)
    assert "of the checks failed" in down.output
    assert (nobody.exit_code, "no broker 'nosuch'" in nobody.output) == (1, True)
