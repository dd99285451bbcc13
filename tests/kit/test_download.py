"""A broker's file onto the disk: whole, bounded, or a failure."""

import gzip
import tracemalloc
from io import BytesIO
from tempfile import TemporaryFile

import pytest

from tests.support.servers import Exchange, raw_server
from torana.kit.errors import ConfigurationError
from torana.kit.http import Request, TransportFailure
from torana.kit.outbound import BrokerClient

MEGABYTE = 1024 * 1024


async def test_a_file_arrives_as_it_was_sent_compressed_or_not() -> None:
    body = gzip.compress(b"instrument_token,exchange_token\n")

    async def play(exchange: Exchange) -> None:
        await exchange.answer("200 OK", body, "Content-Encoding: gzip\r\n")

    into = BytesIO()
    async with raw_server(play) as server, BrokerClient("acme", [server.url]) as client:
        answer = await client.download(Request("GET", f"{server.url}/instruments"), into, limit=MEGABYTE)

    assert (answer.status, answer.body, into.getvalue()) == (200, b"", body)


@pytest.mark.parametrize("status", ["302 Found", "403 Forbidden", "500 Oops"])
async def test_another_status_is_an_answer_and_writes_nothing(status: str) -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.answer(status, b"no", "Location: /elsewhere\r\n")

    into = BytesIO()
    async with raw_server(play) as server, BrokerClient("acme", [server.url]) as client:
        answer = await client.download(Request("GET", f"{server.url}/instruments"), into, limit=MEGABYTE)

    assert (answer.status, into.getvalue(), server.requests) == (int(status[:3]), b"", 1)


async def test_a_file_over_the_limit_is_a_failure() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.answer("200 OK", b"x" * (2 * MEGABYTE))

    into = BytesIO()
    async with raw_server(play) as server, BrokerClient("acme", [server.url]) as client:
        with pytest.raises(TransportFailure, match="larger than 1 MB"):
            await client.download(Request("GET", f"{server.url}/f"), into, limit=MEGABYTE)

    assert len(into.getvalue()) <= MEGABYTE


async def test_a_file_that_breaks_off_is_a_failure() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        exchange.reset()

    async with raw_server(play) as server, BrokerClient("acme", [server.url]) as client:
        with pytest.raises(TransportFailure) as caught:
            await client.download(Request("GET", f"{server.url}/f"), BytesIO(), limit=MEGABYTE)

    assert caught.value.sent


async def test_a_server_that_never_ends_is_given_up() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        await exchange.reader.read()

    async with raw_server(play) as server, BrokerClient("acme", [server.url]) as client:
        with pytest.raises(TransportFailure, match="no answer in time"):
            await client.download(Request("GET", f"{server.url}/f"), BytesIO(), limit=MEGABYTE, seconds=0.3)


async def test_only_the_given_origins_are_asked() -> None:
    async with raw_server() as server, BrokerClient("acme", ["https://files.example"]) as client:
        with pytest.raises(ConfigurationError):
            await client.download(Request("GET", f"{server.url}/f"), BytesIO(), limit=MEGABYTE)

    assert server.requests == 0


async def test_memory_does_not_grow_with_the_file() -> None:
    piece = b"x" * 65_536

    async def play(exchange: Exchange) -> None:
        await exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(piece) * 400}\r\n\r\n".encode())
        for _ in range(400):
            await exchange.send(piece)

    async with raw_server(play) as server, BrokerClient("acme", [server.url]) as client:
        with TemporaryFile() as into:
            tracemalloc.start()
            try:
                await client.download(Request("GET", f"{server.url}/f"), into, limit=64 * MEGABYTE)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert into.tell() == len(piece) * 400

    assert peak < 4 * MEGABYTE
