"""Where brokers live. The one table of real hosts, and the one place where sandbox hosts are made.

Live hosts come from the constants below and from nothing else; test hosts come from the sandbox's URL and from nothing
else. A test gateway can therefore not reach a real broker, and a live one not a simulator, whatever is configured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from torana.kit.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Host:
    """One host of a broker's: its real origin, and the path under which the sandbox stands in for it."""

    real: str
    sandbox_path: str
    called: bool = True
    """False where only the investor's browser goes there."""


BROKER_HOSTS: Mapping[str, Mapping[str, Host]] = MappingProxyType(
    {
        "kite": {
            "api": Host("https://api.kite.trade", "/kite/api"),
            "web": Host("https://kite.zerodha.com", "/kite/web", called=False),
        },
        "upstox": {
            "api": Host("https://api.upstox.com", "/upstox/api"),
            "hft": Host("https://api-hft.upstox.com", "/upstox/api"),
        },
        "angelbroking": {
            "api": Host("https://apiconnect.angelone.in", "/angelbroking/api"),
            "web": Host("https://smartapi.angelone.in", "/angelbroking/web", called=False),
        },
    }
)
"""By broker and role. Sources: Kite Connect v3 documentation; Upstox developer documentation."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """The base URLs, by role, that one connector speaks to."""

    urls: Mapping[str, str]
    origins: frozenset[str]
    """The origins (`scheme://host[:port]`) that our own HTTP client may reach for this connector."""

    def __getitem__(self, role: str) -> str:
        return self.urls[role]


def live_hosts(broker: str) -> Hosts:
    """The real ones."""
    table = BROKER_HOSTS[broker]
    return Hosts(
        {role: host.real for role, host in table.items()},
        frozenset(origin(host.real) for host in table.values() if host.called),
    )


def sandbox_hosts(broker: str, sandbox_url: str) -> Hosts:
    """The simulated ones. Raises `ConfigurationError` if the sandbox's URL is a broker's."""
    base = sandbox_url.rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"the sandbox's URL must begin with http:// or https://, not {sandbox_url!r}")
    if _registered_name(parts.hostname) in _real_names():
        raise ConfigurationError(f"the sandbox's URL is a real broker's: {sandbox_url!r}")
    return Hosts(
        {role: base + host.sandbox_path for role, host in BROKER_HOSTS[broker].items()}, frozenset({origin(base)})
    )


def origin(url: str) -> str:
    """`scheme://host[:port]` in lower case, the port left out where it is the scheme's own."""
    parts = urlsplit(url)
    own_port = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, own_port) else f":{parts.port}"
    host = (parts.hostname or "").rstrip(".")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _real_names() -> frozenset[str]:
    hosts = (host.real for table in BROKER_HOSTS.values() for host in table.values())
    return frozenset(_registered_name(urlsplit(real).hostname or "") for real in hosts)


def _registered_name(host: str) -> str:
    """The last two labels: `api.kite.trade` and any other name of that broker give `kite.trade`."""
    return ".".join(host.lower().rstrip(".").split(".")[-2:])
