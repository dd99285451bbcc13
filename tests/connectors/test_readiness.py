"""What `torana broker check` finds, over HTTP at the simulated brokers: right keys, wrong keys, a clock that is off, a
host that is down. What needs no simulator is in `test_readiness_rows.py`."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from torana.cli.main import main
from torana.connectors.instrument_files import instrument_files
from torana.connectors.readiness.check import findings
from torana.connectors.readiness.finding import Candidate, Finding, Verdict
from torana.connectors.registry import BROKERS
from torana.kit.clock import SystemClock
from torana.sandbox.application import DEFAULT_GATEWAY
from torana.sandbox.server import RunningSandbox, running_sandbox

NOBODY = "http://127.0.0.1:1"
TELLING = sorted(key for key, broker in BROKERS.items() if broker.key_proof is not None)


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


@pytest.mark.parametrize(
    "service", ["whatismyip.example", "ftp://t.example", "http://[t", "http://", "http://me@t.example"]
)
def test_a_service_to_ask_that_has_no_web_address_is_refused_before_anything_is_looked_at(service: str) -> None:
    done = CliRunner().invoke(main, ["broker", "check", "dhan", "--sandbox", "--ask", service])

    assert (done.exit_code, "http:// or https://" in done.output, "clock" in done.output) == (2, True, False)
