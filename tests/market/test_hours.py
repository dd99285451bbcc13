"""Exchange time for live and for test gateways."""

import time
from datetime import timedelta

import pytest

from tests.support.clock import HandClock
from torana.kit.http import Answer, Request, TransportFailure
from torana.market.hours import LiveTime, SandboxTime


class Sandbox:
    """Stands for the sandbox: tells an offset, or does not answer (None)."""

    def __init__(self, body: bytes | None) -> None:
        self.body = body
        self.asked: list[str] = []

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        self.asked.append(request.url)
        if self.body is None:
            raise TransportFailure("refused", sent=False)
        return Answer(200, {}, self.body)


async def test_live_time_is_the_time_of_the_clock(clock: HandClock) -> None:
    assert await LiveTime(clock).now() == clock.now()


async def test_sandbox_time_follows_the_offset_of_the_exchange(clock: HandClock) -> None:
    sandbox = Sandbox(b'{"now": "2026-11-20T05:00:00Z", "offsetSeconds": 172800, "phase": "OPEN"}')
    market = SandboxTime(sandbox, "http://127.0.0.1:8081/", clock)

    assert await market.now() == clock.now() + timedelta(days=2)
    assert await market.now() == clock.now() + timedelta(days=2)
    assert sandbox.asked == ["http://127.0.0.1:8081/sandbox/clock"]


async def test_sandbox_time_asks_again_after_half_a_second(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Sandbox(b'{"offsetSeconds": 10}')
    market = SandboxTime(sandbox, "http://sandbox", clock)
    monotonic = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: monotonic)
    await market.now()
    sandbox.body = b'{"offsetSeconds": 20.5}'

    monotonic += 0.6

    assert await market.now() == clock.now() + timedelta(seconds=20.5)


async def test_the_last_offset_stands_while_the_sandbox_is_away(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox(b'{"offsetSeconds": 10}')
    market = SandboxTime(sandbox, "http://sandbox", clock)
    monotonic = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: monotonic)
    await market.now()
    sandbox.body = None

    monotonic += 5

    assert await market.now() == clock.now() + timedelta(seconds=10)


@pytest.mark.parametrize("body", [None, b"", b"<html>", b'{"offsetSeconds": "soon"}'])
async def test_a_sandbox_that_never_told_the_time_is_reported(clock: HandClock, body: bytes | None) -> None:
    market = SandboxTime(Sandbox(body), "http://sandbox", clock)

    with pytest.raises(TransportFailure):
        await market.now()
