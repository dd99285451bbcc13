"""What a broker wants beside the call itself, over real HTTP, with secrets that all processes share."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.connectors.strict_broker import PASSWORD, StrictBroker, StrictOrders, orders
from tests.kit.servers import Exchange, RawServer, raw_server
from tests.partners.making import CIPHER, KEYS
from torana.connectors.contract import ExecutionMode, Flow, Hosts, NotSent, Session, SessionEnded, Setup, Unknown
from torana.connectors.contract import Keys as BrokerKeys
from torana.connectors.contract.signing import handshake, send
from torana.connectors.error_table import Purpose
from torana.connectors.registry import BROKERS
from torana.connectors.transport import exchange
from torana.connectors.vault import LOGIN_KEPT, DatabaseVault
from torana.kit.cipher import Cipher, new_key
from torana.kit.clock import SystemClock
from torana.kit.database import Database
from torana.kit.http import Request
from torana.kit.outbound import BrokerClient

SOURCE = Path(__file__).parents[2] / "src" / "torana" / "connectors"


@pytest.fixture
async def database(own_database_url: str) -> AsyncIterator[Database]:
    """Of its own: the vault of a broker is the installation's."""
    database = Database(own_database_url, size=5)
    await database.open()
    yield database
    await database.close()


@asynccontextmanager
async def dealing(
    database: Database, *, password: str = PASSWORD
) -> AsyncIterator[tuple[StrictOrders, StrictBroker, RawServer]]:
    broker = StrictBroker()
    async with raw_server(broker.answer) as server, BrokerClient("strict", [server.url]) as client:
        yield orders(client, server.url, database, CIPHER, password=password), broker, server


async def test_a_handshake_goes_before_the_first_call_and_before_no_other(database: Database) -> None:
    async with dealing(database) as (connector, broker, _):
        first, second = await connector.place(7), await connector.place(8)

    assert (first, second) == ("B1", "B2")
    assert broker.asked == ["/vendor", "/orders", "/orders"]
    assert broker.refused == []


async def test_a_body_travels_in_an_envelope_both_ways(database: Database) -> None:
    async with dealing(database) as (connector, broker, server):
        placed = await connector.place(7)

    (order,) = [one for one in server.exchanges if one.target == "/orders"]
    assert b"quantity" not in order.body
    assert broker.placed == [{"quantity": 7}]
    assert placed == "B1"


async def test_what_an_answer_renews_is_used_next_and_kept_sealed(database: Database) -> None:
    async with dealing(database) as (connector, broker, server):
        for quantity in (1, 2, 3):
            await connector.place(quantity)
    async with database.connection() as connection:
        rows = await connection.fetch("select name, sealed, expires_at from vault order by name")

    sent = [(one.headers["app-key"], one.headers["authorization"]) for one in server.exchanges[1:]]
    assert sent == [("key-0", "token-0"), ("key-1", "token-1"), ("key-2", "token-2")]
    assert broker.refused == []
    assert [(row["name"].partition("/")[0], row["expires_at"] is None) for row in rows] == [
        ("app key", True),
        ("token", False),  # it belongs to a login, and leaves with it
        ("vendor", True),
    ]
    assert not any(secret in row["sealed"] for row in rows for secret in (b"key-3", b"token-3", b"session-0"))
    assert not any("token-0" in row["name"] for row in rows)


async def test_another_process_goes_on_where_this_one_stopped(database: Database) -> None:
    async with dealing(database) as (connector, broker, server):
        await connector.place(7)
        command = [sys.executable, "-m", "tests.connectors.strict_broker", database.url, KEYS, server.url]
        other = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        printed, _ = await other.communicate()
        again = await connector.book()

    assert (other.returncode, printed.decode().split()[-1], again) == (0, "B1", "B1")
    assert broker.asked == ["/vendor", "/orders", "/book", "/book"], "one handshake for both"
    sent = [one.headers["app-key"] for one in server.exchanges[1:]]
    assert sent == ["key-0", "key-1", "key-2"]
    assert broker.refused == []


async def test_of_two_that_renew_at_once_one_is_kept_and_both_go_on_with_it(database: Database) -> None:
    async with dealing(database) as (connector, broker, server):
        await connector.book()
        broker.meeting = asyncio.Barrier(2)
        await asyncio.gather(connector.book(), connector.book())
        broker.meeting = None
        await connector.book()

    used = [one.headers["app-key"] for one in server.exchanges if one.target == "/book"]
    assert used[1:3] == ["key-1", "key-1"]
    assert used[3] in ("key-2", "key-3")
    assert broker.refused == []


async def test_who_comes_too_late_to_the_vault_reads_again_what_stands_there(database: Database) -> None:
    mine, theirs = (DatabaseVault(database, CIPHER, SystemClock(), "test", "strict") for _ in range(2))
    was = await mine.keep("app key", "first", None, of_login=False)
    second = await theirs.keep("app key", "second", was, of_login=False)

    late = await mine.keep("app key", "third", was, of_login=False)
    too_late = await mine.keep("app key", "fourth", None, of_login=False)
    gone = await mine.keep("app key", None, was, of_login=False)
    after = await mine.keep("app key", "fifth", late, of_login=False)

    assert [one and one.value for one in (was, second, late, too_late, gone, after)] == [
        "first", "second", "second", "second", "second", "fifth",
    ]  # fmt: skip
    assert await theirs.keep("app key", None, after, of_login=False) is None
    assert await mine.read("app key") is None


async def test_a_vault_is_of_one_mode_and_one_broker_and_forgets_logins(database: Database) -> None:
    clock = SystemClock()
    vault = DatabaseVault(database, CIPHER, clock, "test", "strict")
    kept = await vault.keep("token", "secret", None, of_login=True)
    for mode, broker in (("live", "strict"), ("test", "kite")):
        assert await DatabaseVault(database, CIPHER, clock, mode, broker).read("token") is None
    await database.execute("update vault set expires_at = expires_at - $1::interval", LOGIN_KEPT)

    assert await vault.read("token") is None
    again = await vault.keep("token", "next", None, of_login=True)

    assert kept is not None
    assert again is not None
    assert again.value == "next"
    assert "secret" not in repr(kept)


async def test_a_vendor_session_that_is_over_is_asked_for_anew_by_the_next_call(database: Database) -> None:
    async with dealing(database) as (connector, broker, _):
        await connector.place(7)
        broker.sessions.append("of another installation")
        with pytest.raises(SessionEnded):
            await connector.place(8)
        third = await connector.place(9)

    assert broker.asked == ["/vendor", "/orders", "/orders", "/vendor", "/orders"]
    assert broker.placed == [{"quantity": 7}, {"quantity": 9}]
    assert third == "B2"


async def test_an_order_whose_answer_is_lost_was_sent_once(database: Database) -> None:
    """A05: whatever a signer does around it."""

    async def cut(exchange: Exchange) -> None:
        exchange.reset()

    async with dealing(database) as (connector, broker, _):
        broker.after_placing = cut
        with pytest.raises(Unknown):
            await connector.place(7)

    assert broker.placed == [{"quantity": 7}]
    assert broker.asked == ["/vendor", "/orders"]


@pytest.mark.parametrize("body", [b'{"payload": "bm90IG91cnM="}', b"?"])
async def test_an_answer_that_cannot_be_opened_leaves_an_order_unknown(database: Database, body: bytes) -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.answer(body=body, headers="app-key: a\r\nauthorization: b\r\n")

    async with dealing(database) as (connector, broker, _):
        broker.after_placing = answer
        with pytest.raises(Unknown):
            await connector.place(7)

    assert broker.placed == [{"quantity": 7}]


async def test_an_order_whose_handshake_fails_was_not_sent(database: Database) -> None:
    async with dealing(database, password="wrong") as (connector, broker, _):
        with pytest.raises(NotSent):
            await connector.place(7)
    async with BrokerClient("strict", ["http://127.0.0.1:1"]) as nobody:
        with pytest.raises(NotSent, match="no handshake"):
            await orders(nobody, "http://127.0.0.1:1", database, CIPHER).place(7)

    assert broker.asked == ["/vendor"]
    assert broker.placed == []


async def test_without_the_vault_nothing_is_sent_and_once_it_was_sent_the_answer_counts(database: Database) -> None:
    """Another process seals with a key that this one does not have yet."""
    other = DatabaseVault(database, Cipher(f"{new_key('next')},{KEYS}"), SystemClock(), "test", "strict")
    async with dealing(database) as (connector, broker, _):
        await connector.place(1)

        async def meanwhile(exchange: Exchange) -> None:
            """The other process renews the app key while the broker answers."""
            await other.keep("app key", "key-1", await other.read("app key"), of_login=False)
            broker.after_placing = None
            broker.placed.pop()
            broker.asked.pop()
            await broker.answer(exchange)

        broker.after_placing = meanwhile
        second = await connector.place(2)
        with pytest.raises(NotSent, match="does not open"):
            await connector.place(3)

    assert second == "B2"
    assert broker.placed == [{"quantity": 1}, {"quantity": 2}]


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_a_signer_cannot_send_a_call_twice(purpose: Purpose) -> None:
    def twice(setup: Setup, request: Request, session: Session | None) -> Flow:
        yield from send(request)
        return (yield from send(request))

    def late(setup: Setup, request: Request, session: Session | None) -> Flow:
        yield from send(request)
        return (yield from handshake(request))

    def never(setup: Setup, request: Request, session: Session | None) -> Flow:
        return (yield from handshake(request))

    for signer, sent in ((twice, 1), (late, 1), (never, 1)):
        async with raw_server() as server, BrokerClient("strict", [server.url]) as client:
            hosts = Hosts({"api": server.url}, frozenset())
            setup = Setup(client, hosts, BrokerKeys({}), "https://x", ExecutionMode.SERVER_API, signer=signer)
            with pytest.raises(RuntimeError):
                await exchange(setup, Request("POST", f"{server.url}/orders"), None, purpose)
            assert len(server.exchanges) == sent


@pytest.mark.parametrize("broker", BROKERS)
def test_no_connector_goes_past_its_signer(broker: str) -> None:
    """Only the transport has the HTTP client in its hands."""
    for file in (SOURCE / broker).glob("*.py"):
        assert "setup.client" not in file.read_text(encoding="utf-8"), file
