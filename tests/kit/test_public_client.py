"""The way out to a URL that a stranger gave us: the public internet, or nothing."""

import asyncio
import ipaddress
import socket
import tracemalloc
from collections.abc import Callable, Sequence

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from tests.kit.servers import Exchange, certificate, raw_server
from torana.kit import public_client
from torana.kit.addresses import AddressRefused, Allowed, check_url, is_public
from torana.kit.errors import ConfigurationError
from torana.kit.http import TransportFailure
from torana.kit.public_client import PublicClient

PUBLIC = "93.184.216.34"

LOOPBACK_IN_DISGUISE = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7F.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[::1%25lo]",
    "localhost",
    "LocalHost",
    "localhost.",
    "localhost..",
    "app.localhost",
    "ip6-localhost",
    "%6c%6fcalhost",
    "127%2e0%2e0%2e1",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "ⓛocalhost",
    "127.0.0.1.nip.io",
    "rebound.example",
]
PRIVATE = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[2001::1]",
    "[64:ff9b::a00:1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "metadata.google.internal",
    "printer.local",
    "router",
    "intranet.corp",
]
ODD_URLS = [
    "http://hooks.example/in",
    "https://hooks.example:22/in",
    "https://hooks.example:0/in",
    "https://hooks.example:99999/in",
    "https://user@hooks.example/in",
    "https://user:pw@hooks.example/in",
    "https://:pw@hooks.example/in",
    "https://hooks.example@127.0.0.1/in",
    "https://127.0.0.1#@hooks.example/",
    "https://127.0.0.1\\@hooks.example/",
    "https://hooks.example\\@127.0.0.1/",
    "https://hooks.example/in#fragment",
    "https://hooks.example /in",
    "https://hooks.example/in\r\nX: y",
    "https://hooks.example/\ud800",
    "https:///in",
    "https:hooks.example/in",
    "//hooks.example/in",
    "hooks.example/in",
    "ftp://hooks.example/in",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/_HELO",
    "unix:///run/postgres",
    "https://hooks..example/in",
    "https://-hooks.example/in",
    "https://hooks.example./in",
    "https://[hooks.example]/in",
    "https://[::1/in",
    "https://" + "a" * 3000 + ".example/",
    "",
    "https://",
]


class Names(AbstractResolver):
    """A resolver that answers each look-up of any name with the next of these addresses, then the last for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if not answer:
            raise socket.gaierror(socket.EAI_NONAME, "unknown name")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in answer
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that any socket of this process tried to reach; none of them is reached."""
    addresses: list[str] = []

    async def refuse(_loop: object, _socket: object, address: tuple[str, int]) -> None:
        addresses.append(address[0])
        raise ConnectionRefusedError(111, "refused by the test")

    monkeypatch.setattr("asyncio.selector_events.BaseSelectorEventLoop.sock_connect", refuse)
    return addresses


async def refusal(client: PublicClient, url: str) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        await client.post(url, b"{}", {})
    assert caught.value.sent is False
    return caught.value


@pytest.mark.parametrize("host", LOOPBACK_IN_DISGUISE)
async def test_no_form_of_our_own_address_is_accepted_or_reached(host: str) -> None:
    """F01."""
    async with raw_server() as listener:
        allowed = Allowed(ports=[listener.port])
        async with PublicClient(allowed, resolver=Names(["127.0.0.1"])) as client:
            url = f"https://{host}:{listener.port}/in"
            with pytest.raises(AddressRefused):
                await client.check(url)
            await refusal(client, url)

    assert listener.connections == 0


@pytest.mark.parametrize("host", [*LOOPBACK_IN_DISGUISE, *PRIVATE])
async def test_no_private_address_is_accepted_or_dialled(host: str, dialled: list[str]) -> None:
    """F01."""
    async with PublicClient(resolver=Names(["10.0.0.1"])) as client:
        with pytest.raises(AddressRefused):
            await client.check(f"https://{host}/in")
        await refusal(client, f"https://{host}/in")

    assert dialled == []


@pytest.mark.parametrize("url", ODD_URLS)
async def test_an_odd_url_is_neither_accepted_nor_called(url: str, dialled: list[str]) -> None:
    """F01."""
    async with PublicClient(resolver=Names([PUBLIC])) as client:
        with pytest.raises(AddressRefused):
            await client.check(url)
        await refusal(client, url)

    assert dialled == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "0.0.0.0", "[::]"])
async def test_the_socket_itself_refuses_even_a_url_that_was_let_through(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F01."""
    monkeypatch.setattr(public_client, "check_url", lambda url, _allowed: URL(url))
    async with raw_server() as listener, PublicClient() as client:
        failed = await refusal(client, f"http://{host}:{listener.port}/in")

    assert "public internet" in failed.reason
    assert listener.connections == 0


async def test_a_plain_public_url_is_dialled_at_the_address_that_was_judged(dialled: list[str]) -> None:
    names = Names([PUBLIC])
    async with PublicClient(resolver=names) as client:
        await client.check("https://hooks.example/in")
        await refusal(client, "https://hooks.example/in")

    assert dialled == [PUBLIC]
    assert names.asked == ["hooks.example", "hooks.example"]


async def test_a_name_that_turns_private_after_it_was_accepted_is_not_reached(dialled: list[str]) -> None:
    """F02."""
    async with PublicClient(resolver=Names([PUBLIC], ["127.0.0.1"])) as client:
        await client.check("https://hooks.example/in")
        failed = await refusal(client, "https://hooks.example/in")

    assert "public internet" in failed.reason
    assert "127.0.0.1" not in failed.reason
    assert dialled == []


async def test_a_name_that_changes_at_every_look_up_is_never_reached_privately(dialled: list[str]) -> None:
    """F02."""
    async with PublicClient(resolver=Names(*([PUBLIC], ["127.0.0.1"]) * 5)) as client:
        for _ in range(10):
            await refusal(client, "https://hooks.example/in")

    assert dialled == [PUBLIC] * 5


@pytest.mark.parametrize(
    "answer",
    [
        [PUBLIC, "127.0.0.1"],
        ["127.0.0.1", PUBLIC],
        [PUBLIC, "::1"],
        ["2606:4700::1111", "10.0.0.1"],
        ["2606:4700::1111", "fd00::1"],
        ["::1"],
    ],
)
async def test_one_private_address_spoils_the_name(answer: list[str], dialled: list[str]) -> None:
    """F04."""
    async with PublicClient(resolver=Names(answer)) as client:
        with pytest.raises(AddressRefused):
            await client.check("https://hooks.example/in")
        await refusal(client, "https://hooks.example/in")

    assert dialled == []


async def test_a_name_with_public_addresses_of_the_new_kind_only_is_dialled(dialled: list[str]) -> None:
    """F04."""
    async with PublicClient(resolver=Names(["2606:4700::1111"])) as client:
        await refusal(client, "https://hooks.example/in")

    assert dialled == ["2606:4700::1111"]


async def test_a_name_that_nobody_knows_is_not_accepted() -> None:
    async with PublicClient(resolver=Names([])) as client:
        with pytest.raises(AddressRefused, match="cannot be resolved"):
            await client.check("https://hooks.example/in")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_not_followed(status: str) -> None:
    """F03, W03."""
    async with raw_server() as private:

        async def play(exchange: Exchange) -> None:
            await exchange.answer(status, b"", f"Location: {private.url}/in\r\n")

        async with raw_server(play) as server, PublicClient(Allowed([f"127.0.0.1:{server.port}"])) as client:
            answer = await client.post(f"{server.url}/in", b"{}", {})

    assert answer.status == int(status[:3])
    assert private.connections == 0


@pytest.mark.parametrize(
    "entry",
    [lambda port: f"127.0.0.1:{port}", lambda _: "127.0.0.0/8"],
    ids=["host and port", "network"],
)
async def test_what_the_operator_allowed_works(entry: Callable[[int], str]) -> None:
    """F06."""
    async with raw_server() as server, PublicClient(Allowed([entry(server.port)])) as client:
        await client.check(f"{server.url}/in")
        answer = await client.post(f"{server.url}/in", b'{"a":1}', {"webhook-id": "evt_1"})

    assert answer.status == 200
    assert server.exchanges[0].body == b'{"a":1}'
    assert server.exchanges[0].headers["webhook-id"] == "evt_1"


async def test_an_allowed_name_may_lead_anywhere_but_only_at_its_port() -> None:
    """F06."""
    async with raw_server() as server, raw_server() as other:
        allowed = Allowed([f"hooks.internal:{server.port}"])
        async with PublicClient(allowed, resolver=Names(["127.0.0.1"])) as client:
            answer = await client.post(f"http://hooks.internal:{server.port}/in", b"{}", {})
            await refusal(client, f"http://hooks.internal:{other.port}/in")

    assert answer.status == 200
    assert other.connections == 0


async def test_an_allowed_network_does_not_open_the_others(dialled: list[str]) -> None:
    """F06."""
    async with PublicClient(Allowed(["10.1.0.0/16"]), resolver=Names(["10.1.2.3"], ["10.2.2.3"])) as client:
        await refusal(client, "https://hooks.example/in")
        await refusal(client, "https://hooks.example/in")

    assert dialled == ["10.1.2.3"]


@pytest.mark.parametrize("entry", ["localhost", "10.0.0.0/33", "https://host:1", "host:port", ":80", "10.0.0.1"])
def test_an_exception_that_cannot_be_read_is_an_error_of_the_configuration(entry: str) -> None:
    with pytest.raises(ConfigurationError):
        Allowed([entry]) if entry != "https://host:1" else Allowed(["https://host/:1"])


async def test_a_certificate_is_checked_also_where_the_operator_allowed_the_host() -> None:
    """S10."""
    server_tls, client_tls = certificate("127.0.0.1")
    async with raw_server(tls=server_tls) as server:
        allowed = Allowed([f"127.0.0.1:{server.port}"])
        async with PublicClient(allowed) as untrusting, PublicClient(allowed, tls=client_tls) as trusting:
            await refusal(untrusting, f"{server.url}/in")
            answer = await trusting.post(f"{server.url}/in", b"{}", {})

    assert answer.status == 200
    assert server.requests == 1


async def test_only_the_beginning_of_an_endless_answer_is_read_and_memory_stays_flat() -> None:
    """W02."""
    written = 0

    async def endless(exchange: Exchange) -> None:
        nonlocal written
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        while True:
            await exchange.send(b"x" * 65536)
            written += 65536

    async with raw_server(endless) as server, PublicClient(Allowed([f"127.0.0.1:{server.port}"])) as client:
        tracemalloc.start()
        answer = await client.post(server.url, b"{}", {})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert answer.status == 200
    assert answer.body == b"x" * 1024
    assert peak < 8 * 1024 * 1024
    assert written < 64 * 1024 * 1024


async def test_a_dripping_body_does_not_hold_us_once_the_status_has_come() -> None:
    """W02."""

    async def drip(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            await exchange.send(b"x")
            await asyncio.sleep(0.2)

    async with raw_server(drip) as server, PublicClient(Allowed([f"127.0.0.1:{server.port}"])) as client:
        answer = await client.post(server.url, b"{}", {})

    assert answer.status == 200
    assert 1 <= len(answer.body) < 100


@pytest.mark.parametrize("line", [b"X-More: yes\r\n", b"X-More: " + b"x" * 100_000])
async def test_endless_headers_are_cut_off(line: bytes) -> None:
    """W02."""

    async def endless(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await exchange.send(line)
            await asyncio.sleep(0)

    async with raw_server(endless) as server, PublicClient(Allowed([f"127.0.0.1:{server.port}"])) as client:
        tracemalloc.start()
        with pytest.raises(TransportFailure) as caught:
            await client.post(server.url, b"{}", {})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert caught.value.sent is True
    assert "seconds" not in caught.value.reason
    assert peak < 8 * 1024 * 1024


async def test_dripping_headers_end_at_the_time_limit() -> None:
    """W02."""

    async def drip(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            await exchange.send(b"x")
            await asyncio.sleep(0.05)

    async with (
        raw_server(drip) as server,
        PublicClient(Allowed([f"127.0.0.1:{server.port}"]), seconds=0.5) as client,
    ):
        with pytest.raises(TransportFailure) as caught:
            await client.post(server.url, b"{}", {})

    assert caught.value.sent is True
    assert "0.5 seconds" in caught.value.reason


async def test_endless_interim_answers_end_at_the_time_limit() -> None:
    """W02."""

    async def interim(exchange: Exchange) -> None:
        while True:
            await exchange.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await asyncio.sleep(0.001)

    async with (
        raw_server(interim) as server,
        PublicClient(Allowed([f"127.0.0.1:{server.port}"]), seconds=0.5) as client,
    ):
        with pytest.raises(TransportFailure) as caught:
            await client.post(server.url, b"{}", {})

    assert caught.value.sent is True


async def test_a_compressed_answer_is_not_unpacked() -> None:
    """W02."""

    async def packed(exchange: Exchange) -> None:
        await exchange.answer("200 OK", b"\x1f\x8bnot unpacked", "Content-Encoding: gzip\r\n")

    async with raw_server(packed) as server, PublicClient(Allowed([f"127.0.0.1:{server.port}"])) as client:
        answer = await client.post(server.url, b"{}", {})

    assert answer.body == b"\x1f\x8bnot unpacked"
    assert server.exchanges[0].headers["accept-encoding"] == "identity"


async def test_a_connection_serves_again_after_a_short_answer() -> None:
    async with raw_server() as server, PublicClient(Allowed([f"127.0.0.1:{server.port}"])) as client:
        for _ in range(3):
            await client.post(server.url, b"{}", {})

    assert (server.requests, server.connections) == (3, 1)


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_a_url_is_returned_as_it_was_written() -> None:
    assert (
        str(check_url("https://Hooks.Example:8443/a%2Fb?c=%20d", Allowed()))
        == "https://Hooks.Example:8443/a%2Fb?c=%20d"
    )
