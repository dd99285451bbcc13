"""The way out to a broker: one request on the wire, and the truth on whether it may have arrived."""

import asyncio
import gzip
import socket
import tracemalloc

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from tests.support.servers import Exchange, Play, certificate, raw_server
from torana.kit import outbound
from torana.kit.breaker import FAILURES, BreakerState
from torana.kit.errors import ConfigurationError
from torana.kit.http import Request, TransportFailure
from torana.kit.outbound import BrokerClient


def client_of(server: object, **options: object) -> BrokerClient:
    return BrokerClient("acme", [server.url], **options)  # type: ignore[attr-defined,arg-type]  # RawServer


async def failure(client: BrokerClient, request: Request, *, seconds: float = 5.0) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        await client.send(request, seconds=seconds)
    return caught.value


async def test_a_request_goes_out_as_written_and_the_answer_comes_back_whole() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.answer("201 Created", b'{"ok":1}', "X-Its-Own: a\r\nx-its-own: b\r\n")

    async with raw_server(play) as server, client_of(server) as client:
        answer = await client.send(
            Request(
                "POST",
                f"{server.url}/orders/regular",
                {"Authorization": "token key:secret"},
                (("i", "NSE:INFY"), ("i", "NSE:M&M")),
                form={"tag": "123 4", "quantity": "1"},
            )
        )

    assert (answer.status, answer.body, answer.headers["x-its-own"]) == (201, b'{"ok":1}', "a, b")
    sent = server.exchanges[0]
    assert sent.request_line == "POST /orders/regular?i=NSE%3AINFY&i=NSE%3AM%26M HTTP/1.1"
    assert sent.headers["authorization"] == "token key:secret"
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert sent.body == b"tag=123+4&quantity=1"


async def test_a_json_body_is_sent_byte_for_byte() -> None:
    async with raw_server() as server, client_of(server) as client:
        await client.send(Request("POST", f"{server.url}/v3/order/place", json=b'{"price": 10.10}'))

    assert server.exchanges[0].body == b'{"price": 10.10}'
    assert server.exchanges[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_an_answer_and_is_not_followed(status: str) -> None:
    """A11."""

    async def play(exchange: Exchange) -> None:
        await exchange.answer(status, b"", "Location: /elsewhere\r\n")

    async with raw_server(play) as server, client_of(server) as client:
        answer = await client.send(Request("POST", f"{server.url}/orders", form={"a": "b"}))

    assert answer.status == int(status[:3])
    assert server.requests == 1


async def test_a_refused_connection_sent_nothing() -> None:
    """A09."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        async with BrokerClient("acme", [url]) as client:
            failed = await failure(client, Request("POST", url))

    assert failed.sent is False


async def test_a_name_that_does_not_resolve_sent_nothing() -> None:
    """A09."""
    async with BrokerClient("acme", ["https://broker.invalid"]) as client:
        failed = await failure(client, Request("POST", "https://broker.invalid/orders"), seconds=20)

    assert failed.sent is False


async def test_a_certificate_that_is_not_trusted_sent_nothing() -> None:
    """A09, S10."""
    server_tls, _ = certificate("127.0.0.1")
    async with raw_server(tls=server_tls) as server, client_of(server) as client:
        failed = await failure(client, Request("POST", server.url))

    assert failed.sent is False
    assert "Certificate" in failed.reason
    assert server.requests == 0


async def test_a_trusted_certificate_for_another_name_sent_nothing() -> None:
    """S10."""
    server_tls, client_tls = certificate("broker.example")
    async with raw_server(tls=server_tls) as server, client_of(server, tls=client_tls) as client:
        failed = await failure(client, Request("POST", server.url))

    assert failed.sent is False
    assert server.requests == 0


async def test_a_trusted_certificate_is_enough() -> None:
    server_tls, client_tls = certificate("127.0.0.1")
    async with raw_server(tls=server_tls) as server, client_of(server, tls=client_tls) as client:
        answer = await client.send(Request("GET", server.url))

    assert answer.status == 200


async def test_a_time_out_while_connecting_sent_nothing() -> None:
    async with raw_server() as server:
        never_shakes_hands = server.url.replace("http:", "https:")
        async with BrokerClient("acme", [never_shakes_hands]) as client:
            failed = await failure(client, Request("POST", never_shakes_hands), seconds=0.3)

    assert server.connections == 1
    assert failed.sent is False


async def test_a_time_out_while_waiting_for_the_pool_sent_nothing() -> None:
    release = asyncio.Event()

    async def hold(exchange: Exchange) -> None:
        await release.wait()
        await exchange.answer()

    async with raw_server(hold) as server, client_of(server, pool_size=1) as client:
        first = asyncio.create_task(client.send(Request("POST", f"{server.url}/first")))
        while not server.exchanges:
            await asyncio.sleep(0.01)
        failed = await failure(client, Request("POST", f"{server.url}/second"), seconds=0.3)
        release.set()
        answer = await first

    assert failed.sent is False
    assert answer.status == 200
    assert [exchange.target for exchange in server.exchanges] == ["/first"]


async def slow_drip(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        await exchange.send(b" ")
        await asyncio.sleep(0.05)


async def silence(exchange: Exchange) -> None:
    await exchange.reader.read()


async def reset(exchange: Exchange) -> None:
    exchange.reset()


async def not_http(exchange: Exchange) -> None:
    await exchange.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    exchange.writer.close()


async def cut_short(exchange: Exchange) -> None:
    await exchange.send(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data":')
    exchange.writer.close()


async def broken_chunk(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    exchange.writer.close()


async def broken_gzip(exchange: Exchange) -> None:
    await exchange.answer("200 OK", b"this is not gzip", "Content-Encoding: gzip\r\n")


async def many_headers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await exchange.send(b"X-More: " + b"x" * 1000 + b"\r\n")


async def one_long_header(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-More: ")
    while True:
        await exchange.send(b"x" * 1000)


async def endless_body(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n")
    for _ in range(800):
        await exchange.send(b"x" * 65536)


@pytest.mark.parametrize(
    "play",
    [silence, reset, slow_drip, not_http, cut_short, broken_chunk, broken_gzip, many_headers, one_long_header],
    ids=lambda play: play.__name__,
)
async def test_what_breaks_after_the_request_left_may_have_arrived(play: Play) -> None:
    """A01, A07, A12."""
    async with raw_server(play) as server, client_of(server) as client:
        failed = await failure(client, Request("POST", server.url, form={"a": "b"}), seconds=1)

    assert failed.sent is True
    assert server.requests == 1


async def test_a_huge_answer_is_cut_off_and_memory_stays_flat() -> None:
    """A07."""
    async with raw_server(endless_body) as server, client_of(server) as client:
        tracemalloc.start()
        failed = await failure(client, Request("GET", server.url), seconds=20)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert failed.sent is True
    assert "4 MB" in failed.reason
    assert peak < 20 * 1024 * 1024


async def test_a_small_answer_that_unpacks_to_a_huge_one_is_cut_off() -> None:
    """A07."""
    packed = gzip.compress(b"\0" * (200 * 1024 * 1024))

    async def play(exchange: Exchange) -> None:
        await exchange.answer("200 OK", packed, "Content-Encoding: gzip\r\n")

    async with raw_server(play) as server, client_of(server) as client:
        tracemalloc.start()
        failed = await failure(client, Request("GET", server.url), seconds=30)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert "4 MB" in failed.reason
    assert peak < 40 * 1024 * 1024


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST", "HEAD"])
async def test_a_dead_kept_alive_connection_is_reported_and_nothing_is_sent_again(method: str) -> None:
    """A10."""

    async def answer_and_keep(exchange: Exchange) -> None:
        await exchange.answer("200 OK", b"")

    async with raw_server(answer_and_keep, reset, answer_and_keep) as server, client_of(server) as client:
        await client.send(Request("GET", f"{server.url}/first"))
        failed = await failure(client, Request(method, f"{server.url}/second"))

    assert failed.sent is True
    assert server.connections == 1
    assert [exchange.target for exchange in server.exchanges] == ["/first", "/second"]


async def test_the_guard_against_repeats_is_needed() -> None:
    """aiohttp left alone repeats a GET; when it no longer does, `only_once` can go."""
    import aiohttp

    async with raw_server(Exchange.answer, reset, Exchange.answer) as server, aiohttp.ClientSession() as session:
        for target in ("/first", "/second"):
            async with session.get(server.url + target) as response:
                await response.read()

    assert [exchange.target for exchange in server.exchanges] == ["/first", "/second", "/second"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{other}/orders",
        "https://127.0.0.1:{port}/orders",
        "http://localhost:{port}/orders",
        "http://127.0.0.1/orders",
        "http://user:pw@127.0.0.1:{port}/orders",
        "http://127.0.0.1:{port}@evil.example/orders",
        "//127.0.0.1:{port}/orders",
        "/orders",
        "",
    ],
)
async def test_another_origin_is_refused_before_a_socket_opens(url: str) -> None:
    """X05."""
    async with raw_server() as server, raw_server() as other, client_of(server) as client:
        with pytest.raises(ConfigurationError):
            await client.send(Request("GET", url.format(port=server.port, other=other.port)))

    assert server.connections == other.connections == 0


async def test_an_origin_is_more_than_a_prefix() -> None:
    with pytest.raises(ConfigurationError):
        BrokerClient("acme", ["https://api.example/v2"])
    async with BrokerClient("acme", ["https://api.example"]) as client:
        with pytest.raises(ConfigurationError):
            await client.send(Request("GET", "https://api.example.evil.example/"))


async def test_cookies_are_not_kept() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.answer("200 OK", b"{}", "Set-Cookie: who=somebody; Path=/\r\n")

    async with raw_server(play) as server, client_of(server) as client:
        await client.send(Request("GET", server.url))
        await client.send(Request("GET", server.url))

    assert "cookie" not in server.exchanges[1].headers


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with raw_server() as proxy, raw_server() as server, client_of(server) as client:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        await client.send(Request("GET", server.url))

    assert (proxy.connections, server.requests) == (0, 1)


async def test_the_log_and_the_metric_tell_of_a_call_without_its_secrets() -> None:
    async with raw_server(Exchange.answer, reset) as server, client_of(server) as client:
        with capture_logs() as logs:
            await client.send(
                Request("GET", f"{server.url}/quote", {"Authorization": "token k:t0p"}, (("access_token", "s3cret"),))
            )
            await failure(client, Request("GET", server.url))

    assert [(line["event"], line["path"], line["status"]) for line in logs] == [
        ("broker.call", "/quote", 200),
        ("broker.call", "/", "unsure"),
    ]
    assert "s3cret" not in repr(logs)
    assert "t0p" not in repr(logs)
    counted = REGISTRY.get_sample_value("torana_broker_call_seconds_count", {"broker": "acme", "result": "2xx"})
    assert counted is not None
    assert counted >= 1


async def test_a_closed_client_sends_nothing() -> None:
    async with raw_server() as server:
        client = client_of(server)
        await client.close()
        failed = await failure(client, Request("GET", server.url))

    assert failed.sent is False
    assert server.connections == 0


async def test_without_time_left_nothing_is_sent() -> None:
    async with raw_server() as server, client_of(server) as client:
        await client.send(Request("GET", server.url))
        failed = await failure(client, Request("POST", server.url), seconds=-0.1)

    assert failed.sent is False
    assert server.requests == 1


async def test_a_reason_never_quotes_the_url() -> None:
    plays: list[Play] = [not_http, cut_short, broken_chunk, one_long_header, reset]
    reasons: list[str] = []
    for play in plays:
        async with raw_server(play) as server, client_of(server) as client:
            asked = Request("GET", f"{server.url}/path", query=(("access_token", "s3cret"),))
            reasons.append((await failure(client, asked, seconds=1)).reason)

    assert len(reasons) == len(plays)
    assert all("s3cret" not in reason and "/path" not in reason for reason in reasons)


async def test_a_broker_that_hangs_is_not_asked_again_but_orders_still_go() -> None:
    """S06."""

    async def silence(exchange: Exchange) -> None:
        if exchange.method == "GET":
            await exchange.reader.read()
        await exchange.answer()

    async with raw_server(silence) as server, client_of(server) as client:
        read = Request("GET", f"{server.url}/orders", may_rest=True)
        for _ in range(FAILURES):
            hung = await failure(client, read, seconds=0.25)
            assert (hung.sent, hung.rest) == (True, None)
        refused = await failure(client, read)
        asked = server.requests
        order = await client.send(Request("POST", f"{server.url}/orders", form={"a": "b"}))

    assert not refused.sent
    assert refused.rest
    assert asked == FAILURES, "the refused question went out all the same"
    assert order.status == 200
    assert client.breaker.state is BreakerState.CLOSED, "an order that was answered shows that the broker is there"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("503 Down", BreakerState.OPEN),
        ("500 Oops", BreakerState.OPEN),
        ("429 Slow", BreakerState.CLOSED),
        ("403 No", BreakerState.CLOSED),
    ],
)
async def test_what_a_broker_says_counts_as_an_answer_unless_it_says_that_it_is_down(
    status: str, state: BreakerState
) -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.answer(status)

    async with raw_server(play) as server, client_of(server) as client:
        for _ in range(FAILURES):
            await client.send(Request("GET", f"{server.url}/orders", may_rest=True))

    assert client.breaker.state is state


async def test_a_caller_who_gives_up_late_says_that_the_broker_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silence(exchange: Exchange) -> None:
        await exchange.reader.read()

    async with raw_server(silence) as server, client_of(server) as client:
        read = Request("GET", f"{server.url}/funds", may_rest=True)
        for given_up_seconds, state in ((60.0, BreakerState.CLOSED), (0.0, BreakerState.OPEN)):
            monkeypatch.setattr(outbound, "GIVEN_UP_SECONDS", given_up_seconds)
            for _ in range(FAILURES):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(client.send(read), 0.05)
            assert client.breaker.state is state
