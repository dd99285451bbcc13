"""What `torana try` does, told step by step. It knows the gateway by its public interface only."""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import click
import msgspec

from torana.cli.demo_partner.baskets import BASKETS
from torana.cli.demo_partner.gateway import GatewayClient, GatewayRefused
from torana.cli.demo_partner.proof import auth_token
from torana.cli.installation import load_settings
from torana.cli.processes import PartFailed, Parts, answers
from torana.cli.receiver import Received, Receiver
from torana.cli.stack import DEMO_GATEWAY, DEMO_SECRET, Ports, Stack, free_port
from torana.cli.visit import Stranded, Visit
from torana.kit import embedded

_PATIENCE = 60.0
"""Seconds for the whole transaction; the default basket needs about two."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the time line; `good` is None for what is neither."""

    seconds: float
    text: str
    good: bool | None = None


@dataclass(slots=True)
class Outcome:
    transaction_id: str | None = None
    completed: bool = False
    webhook_verified: bool = False
    error: str | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return self.completed and self.webhook_verified and self.error is None


Tell = Callable[[Outcome], None]


class Trial:
    """One transaction at one gateway."""

    def __init__(self, url: str, origin: str, *, broker: str, user: str, tell: Tell) -> None:
        self._url = url
        self._origin = origin
        self._broker = broker
        self._user = user
        self._tell = tell
        self._began = time.monotonic()
        self._client = GatewayClient(url, DEMO_GATEWAY, DEMO_SECRET, DEMO_SECRET)
        self._final_webhook = asyncio.Event()
        self.outcome = Outcome()

    def step(self, text: str, good: bool | None = None) -> None:
        self.outcome.steps.append(Step(round(time.monotonic() - self._began, 3), text, good))
        self._tell(self.outcome)

    async def run(self) -> Outcome:
        receiver = Receiver(DEMO_SECRET, self._webhook)
        receiver.start()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._run(receiver)
        except (GatewayRefused, Stranded, aiohttp.ClientError, OSError) as error:
            self._fail(str(error) or type(error).__name__)
        except TimeoutError:
            self._fail(f"not finished after {_PATIENCE:.0f} s")
        finally:
            with suppress(GatewayRefused, aiohttp.ClientError, OSError):
                await self._client.remove_endpoint(receiver.url)
            await self._client.close()
            receiver.stop()
        return self.outcome

    async def _run(self, receiver: Receiver) -> None:
        receiver.signing_secret = await self._client.register_endpoint(receiver.url)
        self.step("Webhook endpoint registered", True)
        basket = BASKETS["night-light"]
        transaction_id = await self._client.create_transaction(basket, None)
        self.outcome.transaction_id = transaction_id
        self.step(f"Transaction created: {basket.name}, {len(basket.lines)} orders", True)
        await self._through_the_pop_up(transaction_id)
        if self.outcome.completed:
            await self._final_webhook.wait()

    async def _through_the_pop_up(self, transaction_id: str) -> None:
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of addresses, as browsers keep them
        flow = secrets.token_hex(16)
        token = auth_token(DEMO_SECRET, None)
        known = {"gateway": DEMO_GATEWAY, "authToken": token, "transactionId": transaction_id, "flow": flow}
        async with aiohttp.ClientSession(cookie_jar=jar) as browser, aiohttp.ClientSession() as page:
            watching = asyncio.create_task(self._watch(page, known))
            try:
                visit = Visit(browser, broker=self._broker, user=self._user)
                opened = {**known, "brokers": "", "amo": "false", "returnUrl": "", "origin": self._origin}
                try:
                    await visit.go(f"{self._url}/portal/open", opened)
                except Stranded:
                    # The page may show why it ended; then the promise says so by name.
                    if not (await asyncio.wait({watching}, timeout=3))[0]:
                        raise
                await watching
            finally:
                watching.cancel()

    async def _watch(self, http: aiohttp.ClientSession, known: dict[str, str]) -> None:
        """The SDK's part: ask until the promise settles."""
        version = 0
        stage = ""
        while True:
            body = msgspec.json.encode({**known, "since": version})
            headers = {"origin": self._origin, "content-type": "text/plain;charset=UTF-8"}
            async with http.post(f"{self._url}/portal/sdk/watch", data=body, headers=headers) as response:
                answer = msgspec.json.decode(await response.read(), type=dict[str, Any])
            state = answer.get("data")
            if state is None:
                raise GatewayRefused(str(answer.get("message") or answer.get("errors")))
            version = state["version"]
            if state["stage"] != stage:
                stage = state["stage"]
                self.step(_STAGES.get(stage, stage))
            if state["settled"]:
                self._settled(state)
                return

    def _settled(self, state: dict[str, Any]) -> None:
        if error := state.get("error"):
            self._fail(f"the promise was rejected: {error['message']} {error['code']}")
            return
        batches = (state.get("result") or {}).get("orderBatches") or []
        for batch in batches:
            for order in batch["orders"]:
                text = f"{order['transactionType']} {order['quantity']} {order['tradingsymbol']}: {order['status']}"
                price = f" at ₹{order['averagePrice']}" if order["filledQuantity"] else ""
                self.step(text + price, order["status"] == "COMPLETE")
        self.outcome.completed = bool(batches) and all(batch["status"] == "COMPLETED" for batch in batches)
        if not self.outcome.completed:
            self._fail("settled, but not every order was filled")
        else:
            self.step("Promise resolved", True)

    def _webhook(self, received: Received) -> None:
        event = received.event
        if event.get("transactionId") != self.outcome.transaction_id:
            return
        passed = received.checks.passed
        proof = "checksum and signature verified" if passed else "it does not prove itself"
        self.step(f"Webhook {event.get('event')} {event.get('status')}: {proof}", passed)
        if not passed:
            self.outcome.error = "a webhook came whose signature is wrong"
        elif event.get("completedDate"):
            self.outcome.webhook_verified = True
        if event.get("completedDate") or not passed:
            self._final_webhook.set()

    def _fail(self, error: str) -> None:
        self.outcome.error = error
        self.step(error, False)


_STAGES = {
    "opening": "Pop-up opens",
    "choosing": "Broker chooser",
    "at_broker": "At the broker's login",
    "reviewing": "Review",
    "confirmed": "Confirmed; orders are being placed",
    "done": "Every order has ended",
}


def run_trial(url: str, *, broker: str, user: str, as_json: bool) -> bool:
    """Run one trial, show it, and return whether all is well."""
    from torana.cli.time_line import TimeLine

    line = TimeLine(live=not as_json and sys.stdout.isatty())

    async def run() -> Outcome:
        async with _gateway(url, say=line.note) as (gateway, origin):
            return await Trial(gateway, origin, broker=broker, user=user, tell=line.show).run()

    try:
        with line:
            outcome = asyncio.run(run())
    except PartFailed as error:
        raise click.ClickException(str(error)) from None
    finally:
        embedded.stop()
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(outcome) | {"good": outcome.good}, ensure_ascii=False))
    else:
        line.end(outcome)
    return outcome.good


@asynccontextmanager
async def _gateway(url: str, *, say: Callable[[str], None]) -> AsyncIterator[tuple[str, str]]:
    """The address of a gateway with the demo's secret and of a page that it allows."""
    url = url.rstrip("/")
    if await asyncio.to_thread(answers, f"{url}/readyz") and await _is_demo(url):
        yield url, url
        return
    say("No demo runs; starting an installation of its own")
    with TemporaryDirectory(prefix="torana-try-") as folder:
        settings = msgspec.structs.replace(load_settings(), home=Path(folder))
        stack = Stack(settings, Ports(free_port(), free_port(), free_port()), Parts(say))
        try:
            await stack.start_sandbox(trading_hours=True)
            await asyncio.to_thread(stack.prepare_database)
            await stack.make_demo_gateway()
            await stack.start_gateway()
            await stack.start_worker()
            await stack.parts.ready()
            yield stack.gateway_url, stack.gateway_url
        finally:
            await stack.parts.stop()
            await asyncio.to_thread(embedded.stop)


async def _is_demo(url: str) -> bool:
    client = GatewayClient(url, DEMO_GATEWAY, DEMO_SECRET, DEMO_SECRET)
    try:
        await client.endpoints()
    except (GatewayRefused, aiohttp.ClientError, OSError):
        return False
    finally:
        await client.close()
    return True
