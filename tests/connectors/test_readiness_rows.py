"""What `torana broker check` says of settings, of a refusal and of the address that orders leave from."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ClassVar

import pytest
from aiohttp import web

from tests.connectors.replay import Replayer
from torana.connectors.contract import (
    BrokerError,
    Callback,
    DailyEnd,
    ExecutionMode,
    Hosts,
    Keys,
    Login,
    LoginRefused,
    LoginRules,
    LoginStart,
    NotSent,
    RateLimited,
    Setup,
    TicketReturn,
    Unknown,
)
from torana.connectors.egress import Way
from torana.connectors.readiness.app_keys import about_keys_told, configured, page_of_login, to_register
from torana.connectors.readiness.finding import Candidate, Verdict
from torana.connectors.readiness.machine import address
from torana.connectors.registry import BROKERS
from torana.connectors.serving import Serves
from torana.kit.clock import SystemClock

NOBODY = "http://127.0.0.1:1"
LIVE = {"api_key": "key-of-the-app", "api_secret": "secret-of-the-app"}


def live(broker: str, given: Mapping[str, str], **changed: Any) -> Candidate:
    known: dict[str, Any] = {
        "broker": BROKERS[broker],
        "given": given,
        "public_url": "https://t.example",
        "clock": SystemClock(),
    }
    return Candidate(**known | changed)


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


@pytest.mark.parametrize(
    ("public_url", "verdict", "said"),
    [
        ("https://t.example", Verdict.NOT_KNOWN, "https://t.example/portal/callback/kite"),
        ("http://t.example", Verdict.FAILED, "no https address"),
        ("http://127.0.0.1:8080", Verdict.NOT_KNOWN, "on this machine alone"),
    ],
)
def test_the_address_to_come_back_to_is_named(public_url: str, verdict: Verdict, said: str) -> None:
    finding = to_register(live("kite", LIVE, public_url=public_url))

    assert (finding.verdict, said in finding.text) == (verdict, True)
    assert finding.remedy


def test_what_the_broker_says_is_told_without_the_keys() -> None:
    candidate = live("fyers", LIVE)
    assert candidate.broker.key_proof is not None

    finding = about_keys_told(
        candidate, candidate.broker.key_proof, LoginRefused("no app secret-of-the-app", code="-371")
    )

    assert (finding.verdict, finding.text) == (Verdict.FAILED, "Fyers refuses them: no app … (-371)")


@pytest.mark.parametrize(
    ("told", "is_refused"),
    [
        (LoginRefused("no such app", code="DH-901"), True),
        (RateLimited("too many beginnings"), False),
        (NotSent("no name service"), False),
        (Unknown("HTTP 502 without an error of this broker's"), False),
    ],
)
def test_only_a_refusal_of_a_beginning_speaks_against_the_keys(told: BrokerError, is_refused: bool) -> None:
    candidate = live("dhan", LIVE)
    assert candidate.broker.key_proof is not None

    finding = about_keys_told(candidate, candidate.broker.key_proof, told)

    assert (finding.verdict, told.message in finding.text) == (Verdict.FAILED, True)
    assert finding.remedy.startswith("Compare the keys") is is_refused


@pytest.mark.parametrize("written", ["s/e+c=ret", "s%2Fe%2Bc%3Dret", "s/e%2Bc%3Dret", "s%2fe%2bc%3dret"])
def test_a_secret_is_not_told_however_an_address_writes_it(written: str) -> None:
    candidate = live("fyers", LIVE | {"api_secret": "s/e+c=ret"})
    assert candidate.broker.key_proof is not None

    finding = about_keys_told(candidate, candidate.broker.key_proof, LoginRefused(f"no app secret={written}&v=2"))

    assert "secret=…&v=2" in finding.text


class Refusing:
    """A login that cannot be begun; the broker repeats what it was sent."""

    rules: ClassVar = LoginRules(TicketReturn.STATE, DailyEnd("06:00"))

    def __init__(self, setup: Setup) -> None: ...

    async def begin(self, ticket: str, return_url: str) -> LoginStart:
        raise LoginRefused("no app secret-of-the-app")

    async def finish(self, callback: Callback, kept: Mapping[str, str], now: datetime) -> Login:
        raise NotImplementedError


async def test_a_page_of_a_login_that_does_not_begin_is_told_without_the_keys() -> None:
    client = Replayer(())
    setup = Setup(client, Hosts({}, frozenset()), Keys(LIVE), "https://t.example", BY_API)

    finding = await page_of_login(live("upstox", LIVE), Refusing(setup), client)

    assert (finding.verdict, finding.text.endswith("no app …")) == (Verdict.NOT_KNOWN, True)


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
