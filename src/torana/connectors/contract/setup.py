"""What a connector is built from: the keys that the operator was given, the hosts, an HTTP client bound to them."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from torana.connectors.contract.orders import ExecutionMode
from torana.connectors.contract.signing import Entry, Signer, Vault, VaultUnavailable, as_it_is
from torana.kit.http import HttpClient

_MAC_ADDRESS = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")

Form = Callable[[str], str]
"""What is wrong with the form of a value, as the end of a sentence that begins with its name; empty: nothing. The value
itself is never repeated."""


def plain_text(value: str) -> str:
    """As keys are everywhere: printable ASCII without a blank, a quote or a backslash."""
    if value.isascii() and value.isprintable() and not set(value) & set(" \"'`\\"):
        return ""
    return "holds a blank, a quote or another character that no key has; was it copied whole, and nothing beside it?"


def ip_address(value: str) -> str:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return "is no IP address"
    return ""


def mac_address(value: str) -> str:
    return "" if _MAC_ADDRESS.fullmatch(value) else "is no MAC address (six pairs of hexadecimal digits)"


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that a broker gives the operator. Its setting is `TORANA_BROKER_{BROKER}_{NAME}`."""

    name: str
    """In small letters, `api_key` for one."""
    secret: bool
    required: bool
    help: str
    """What it is and where it is found, for the docs and `torana doctor`."""
    form: Form = plain_text
    one_client: str = ""
    """Why an app serves nobody but its owner where this is set, as `Broker.one_client` has it of all apps."""

    def variable(self, broker: str) -> str:
        return f"TORANA_BROKER_{broker.upper()}_{self.name.upper()}"


class Keys(Mapping[str, str]):
    """Keys by name. One that was not given is the empty text. Nothing of their values is ever printed."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name: value for name, value in values.items() if value}

    def __getitem__(self, name: str) -> str:
        return self._values.get(name, "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Keys({', '.join(self._values)})"

    def changed(self, **values: str) -> "Keys":
        return Keys({**self._values, **values})


@dataclass(frozen=True, slots=True)
class FromKey:
    """The host is a key of the operator's: of brokers that share a vendor's platform, or an address that a broker gives
    to each operator. It begins with https://, without a query where we call it, and cannot be the sandbox's."""

    key: str
    optional: bool = False
    """Without the key there is no such host."""


@dataclass(frozen=True, slots=True)
class Host:
    """One host of a broker's: its real origin, and the path under which the sandbox stands in for it."""

    real: str | FromKey
    sandbox_path: str
    called: bool = True
    """False where only the investor's browser goes there."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """The base URLs, by role, that one connector speaks to."""

    urls: Mapping[str, str]
    origins: frozenset[str]
    """The origins (`scheme://host[:port]`) that our own HTTP client may reach for this connector."""

    def __getitem__(self, role: str) -> str:
        return self.urls[role]


class NoVault:
    """Where there is no vault, a signer that wants one sends nothing."""

    async def read(self, name: str) -> Entry | None:
        raise VaultUnavailable("there is none")

    async def keep(self, name: str, value: str | None, was: Entry | None, *, of_login: bool) -> Entry | None:
        raise VaultUnavailable("there is none")


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything one connector needs to know. `client` reaches the hosts in `hosts` and no others."""

    client: HttpClient = field(repr=False)
    hosts: Hosts
    keys: Keys
    redirect_uri: str
    """Where the broker sends the browser after a login; registered with the app at the broker."""
    execution_mode: ExecutionMode
    """How this installation places orders with this broker."""
    vault: Vault = field(default_factory=NoVault, repr=False)
    signer: Signer = field(default=as_it_is, repr=False)
    """The broker's own (`Broker.bound` sets it)."""
    broker: str = ""
    public_address: Callable[[str], str] = field(default=lambda account: "", repr=False)
    """The address that calls for this account leave by, as far as the egress file says."""
    unattended: bool = False
    """Whether the rules allow orders here that were agreed to once and that nobody confirms."""
