"""Where connectors may go.

Live hosts come from the brokers' folders (and, for a shared platform, the operator's key); test hosts come from the
sandbox's URL and from nothing else. A test gateway can therefore not reach a real broker, and a live one not a
simulator, whatever is configured.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from torana.connectors.contract import Broker, FromKey, Host, Hosts, Keys
from torana.kit.errors import ConfigurationError

_PLAIN_URL = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII without a backslash, which browsers take for a stroke."""


def live_hosts(broker: Broker, keys: Keys, sandbox_url: str = "") -> Hosts:
    """The real ones. Raises `ConfigurationError` for a host that the operator named and that cannot be one."""
    there = {role: host for role, host in broker.hosts.items() if not _is_left_out(host, keys)}
    urls = {role: _real(broker, host, keys, sandbox_url) for role, host in there.items()}
    called = frozenset(origin(urls[role]) for role, host in there.items() if host.called)
    return Hosts(urls, called)


def sandbox_hosts(broker: Broker, sandbox_url: str, real: Iterable[Broker] = ()) -> Hosts:
    """The simulated ones. Raises `ConfigurationError` if the sandbox's URL is this broker's or a `real` one's."""
    base = sandbox_url.rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(f"the sandbox's URL must begin with http:// or https://, not {sandbox_url!r}")
    if _registered_name(parts.hostname) in _real_names((broker, *real)):
        raise ConfigurationError(f"the sandbox's URL is a real broker's: {sandbox_url!r}")
    urls = {role: base + host.sandbox_path for role, host in broker.hosts.items()}
    return Hosts(urls, frozenset({origin(base)}))


def origin(url: str) -> str:
    """`scheme://host[:port]` in lower case, the port left out where it is the scheme's own."""
    parts = urlsplit(url)
    own_port = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, own_port) else f":{parts.port}"
    host = (parts.hostname or "").rstrip(".")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _is_left_out(host: Host, keys: Keys) -> bool:
    return isinstance(host.real, FromKey) and host.real.optional and not keys[host.real.key]


def _real(broker: Broker, host: Host, keys: Keys, sandbox_url: str) -> str:
    if not isinstance(host.real, FromKey):
        return host.real
    key = next(known for known in broker.keys if known.name == host.real.key)
    variable, url = key.variable(broker.key), keys[key.name].rstrip("/")
    try:
        parts = urlsplit(url)
        named = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        named = False
    if not named or (host.called and parts.query) or parts.fragment:
        raise ConfigurationError(f"{variable} must be an address that begins with https://")
    if sandbox_url and origin(url) == origin(sandbox_url):
        raise ConfigurationError(f"{variable} is the sandbox's address: a live gateway cannot trade there")
    return url


def _real_names(brokers: Iterable[Broker]) -> frozenset[str]:
    hosts = (host.real for broker in brokers for host in broker.hosts.values() if isinstance(host.real, str))
    return frozenset(_registered_name(urlsplit(real).hostname or "") for real in hosts)


def of_same_owner(url: str, host: str) -> bool:
    """Whether a browser that is sent to this URL stays with whoever owns `host`, a URL of `Hosts`: the same scheme, and
    the same two last labels. What browsers may read otherwise than we do does not."""
    if not _PLAIN_URL.fullmatch(url):
        return False
    try:
        told, own = urlsplit(url), urlsplit(host)
        same_scheme, nobody = told.scheme == own.scheme, "@" not in told.netloc
        return same_scheme and nobody and _registered_name(told.hostname or "") == _registered_name(own.hostname or "")
    except ValueError:
        return False


def _registered_name(host: str) -> str:
    """The last two labels: `api.kite.trade` and any other name of that broker give `kite.trade`."""
    return ".".join(host.lower().rstrip(".").split(".")[-2:])
