"""A client holds what it needs of the server, and not all of it: header size, slow heads and bodies, sockets."""

import asyncio
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing
from typing import Any

import pytest
import uvicorn
from httpx import AsyncClient
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from torana.cli.processes import answers
from torana.kit.http_server import RESERVED_FILES, Limits, guarded, sockets_for

OK = b"\r\nok\r\n0\r\n\r\n"
HEAD = b"POST /echo HTTP/1.1\r\nhost: x\r\n"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what it was sent; at `/early` before the body is there, at `/stream` in two parts with a pause."""
    if scope["type"] != "http":
        return
    body = b""
    while scope["path"] != "/early":
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/stream":
        await send({"type": "http.response.body", "body": b"one ", "more_body": True})
        await RELEASE.wait()
    await send({"type": "http.response.body", "body": body or b"done"})


RELEASE = asyncio.Event()


@asynccontextmanager
async def serving(limits: Limits) -> AsyncIterator[int]:
    protocol: type[HttpToolsProtocol] = guarded(limits)
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        server = uvicorn.Server(uvicorn.Config(app, http=protocol, log_level="critical", lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            while not server.started:
                await asyncio.sleep(0.01)
            yield listening.getsockname()[1]
        finally:
            RELEASE.set()
            server.should_exit = True
            await running
            RELEASE.clear()


async def answer_of(port: int, *parts: bytes) -> bytes:
    """All that comes back after these bytes until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "parts",
    [
        (HEAD + b"x: " + b"a" * 5000 + b"\r\n\r\n",),
        (HEAD, *(b"x: " + b"a" * 500 + b"\r\n" for _ in range(10))),
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",),
        (b"GET /" + b"a" * 5000,),
        (b"a" * 5000,),
    ],
    ids=["one header", "many headers", "the address", "an address without end", "no HTTP at all"],
)
async def test_a_head_that_is_too_large_is_refused(parts: tuple[bytes, ...]) -> None:
    async with serving(Limits(head_bytes=4000)) as port:
        answer = await answer_of(port, *parts)

        assert answer.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400")), answer
        assert (await answer_of(port, HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nok")).endswith(OK)


async def test_a_body_larger_than_a_head_may_be_is_taken() -> None:
    async with serving(Limits(head_bytes=4000)) as port, AsyncClient() as client:
        body = b"b" * 50_000

        assert (await client.post(f"http://127.0.0.1:{port}/echo", content=body)).content == body


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ((), b""),
        ((HEAD,), b"HTTP/1.1 408"),
        ((b"GET / HT",), b"HTTP/1.1 408"),
        ((HEAD + b"content-length: 10\r\n\r\nabc",), b"HTTP/1.1 408"),
        ((HEAD + b"content-length: 2\r\n\r\nok", HEAD), b"HTTP/1.1 200"),
        ((HEAD + b"content-length: 2\r\n\r\nok",), b"HTTP/1.1 200"),
    ],
    ids=["nothing", "half a head", "half a line", "half a body", "half a second head", "nothing more"],
)
async def test_what_does_not_come_is_not_waited_for(parts: tuple[bytes, ...], status: bytes) -> None:
    async with serving(Limits(head_seconds=0.3, body_seconds=0.3)) as port:
        answer = await answer_of(port, *parts)

        assert answer.startswith(status)
        assert status or not answer


async def test_an_answer_may_take_longer_than_a_request() -> None:
    """Live updates are such answers."""
    async with serving(Limits(head_seconds=0.05, body_seconds=0.05, sockets=1)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        await reader.readuntil(b"one ")
        for _ in range(3):  # others come, and time goes by
            await answer_of(port)

        RELEASE.set()
        rest = await asyncio.wait_for(reader.read(), 10)
        writer.close()

        assert b"done" in rest


async def test_an_answer_before_the_end_of_the_body_leaves_the_connection_usable() -> None:
    async with serving(Limits()) as port:
        early = b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n"

        answer = await answer_of(port, early, b"body", HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nok")

        assert answer.count(b"HTTP/1.1 200") == 2


async def test_a_socket_too_many_costs_the_one_that_waited_longest() -> None:
    async with serving(Limits(sockets=10)) as port, AsyncClient() as client:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]

        answers = [await client.get(f"http://127.0.0.1:{port}/") for _ in range(5)]

        assert [answer.status_code for answer in answers] == [200] * 5
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await asyncio.wait_for(idle[0][0].readexactly(1), 10)
        for _, writer in idle:
            writer.close()


async def test_one_address_has_its_own_limit() -> None:
    async with serving(Limits(sockets_per_address=3)) as port:
        mine = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]

        refused = await answer_of(port)
        _, writer = mine.pop()
        writer.close()
        await writer.wait_closed()
        other = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        other[1].write(HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nok")

        assert refused.startswith(b"HTTP/1.1 503")
        assert (await other[0].read()).endswith(OK)
        for _, writer in [*mine, other]:
            writer.close()


@pytest.mark.parametrize(
    ("files", "wanted", "sockets"),
    [
        (1024, 10_000, 1024 - RESERVED_FILES),
        (65_536, 10_000, 10_000),
        (64, 10_000, 16),
        (resource.RLIM_INFINITY, 10_000, 10_000),
    ],
)
def test_sockets_leave_files_for_the_rest(files: int, wanted: int, sockets: int) -> None:
    assert sockets_for(files, wanted) == sockets


@pytest.fixture
def few_files() -> Iterator[int]:
    """This process may hold more sockets than the server's 1,024 files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    yield 1024
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("sends", [b"", b"GET /healthz HT"], ids=["idle", "slow"])
async def test_more_idle_sockets_than_files_do_not_take_the_gateway_down(
    few_files: int, own_database_url: str, tmp_path: Any, sends: bytes
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({few_files}, {few_files}))\n"
        "from torana.cli.main import main; main()"
    )
    environment = {"TORANA_HOME": str(tmp_path), "TORANA_DATABASE_URL": own_database_url, "TORANA_HEAD_SECONDS": "60"}
    server = subprocess.Popen([sys.executable, "-c", program, "serve", "--port", str(port)], env=environment)
    try:
        while not await asyncio.to_thread(answers, f"http://127.0.0.1:{port}/healthz"):
            assert server.poll() is None
        with ExitStack() as held:
            for _ in range(1100):
                idle = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
                idle.sendall(sends)

            for _ in range(5):
                async with AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as newcomer:
                    assert (await newcomer.get("/healthz")).status_code == 200
                    assert (await newcomer.get("/v1/acme/engine/orders/sst")).status_code == 401
    finally:
        server.terminate()
        server.wait(20)
