"""One installation on a stage: a database, the simulated brokers, a gateway, workers that can be killed.

All processes share one clock, which a test moves. The simulator's ledger is the truth that the end of every story is
compared with.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from tests.support.browser import log_in
from tests.support.clock import ClockFile
from tests.support.processes import Process, end, start
from tests.support.sandbox import Control
from tests.support.wire import Wire
from tests.support.worker import working
from torana.connectors.contract import Callback, OrderType, Side, Variety
from torana.flows.registry import FLOWS
from torana.investors.accounts import recognise
from torana.investors.models import LiveSession
from torana.kit.clock import IST, ShiftedClock
from torana.kit.due import LEASE_SECONDS
from torana.kit.http import Answer, Request
from torana.kit.outbound import BrokerClient
from torana.kit.runner import Runner
from torana.market.calendar import book_day
from torana.market.securities import find as find_security
from torana.orders.invariants import violations
from torana.orders.models import Batch, ConfirmedLine, Order
from torana.orders.plan import plan
from torana.orders.states import OrderState
from torana.orders.store import of_transaction
from torana.partners.access import Access
from torana.partners.models import Gateway, Mode
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import running_sandbox
from torana.services import Services, build_services, opened
from torana.settings import Settings
from torana.transactions import life_cycle
from torana.transactions.create import create
from torana.transactions.models import Transaction
from torana.transactions.schemas import read_create
from torana.transactions.store import find as find_transaction

PATIENCE = 0.8
"""Seconds of real time after which an answer of a broker is given up here; in production it is seven."""

SHORT_LEASE = 1.5
"""Seconds of real time."""

MONDAY = datetime(2026, 11, 30, tzinfo=IST)
"""A trading day without a holiday around it."""
BEGINNING = MONDAY.replace(hour=9, minute=30)
"""When every story begins, whenever it is told: the real time of day would end some of them after the close."""

_ANY_ORDER = (
    b'{"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", '
    b'"securities": [{"ticker": "TCS", "quantity": 1, "type": "BUY"}]}}'
)
"""What the partner asked for. What the investor confirms is what each story says."""

_NOTE_SLOTS = """
    create schema checks;
    create table checks.slots_given (broker_user_id text, at timestamptz);
    create function checks.note_slots() returns trigger language plpgsql as $$
        begin
            insert into checks.slots_given
            select new.broker_user_id, new.written_at from generate_series(1, new.granted);
            return null;
        end $$;
    create trigger note_slots after insert or update on paces
        for each row when (new.calls = 'orders' and new.granted > 0) execute function checks.note_slots();
"""
"""Keeps every slot that any worker was given, by the clock of the database that gave it."""


class ImpatientClient(BrokerClient):
    """The real client with a shorter deadline, so that a broker that never answers costs a test no seven seconds."""

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        return await super().send(request, seconds=min(seconds, PATIENCE))


@dataclass
class Stage:
    """What a test tells its story with."""

    services: Services
    gateway: Gateway
    broker: str
    url: str
    control: aiohttp.ClientSession
    environment: dict[str, str]
    clock: ClockFile
    wire: Wire
    """Through it, and only through it, the gateway and the workers reach the brokers."""
    workers: list[Process] = field(default_factory=list)
    placed_by_hand: int = 0
    """Orders that the story itself placed at the broker, past us."""
    restored: bool = False
    """The database went back, and forgot slots that were given."""

    # -- given -----------------------------------------------------------------------------------------------------

    async def log_in(self, user: str = "asha") -> LiveSession:
        """An investor logs in at the simulated broker, through its real login page."""
        connector = self.services.connectors.get("test", self.broker)
        start = await connector.login.begin("state-of-the-test", f"{self.url}/portal/callback/{self.broker}")
        callback = await self.callback_of(start.go.url, user)
        now = self.services.clock.now()
        login = await connector.login.finish(Callback(callback), start.kept, now)
        async with self.services.database.transaction() as connection:
            investor_id = await recognise(
                connection,
                gateway_id=self.gateway.gateway_id,
                broker=self.broker,
                broker_user_id=login.broker_user_id,
                now=now,
            )
            session_id = await self.services.sessions.keep(
                connection,
                gateway_id=self.gateway.gateway_id,
                investor_id=investor_id,
                broker=self.broker,
                login=login,
                now=now,
            )
        session = await self.services.sessions.by_id(self.gateway.gateway_id, session_id)
        assert session is not None
        return session

    async def holding(self, session: LiveSession) -> str:
        """The symbol of something that the investor has."""
        portfolio = self.services.connectors.get("test", self.broker).portfolio
        assert portfolio is not None
        return (await portfolio.holdings(session.as_session())).read[0].symbol

    async def callback_of(self, login_url: str, user: str) -> Mapping[str, str]:
        """Fill in the broker's login form; return the query with which it sends the browser back."""
        return await log_in(self.control, login_url, user)

    @property
    def sandbox(self) -> Control:
        return Control(self.control, self.url)

    async def fault(self, kind: str, operation: str = "place", **how: object) -> None:
        await self.sandbox.fault(kind, operation, broker=self.broker, **how)

    async def heal(self) -> None:
        await self.sandbox.heal()

    async def tell(self, method: str, path: str, body: object = None) -> Any:
        return await self.sandbox.tell(method, path, body)

    # -- when ------------------------------------------------------------------------------------------------------

    async def buy(
        self,
        session: LiveSession,
        *lines: tuple[str, int] | ConfirmedLine,
        variety: Variety = Variety.REGULAR,
    ) -> str:
        """The investor confirms these lines; returns the transaction id."""
        return await self.confirm(await self.logged_in(session), session, *lines, variety=variety)

    async def logged_in(self, session: LiveSession) -> Transaction:
        """A transaction whose investor has logged in at their broker and confirmed nothing yet."""
        now, gateway_id = self.services.clock.now(), self.gateway.gateway_id
        wanted = read_create(FLOWS, _ANY_ORDER)
        access = Access(self.gateway, None)
        transaction_id = (await create(self.services.database, FLOWS, access, wanted, now, None)).transaction_id
        async with self.services.database.transaction() as connection:
            await life_cycle.use(
                connection,
                gateway_id=gateway_id,
                transaction_id=transaction_id,
                investor_id=session.investor_id,
                session_id=session.session_id,
                broker=self.broker,
                now=now,
            )
        transaction = await find_transaction(self.services.database, gateway_id, transaction_id)
        assert transaction is not None
        return transaction

    async def confirm(
        self,
        transaction: Transaction,
        session: LiveSession,
        *lines: tuple[str, int] | ConfirmedLine,
        variety: Variety = Variety.REGULAR,
    ) -> str:
        """The investor confirms these lines in this transaction; returns its id."""
        batch_id = await plan(
            self.services.database,
            gateway=self.gateway,
            transaction=transaction,
            session=session,
            execution_mode=self.services.connectors.get("test", self.broker).execution_mode,
            lines=[line if isinstance(line, ConfirmedLine) else bought(*line) for line in lines],
            variety=variety,
            book_day=book_day(await self.market_time(), after_market=variety is Variety.AMO),
            now=self.services.clock.now(),
        )
        assert batch_id is not None
        return transaction.transaction_id

    async def market_time(self) -> datetime:
        """What the exchange's clock shows."""
        return await self.services.market_times[Mode.TEST].now()

    def advance(self, seconds: float) -> None:
        """Let so many seconds go by for every process of this installation."""
        self.clock.advance(seconds)

    def set_clock(self, seconds: float) -> None:
        """Somebody sets the clocks of the machines forward, or back, by so many seconds; no time goes by."""
        self.clock.set(seconds)

    @asynccontextmanager
    async def worker_here(self) -> AsyncIterator[Runner]:
        """A worker in this process, with little patience for brokers."""
        async with working(self.services) as runner:
            yield runner

    async def start_worker(self, faultpoints: str = "", *, lease_seconds: float | None = None) -> Process:
        """A worker process of its own. The lease is short where it is to die, so that another takes over soon, and as
        in production where it is to work: a busy machine must not take the order from it."""
        lease = lease_seconds or (SHORT_LEASE if faultpoints else LEASE_SECONDS)
        with self._log(len(self.workers)).open("wb") as log:
            worker = start(
                "torana.cli",
                "worker",
                environment={
                    **self.environment,
                    "TORANA_FAULTPOINTS": faultpoints,
                    "TORANA_LEASE_SECONDS": str(lease),
                },
                output=log,
            )
        self.workers.append(worker)
        return worker

    def _log(self, number: int) -> Path:
        return self.clock.path.parent / f"worker-{number}.log"

    async def working(self, worker: Process, *, seconds: float = 60) -> None:
        """Wait until the worker runs."""
        log = self._log(self.workers.index(worker))
        async with asyncio.timeout(seconds):
            while b"worker.ready" not in log.read_bytes():
                await asyncio.sleep(0.02)

    async def killed(self, worker: Process, *, seconds: float = 60) -> None:
        """Wait until the worker was killed at its fault point."""
        code = await asyncio.wait_for(worker.wait(), seconds)
        assert code == -signal.SIGKILL, f"the worker was not killed at its fault point but ended with {code}"

    # -- then ------------------------------------------------------------------------------------------------------

    async def batch(self, transaction_id: str) -> Batch:
        batch = await of_transaction(self.services.database, self.gateway.gateway_id, transaction_id)
        assert batch is not None
        return batch

    async def orders(self, transaction_id: str) -> list[Order]:
        return (await self.batch(transaction_id)).orders

    async def until(
        self, transaction_id: str, wanted: Callable[[Batch], bool], *, seconds: float = 60.0, step: float = 0.0
    ) -> Batch:
        """Wait until the batch is as wanted; `step` moves the clock by so many seconds at each look."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + seconds
        while True:
            batch = await self.batch(transaction_id)
            if wanted(batch):
                return batch
            if loop.time() > give_up_at:
                raise AssertionError(f"not in {seconds} s; {[(o.symbol, o.state, o.attention) for o in batch.orders]}")
            await asyncio.sleep(0.05)
            if step:
                self.advance(step)

    async def ended(self, transaction_id: str, *, seconds: float = 60.0, step: float = 0.0) -> Batch:
        return await self.until(
            transaction_id, lambda batch: batch.completed_at is not None, seconds=seconds, step=step
        )

    async def ledger(self) -> list[dict[str, Any]]:
        """Every order that the simulated broker ever had, whoever sent it."""
        told = await self.tell("GET", "/sandbox/ledger")
        return [order for order in told["orders"] if order["broker"] == self.broker]

    async def requests(self) -> int:
        """How many requests to place an order the simulated broker received."""
        told = await self.tell("GET", "/sandbox/ledger")
        return sum(account["placeRequests"] for account in told["accounts"] if account["broker"] == self.broker)

    async def events(self, transaction_id: str, kind: str) -> list[dict[str, Any]]:
        async with self.services.database.connection() as connection:
            rows = await connection.fetch(
                "select data from events where transaction_id = $1 and type = $2 order by sequence",
                transaction_id,
                kind,
            )
        return [row["data"] for row in rows]

    async def check(self, *, orders_at_broker: int | None = None) -> None:
        """The invariants hold and the two ledgers agree: no tag twice, what was sent is what was confirmed (I12), and
        no account was sent more than ten orders within a second (I11): every request to place had a slot, and no ten
        slots of an account but the next are given within that time. When requests arrive, the machine decides."""
        found = await violations(self.services.database, self.services.clock.now())
        assert not found, found
        ours = await self._tags()
        ledger = [order for order in await self.ledger() if order["askedTag"] in ours]
        assert len(ledger) == len({order["askedTag"] for order in ledger}), "an order was placed twice under one tag"
        for order in ledger:
            asked = (order["asked"]["symbol"], order["asked"]["side"], order["asked"]["quantity"])
            assert asked == ours[order["askedTag"]]
        await self._check_pace()
        if orders_at_broker is not None:
            assert len(await self.ledger()) == orders_at_broker, ledger

    async def _check_pace(self) -> None:
        async with self.services.database.connection() as connection:
            rows = await connection.fetch(
                "select broker_user_id, at from checks.slots_given order by broker_user_id, at"
            )
        given = [(row["broker_user_id"], row["at"]) for row in rows]
        if not self.restored:
            ours = await self.requests() - self.placed_by_hand
            assert ours <= len(given), "something was sent without a slot"
        for (account, first), (other, eleventh) in zip(given, given[10:], strict=False):
            near = [str(at) for whose, at in given if whose == account and abs(at - first) < timedelta(seconds=2)]
            assert account != other or eleventh - first >= timedelta(seconds=1), (account, near)

    async def _tags(self) -> dict[str, tuple[str, str, int]]:
        async with self.services.database.connection() as connection:
            rows = await connection.fetch(
                "select tag, symbol, side, quantity from attempts join orders using (gateway_id, order_id)"
            )
        return {row["tag"]: (row["symbol"], row["side"], row["quantity"]) for row in rows}


def bought(symbol: str, quantity: int) -> ConfirmedLine:
    return line(symbol, quantity, Side.BUY)


def sold(symbol: str, quantity: int) -> ConfirmedLine:
    return line(symbol, quantity, Side.SELL)


def line(symbol: str, quantity: int, side: Side, limit_price: int | None = None) -> ConfirmedLine:
    security = find_security(symbol)
    assert security is not None, symbol
    kind = OrderType.MARKET if limit_price is None else OrderType.LIMIT
    return ConfirmedLine(symbol, "NSE", security.isin, side, quantity, kind, limit_price)


def states(batch: Batch) -> list[OrderState]:
    return [order.state for order in batch.orders]


@asynccontextmanager
async def set_stage(
    database_url: str, home: Path, broker: str, *, mode: str = "server_api", settle_window: float | None = None
) -> AsyncIterator[Stage]:
    """An open market, one broker, a test gateway without an endpoint."""
    clock = ClockFile(home / "clock", ahead=(BEGINNING - datetime.now(UTC)).total_seconds())
    async with (
        running_sandbox(clock=ShiftedClock(clock.path), trading_hours=True, tempo=Tempo(0.05, 0.2)) as sandbox,
        aiohttp.ClientSession() as control,
        Wire(port_of(sandbox.url)).laid() as wire,
    ):
        settings = Settings(
            home=home,
            database_url=database_url,
            sandbox_url=wire.url,
            test_modes={broker: mode},
            clock_file=clock.path,
            settle_window=settle_window,
        )
        async with opened(build_services(settings, broker_client=impatient)) as services:
            await services.database.execute(_NOTE_SLOTS)
            gateway = await services.gateways.create(
                name="stage", display_name="Stage", mode=Mode.TEST, allowed_origins=[]
            )
            stage = Stage(
                services=services,
                gateway=gateway,
                broker=broker,
                url=sandbox.url,
                control=control,
                clock=clock,
                wire=wire,
                environment={
                    "TORANA_HOME": str(home),
                    "TORANA_DATABASE_URL": database_url,
                    "TORANA_INSTRUMENTS_DAILY": "0",  # a processor for seconds: the leases here are shorter
                    "TORANA_SANDBOX_URL": wire.url,
                    f"TORANA_TEST_MODE_{broker.upper()}": mode,
                    "TORANA_CLOCK_FILE": str(clock.path),
                    **({} if settle_window is None else {"TORANA_SETTLE_WINDOW": str(settle_window)}),
                },
            )
            try:
                yield stage
            finally:
                await end(stage.workers)
                await _take_down(database_url)


async def _take_down(database_url: str) -> None:
    """So that the database can be used again."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("drop schema if exists checks cascade")
    await connection.close()


def port_of(url: str) -> int:
    return int(url.rsplit(":", 1)[1])


def impatient(mode: str, broker: str, origins: frozenset[str]) -> ImpatientClient:
    return ImpatientClient(broker, origins, mode=mode)
