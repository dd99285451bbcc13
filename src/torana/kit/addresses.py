"""Which addresses and URLs a stranger may have us call: the public internet, and what the operator allowed by name.

A URL is judged when it is given to us (`check_url`) and the address when the socket is opened (`Allowed.address`):
a name may mean one address today and another tomorrow.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from yarl import URL

from torana.kit.errors import ConfigurationError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_URL = 2048
PUBLIC_PORTS = (443, 8443)

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV6_UNICAST = ipaddress.IPv6Network("2000::/3")
# Written out: what the standard library calls global differs between versions of Python.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's platform address, public by number only
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast and reserved
        "2001::/23",  # Teredo and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",
    )
)
_PRIVATE_SUFFIXES = (
    ".localhost",
    ".localdomain",
    ".local",
    ".internal",
    ".intranet",
    ".private",
    ".corp",
    ".home",
    ".lan",
    ".home.arpa",
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PLAIN_URL = re.compile(r"[\x21-\x7e]+")
_NUMBER_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")


class AddressRefused(OSError):
    """An address, or a URL, that we do not call. The text says why, in words for who gave it to us."""


def is_public(address: IPAddress) -> bool:
    """Whether this is an address of the public internet, also when it hides an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.scope_id is not None or address not in _IPV6_UNICAST:
            return False
    return not any(address in network for network in _NOT_PUBLIC)


class Allowed:
    """The operator's exceptions: `host:port` pairs and networks (`10.1.0.0/16`) that may be called although private.

    `ports` may be called on the public internet. Raises `ConfigurationError` for an entry that is neither.
    """

    def __init__(self, entries: Iterable[str] = (), *, ports: Sequence[int] = PUBLIC_PORTS) -> None:
        self.ports = tuple(ports)
        self._hosts: set[tuple[str, int]] = set()
        self._networks: list[IPNetwork] = []
        for entry in entries:
            if "/" in entry:
                try:
                    self._networks.append(ipaddress.ip_network(entry))
                except ValueError:
                    raise ConfigurationError(f"TORANA_WEBHOOK_ALLOWED_HOSTS: {entry!r} is not a network") from None
                continue
            host, colon, port = entry.rpartition(":")
            if not colon or not host or not port.isascii() or not port.isdigit():
                raise ConfigurationError(f"TORANA_WEBHOOK_ALLOWED_HOSTS: write {entry!r} as host:port or as a network")
            self._hosts.add((host.strip("[]").lower(), int(port)))

    def host(self, host: str, port: int) -> bool:
        """Whether this very host and port are allowed, whatever they resolve to."""
        return (host.lower(), port) in self._hosts

    def network(self, address: IPAddress) -> bool:
        return any(address in network for network in self._networks)

    def address(self, address: str) -> None:
        """Raise `AddressRefused` unless the address, as the socket will use it, is public or in an allowed network."""
        parsed = ipaddress.ip_address(address)
        if not is_public(parsed) and not self.network(parsed):
            raise AddressRefused("it leads to an address that is not on the public internet")


def check_url(given: str, allowed: Allowed) -> URL:
    """The URL, ready to be called. Raises `AddressRefused` for one that must not be, whatever its name resolves to."""
    if len(given) > LONGEST_URL or not _PLAIN_URL.fullmatch(given) or "\\" in given:
        raise AddressRefused(
            f"a URL may have up to {LONGEST_URL} printable ASCII characters, without spaces or backslashes"
        )
    try:
        url, other = URL(given, encoded=True), urlsplit(given)
        host, port = url.raw_host or "", url.port
        same = (host.lower(), port) == (other.hostname or "", other.port or url.port)
    except ValueError:
        raise AddressRefused("this is not a URL") from None
    if url.scheme not in ("http", "https") or not host or port is None or not same:
        raise AddressRefused("this is not an https URL")
    if "@" in url.raw_authority or "@" in other.netloc:
        raise AddressRefused("a URL must not carry a user name or a password")
    if other.fragment:
        raise AddressRefused("a URL must not carry a fragment")
    literal = literal_address(host)
    if allowed.host(host, port) or (literal is not None and allowed.network(literal)):
        return url
    if url.scheme != "https":
        raise AddressRefused("only https is called")
    if port not in allowed.ports:
        raise AddressRefused(f"only the ports {' and '.join(map(str, allowed.ports))} are called")
    if literal is None:
        _check_name(host.lower())
    elif not is_public(literal):
        raise AddressRefused(f"the address {host} is not on the public internet")
    return url


def literal_address(host: str) -> IPAddress | None:
    """The address that the host of a URL is, None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _check_name(host: str) -> None:
    labels = host.split(".")
    if host.endswith("."):
        raise AddressRefused("a host name must not end with a dot")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("this is not a host name")
    if _NUMBER_LABEL.fullmatch(labels[-1]):
        raise AddressRefused("an IPv4 address is written as four decimal numbers")
    if len(labels) == 1 or host.endswith(_PRIVATE_SUFFIXES):
        raise AddressRefused(f"the name {host} is not a name of the public internet")
