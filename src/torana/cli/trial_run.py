"""What `torana try` does, told step by step. It speaks to the gateway by its public interface only; which flows there
are, and what asks for one, the registry says."""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from torana.baskets.investments import Kind
from torana.cli.demo_partner.baskets import BASKETS
from torana.cli.demo_partner.gateway import GatewayClient, GatewayRefused
from torana.cli.demo_partner.proof import auth_token, investor_of
from torana.cli.receiver import Received, Receiver
from torana.cli.trial_baskets import BasketTrial
from torana.cli.trial_outcome import Outcome, Step
from torana.cli.visit import SimulatedExchange, Stranded, Visit
from torana.flows.authorise_holdings import DEPOSITORY
from torana.flows.basket_orders import Rebalance
from torana.flows.cancel_order import CANCEL
from torana.flows.contract import Flow
from torana.flows.investing.flow import BasketOrder
from torana.flows.registry import FLOWS
from torana.flows.sip_setup import SipSetup
from torana.settings import DEMO_GATEWAY, DEMO_SECRET
from torana.transactions.intents import ORDERS, Audience

_PATIENCE = 60.0
"""Seconds for the whole transaction; the default basket needs about two."""
_LONGEST = 60
"""Characters of a value that is shown."""
RESTS = 118
"""Shares of which the simulated exchange lets an order rest (docs/sandbox.md)."""


Tell = Callable[[Outcome], None]


def flow_names() -> dict[str, Flow[Any]]:
    """The flows of this version by the names of `--flow`."""
    return {(flow.kind or flow.intent).lower(): flow for flow in FLOWS if flow.by_partner or flow.by_page}


def user_of(flow: Flow[Any]) -> str:
    """A user name with which this flow has something to do."""
    return "needs-edis.try" if DEPOSITORY in flow.needs else "torana-try"


@dataclass(frozen=True, slots=True)
class PopUp:
    """The two sides of one pop-up: the investor's browser, and the partner's page that waits for the promise."""

    browser: aiohttp.ClientSession
    page: aiohttp.ClientSession


class Trial:
    """One transaction at one gateway. Where it takes a connected investor, they connect before."""

    def __init__(self, url: str, origin: str, *, flow: Flow[Any], broker: str, user: str, tell: Tell) -> None:
        self._url = url
        self._origin = origin
        self._flow = flow
        self._broker = broker
        self._user = user
        self._tell = tell
        self._began = time.monotonic()
        self._client = GatewayClient(url, DEMO_GATEWAY, DEMO_SECRET, DEMO_SECRET)
        self._final_webhook = asyncio.Event()
        self._placed: asyncio.Future[tuple[str, str] | None] = asyncio.get_running_loop().create_future()
        self._placing = ""
        self._exchange = SimulatedExchange()
        self._tickers: list[str] = []
        """Of the orders that are asked for, in their order."""
        self._more = 0
        """Shares more that the investor wants where they edit them."""
        self.outcome = Outcome(webhook_expected=bool(flow.events))

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

    @property
    def _orders(self) -> bool:
        """Whether the transaction itself places orders; those of the module are transactions of their own."""
        return ORDERS in self._flow.needs and not self._flow.opens_before_login

    async def _run(self, receiver: Receiver) -> None:
        receiver.signing_secret = await self._client.register_endpoint(receiver.url)
        self.step("Webhook endpoint registered", True)
        jar = aiohttp.CookieJar(unsafe=True)  # cookies of addresses, as browsers keep them
        async with aiohttp.ClientSession(cookie_jar=jar) as browser, aiohttp.ClientSession() as page:
            window = PopUp(browser, page)
            investor_id = await self._connect(window) if self._flow.audience is Audience.CONNECTED else None
            own = not self._flow.by_partner
            made = await self._ask_as_page(window.page) if own else await self._create(window, investor_id)
            self.outcome.transaction_id = made
            state = await self._through(window, made, investor_id)
            self._settled(await self._with_later_buys(window, state, investor_id))
        if self.outcome.completed and self.outcome.webhook_expected:
            await self._final_webhook.wait()

    async def _with_later_buys(self, window: PopUp, state: dict[str, Any], investor_id: str | None) -> dict[str, Any]:
        """A broker that takes orders in its own page gets the sells of a rebalance alone: its buys come with a FIX. The
        state in which all of it has settled."""
        result = state.get("result") or {}
        left = [one for one in result.get("orderBatches") or [] if one["status"] == "PARTIALLYPLACED"]
        later = all(order["status"] == "COMPLETE" for batch in left for order in batch["orders"])
        if not left or not later or not isinstance(self._flow, Rebalance):
            return state
        body = {"intent": "TRANSACTION", "orderConfig": {"type": Kind.FIX, "iscid": result["iscid"]}}
        made = await self._client.create(body, investor_id)
        self.outcome.transaction_id, self.outcome.webhook_verified = made, False
        self._final_webhook.clear()
        self.step("The broker's own page took the sells; a FIX has the buys", True)
        return await self._through(window, made, investor_id)

    async def _connect(self, window: PopUp) -> str:
        """The investor connects the account; their id."""
        transaction_id = await self._client.create({"intent": "CONNECT"}, None)
        self.step("Transaction created: CONNECT, for an investor to ask about", True)
        state = await self._through(window, transaction_id, None)
        token = (state.get("result") or {}).get("smallcaseAuthToken", "")
        investor_id = investor_of(DEMO_SECRET, token)
        if investor_id is None:
            raise GatewayRefused(f"nobody connected: {_rejection(state)}")
        return investor_id

    async def _create(self, window: PopUp, investor_id: str | None) -> str:
        if CANCEL in self._flow.needs:
            return await self._create_for_an_open_order(window, investor_id)
        if isinstance(self._flow, BasketOrder | SipSetup):
            return await self._create_on_basket(self._flow, window, investor_id)
        if self._orders:
            basket = BASKETS["night-light"]
            self._tickers = [line.ticker for line in basket.lines]
            transaction_id = await self._client.create_transaction(basket, investor_id)
            self.step(f"Transaction created: {basket.name}, {len(basket.lines)} orders", True)
            return transaction_id
        body = next(iter(self._flow.examples.values()))
        transaction_id = await self._client.create(body, investor_id)
        self.step(f"Transaction created: {self._flow.name}", True)
        return transaction_id

    async def _create_on_basket(self, flow: BasketOrder | SipSetup, window: PopUp, investor_id: str | None) -> str:
        """The order on a basket, or the plan, once the investment is where it has something to do."""

        async def through(transaction_id: str, investor_id: str | None, more: int) -> dict[str, Any]:
            self._more = more
            return await self._through(window, transaction_id, investor_id)

        kind = None if isinstance(flow, SipSetup) else flow.of
        body = await BasketTrial(self._client, through, self.step).body(kind, investor_id)
        self._more = 1
        transaction_id = await self._client.create(body, investor_id)
        self.step(f"Transaction created: {flow.name}", True)
        return transaction_id

    async def _create_for_an_open_order(self, window: PopUp, investor_id: str | None) -> str:
        """An order that rests at the exchange, and the transaction that is about it."""
        self._tickers = ["INFY"]
        order = {"type": "SECURITIES", "securities": [{"ticker": "INFY", "quantity": RESTS, "type": "BUY"}]}
        self._placing = await self._client.create({"intent": "TRANSACTION", "orderConfig": order}, investor_id)
        await self._open(window, _known(self._placing, investor_id))
        placed = await self._placed
        if placed is None:
            raise GatewayRefused("the order that was to be cancelled ended by itself")
        batch_id, symbol = placed
        self.step(f"Order placed that rests at the exchange: {RESTS} {symbol}", True)
        config = {"batchId": batch_id, "ticker": symbol}
        transaction_id = await self._client.create({"intent": self._flow.intent, "orderConfig": config}, investor_id)
        self.step(f"Transaction created: {self._flow.name}", True)
        return transaction_id

    async def _ask_as_page(self, http: aiohttp.ClientSession) -> str:
        """The SDK's part, where the page asks by itself: it makes the id up."""
        transaction_id = f"TRX_{secrets.token_hex(16)}"
        body = {**_known(transaction_id, None), "wanted": next(iter(self._flow.examples.values()))}
        headers = {"origin": self._origin, "content-type": "text/plain;charset=UTF-8"}
        data = msgspec.json.encode(body)
        async with http.post(f"{self._url}/portal/sdk/create", data=data, headers=headers) as response:
            answer = msgspec.json.decode(await response.read(), type=dict[str, Any])
        if answer.get("data") is None:
            raise GatewayRefused(str(answer.get("message") or answer.get("errors")))
        self.step(f"Transaction asked for by the page: {self._flow.name}", True)
        return transaction_id

    async def _through(self, window: PopUp, transaction_id: str, investor_id: str | None) -> dict[str, Any]:
        """Through the pop-up; the state in which the promise settles."""
        known = _known(transaction_id, investor_id)
        watching = asyncio.create_task(self._watch(window.page, known))
        try:
            try:
                await self._open(window, known)
            except Stranded:
                # The page may show why it ended; then the promise says so by name.
                if not (await asyncio.wait({watching}, timeout=3))[0]:
                    raise
            return await watching
        finally:
            watching.cancel()

    async def _open(self, window: PopUp, known: dict[str, str]) -> None:
        """The investor's way through the pop-up."""
        opened = {**known, "brokers": "", "amo": "false", "returnUrl": "", "origin": self._origin}
        investor = Visit(
            window.browser,
            broker=self._broker,
            user=self._user,
            exchange=self._exchange,
            tickers=self._tickers,
            more=self._more,
        )
        await investor.go(f"{self._url}/portal/open", opened)

    async def _watch(self, http: aiohttp.ClientSession, known: dict[str, str]) -> dict[str, Any]:
        """The SDK's part: ask until the promise settles."""
        version = 0
        stage = ""
        while True:
            body = msgspec.json.encode({**known, "since": version})
            headers = {"origin": self._origin, "content-type": "text/plain;charset=UTF-8"}
            async with http.post(f"{self._url}/portal/sdk/watch", data=body, headers=headers) as response:
                answer = msgspec.json.decode(await response.read(), type=dict[str, Any])
            state: dict[str, Any] | None = answer.get("data")
            if state is None:
                raise GatewayRefused(str(answer.get("message") or answer.get("errors")))
            version = state["version"]
            if state["stage"] != stage:
                stage = state["stage"]
                words = _STAGES if self._flow.needs else _STAGES | _WITHOUT_BROKER
                self.step(words.get(stage, stage))
            if state["settled"]:
                return state

    def _settled(self, state: dict[str, Any]) -> None:
        if state.get("error"):
            self._fail(f"the promise was rejected: {_rejection(state)}")
            return
        result = state.get("result") or {}
        for key in sorted(self._flow.result_schema.keys() - {"orderBatches"}):
            self.step(f"{key}: {_short(result.get(key))}", result.get(key) not in (None, False))
        batches = result.get("orderBatches") or []
        for batch in batches:
            for order in batch["orders"] if self._orders else ():
                text = f"{order['transactionType']} {order['quantity']} {order['tradingsymbol']}: {order['status']}"
                price = f" at ₹{order['averagePrice']}" if order["filledQuantity"] else ""
                self.step(text + price, order["status"] == "COMPLETE")
        filled = bool(batches) and all(batch["status"] == "COMPLETED" for batch in batches)
        self.outcome.completed = filled or not self._orders
        if not self.outcome.completed:
            self._fail("settled, but not every order was filled")
        else:
            self.step("Promise resolved", True)

    def _webhook(self, received: Received) -> None:
        event = received.event
        if event.get("transactionId") == self._placing and event.get("event") in ("batch.placed", "batch.completed"):
            if not self._placed.done():
                rests = event["event"] == "batch.placed"
                self._placed.set_result((event["batchId"], event["orders"][0]["tradingsymbol"]) if rests else None)
            return
        if event.get("transactionId") != self.outcome.transaction_id:
            return
        passed = received.checks.passed
        proof = "checksum and signature verified" if passed else "checksum or signature is wrong"
        self.step(f"Webhook {event.get('event')} {event.get('status')}: {proof}", passed)
        completion = self._flow.completion
        final = bool(event.get("completedDate")) or (completion is not None and event.get("event") == completion.name)
        if not passed:
            self.outcome.error = "a webhook came whose signature is wrong"
        elif final:
            self.outcome.webhook_verified = True
        if final or not passed:
            self._final_webhook.set()

    def _fail(self, error: str) -> None:
        self.outcome.error = error
        self.step(error, False)


def _known(transaction_id: str, investor_id: str | None) -> dict[str, str]:
    """What the page knows of a transaction that it opens."""
    return {
        "gateway": DEMO_GATEWAY,
        "authToken": auth_token(DEMO_SECRET, investor_id),
        "transactionId": transaction_id,
        "flow": secrets.token_hex(16),
    }


def _short(value: object) -> str:
    """A value as it fits on a line."""
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _rejection(state: dict[str, Any]) -> str:
    error = state.get("error") or {}
    return f"{error.get('message')} {error.get('code')}"


_STAGES = {
    "opening": "Pop-up opens",
    "choosing": "Broker chooser",
    "at_broker": "At the broker's login",
    "reviewing": "Logged in",
    "confirmed": "Confirmed; orders are being placed",
    "done": "It is over",
}

_WITHOUT_BROKER = {"reviewing": "On its first page", "confirmed": "Confirmed; still working"}
