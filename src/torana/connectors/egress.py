"""From which address orders of an account leave.

Brokers take orders by API only from addresses that are registered for the account: one and a spare, its own or its
family's (NSE/INVG/67858). So an operator who serves several gives each the address that its broker has registered: a
source address of this machine, or a proxy.
"""

import ipaddress
import tomllib
from collections.abc import Collection, Sequence
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from torana.connectors.contract.setup import ip_address
from torana.connectors.hosts import origin
from torana.kit.breaker import Health
from torana.kit.errors import ConfigurationError
from torana.kit.http import Answer, Request
from torana.kit.outbound import BrokerClient


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`broker`, or one `account` of it, goes out by `source` (an address of this machine) or `proxy` (`http://…`).
    `address` is what the broker sees of that, where it is another than `source`: some want it told with each call."""

    broker: str
    account: str = ""
    source: str = ""
    proxy: str = ""
    address: str = ""

    @property
    def told(self) -> str:
        """For people, without what a proxy's URL may hold of secrets."""
        if self.source:
            return f"source address {self.source}"
        parts = urlsplit(self.proxy)
        return f"proxy {parts.hostname}:{parts.port or 80}"

    def __repr__(self) -> str:
        return f"Way({self.broker!r}, {self.account!r}, {self.told})"


class Egress:
    """All ways out of an installation; what none is named for goes out by the machine's own route."""

    def __init__(self, ways: Sequence[Way] = ()) -> None:
        self.ways = tuple(ways)
        self._by_account = {(way.broker, way.account): way for way in ways}

    def of(self, broker: str, account: str) -> Way | None:
        return self._by_account.get((broker, account)) or self._by_account.get((broker, ""))

    def address_of(self, broker: str, account: str) -> str:
        """The address by which the broker sees this account's calls, empty where no way says it."""
        way = self.of(broker, account)
        return "" if way is None else way.address or way.source


def read_egress(path: Path, brokers: Collection[str]) -> Egress:
    """The file that `TORANA_EGRESS_FILE` names: TOML, a table `[[way]]` for each. Raises `ConfigurationError`."""
    try:
        told = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[str, list[Way]])
    except (OSError, UnicodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"cannot read TORANA_EGRESS_FILE: {error}") from None
    ways = told.get("way", [])
    if told.keys() - {"way"}:
        raise ConfigurationError("TORANA_EGRESS_FILE holds tables [[way]] and nothing else")
    for number, way in enumerate(ways, 1):
        if (fault := _fault(way, brokers)) is not None:
            raise ConfigurationError(f"TORANA_EGRESS_FILE, way {number}: {fault}")
    if len({(way.broker, way.account) for way in ways}) < len(ways):
        raise ConfigurationError("TORANA_EGRESS_FILE names two ways for the same account")
    return Egress(ways)


def _fault(way: Way, brokers: Collection[str]) -> str | None:
    if way.broker not in brokers:
        return f"no broker {way.broker!r}; there is {', '.join(brokers)}"
    if bool(way.source) is bool(way.proxy):
        return "exactly one of source and proxy is needed"
    try:
        if way.address:
            ipaddress.ip_address(way.address)
    except ValueError:
        return "`address` is no address"
    try:
        if way.source:
            ipaddress.ip_address(way.source)
        elif urlsplit(way.proxy).scheme != "http" or not urlsplit(way.proxy).hostname or urlsplit(way.proxy).port == 0:
            return "the proxy must be http://host:port"
    except ValueError:
        return "the source is no address" if way.source else "the proxy must be http://host:port"
    return None


class EgressClient:
    """The HTTP client of one broker: each account goes out by its own way, in a pool of its own."""

    def __init__(self, mode: str, broker: str, origins: frozenset[str], egress: Egress) -> None:
        self._broker = broker
        self._egress = egress
        ways: set[Way | None] = {None, *(way for way in egress.ways if way.broker == broker)}
        self._clients = {
            way: BrokerClient(
                broker,
                origins,
                mode=mode,
                source=way.source if way else "",
                proxy=way.proxy if way else "",
            )
            for way in ways
        }

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        """See `HttpClient.send`."""
        way = self._egress.of(self._broker, request.account)
        return await self._clients[way].send(request, seconds=seconds)

    @property
    def health(self) -> Health:
        """As seen by the way that calls take which are of no account yet, such as logins."""
        return self._clients[self._egress.of(self._broker, "")].health

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()


async def seen_address(url: str, way: Way | None) -> str | None:
    """The address that the service at this URL sees of this way out; None: by the route of this machine. None where it
    answers anything but one address. Raises `TransportFailure`."""
    source, proxy = (way.source, way.proxy) if way is not None else ("", "")
    async with BrokerClient("address service", [origin(url)], source=source, proxy=proxy) as client:
        answer = await client.send(Request("GET", url))
    told = answer.body.decode("utf-8", "replace").strip()
    return told if answer.status == HTTPStatus.OK and not ip_address(told) else None
