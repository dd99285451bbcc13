"""The brokers that there are, and all connectors of an installation, by mode and broker."""

import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from math import inf
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from torana import connectors
from torana.connectors.contract import Broker, Capabilities, Connector, ExecutionMode, Hosts, Keys, Setup, Vault
from torana.connectors.contract.setup import NoVault
from torana.connectors.egress import Egress, EgressClient
from torana.connectors.hosts import live_hosts, sandbox_hosts
from torana.connectors.serving import UNATTENDED, Serves, chosen_mode, mode_for
from torana.kit.breaker import Health
from torana.kit.errors import ConfigurationError, ToranaError
from torana.kit.http import HttpClient
from torana.kit.outbound import BrokerClient

MODE = "mode"
"""`TORANA_BROKER_{BROKER}_MODE` stands among the keys and is none: it says how orders are placed."""
GUESS = "guess"
"""`TORANA_BROKER_{BROKER}_GUESS` stands there too, of a broker with a `Broker.guess`, and is no key either."""
ACCEPTED = "accepted"
"""What it has to say."""


def find_brokers() -> Mapping[str, Broker]:
    """Every broker of which there is a folder, by key. A folder without a `BROKER` (what brokers share) is none."""
    found: dict[str, Broker] = {}
    for folder in pkgutil.iter_modules(connectors.__path__):
        if folder.ispkg:
            broker = getattr(import_module(f"{connectors.__name__}.{folder.name}"), "BROKER", None)
            if isinstance(broker, Broker):
                found[folder.name] = broker
    return MappingProxyType(found)


BROKERS = find_brokers()


class Client(HttpClient, Protocol):
    """An HTTP client that somebody has to close."""

    async def close(self) -> None: ...


@runtime_checkable
class TellsHealth(Protocol):
    """A client that knows how its broker has been answering this process."""

    @property
    def health(self) -> Health: ...


BY_NO_WAY = Egress()
"""Where nothing is said of any way out."""
ClientFactory = Callable[[str, str, frozenset[str]], Client]
"""Makes the HTTP client of one connector: (mode, broker, origins that it may reach)."""


def broker_client(mode: str, broker: str, origins: frozenset[str]) -> Client:
    """Our own: one pool per broker and mode, bound to these origins."""
    return BrokerClient(broker, origins, mode=mode)


def client_by_egress(egress: Egress) -> ClientFactory:
    """Clients whose live requests leave by the way of their account; simulators are asked directly."""

    def client(mode: str, broker: str, origins: frozenset[str]) -> Client:
        live = mode == "live" and egress.ways
        return EgressClient(mode, broker, origins, egress) if live else broker_client(mode, broker, origins)

    return client


class NoSuchConnector(ToranaError):
    """This installation cannot speak to this broker in this mode."""


class Connectors:
    """What the composition root builds once. A test connector leads to the sandbox, a live one to the real broker."""

    def __init__(
        self,
        connectors: Mapping[tuple[str, str], Connector],
        clients: Mapping[tuple[str, str], Client] = MappingProxyType({}),
    ) -> None:
        self._connectors = dict(connectors)
        self._clients = dict(clients)

    @classmethod
    def build(
        cls,
        *,
        keys: Mapping[str, Mapping[str, str]],
        sandbox_url: str,
        public_url: str,
        test_modes: Mapping[str, str] = MappingProxyType({}),
        serves: Serves = Serves.UNSAID,
        approval: str = "",
        client: ClientFactory = broker_client,
        egress: Egress = BY_NO_WAY,
        vault: Callable[[str, str], Vault] = lambda mode, broker: NoVault(),
        brokers: Mapping[str, Broker] = BROKERS,
    ) -> "Connectors":
        """`keys` are the live ones, by broker and name (`mode` and `guess` among them, if they are set); a broker
        without keys is not available live. `test_modes` are the execution modes with the simulated brokers, where they
        are not the broker's own default. `serves` and `approval` decide how orders may be placed live. `egress` says by
        which addresses live calls leave, `vault` makes that of a mode and broker.

        Raises `ConfigurationError` for a broker or a key that we do not know, incomplete keys, a mode that the broker
        does not have, a guess that was not accepted, and a sandbox that is a real broker.
        """
        _require_known(brokers, keys, "TORANA_BROKER_{}_…")
        _require_known(brokers, test_modes, "TORANA_TEST_MODE_{}")
        plans: dict[tuple[str, str], tuple[Hosts, Keys, ExecutionMode]] = {}
        for name, broker in brokers.items():
            mode = chosen_mode(broker, test_modes.get(name, ""), f"TORANA_TEST_MODE_{name.upper()}")
            hosts = sandbox_hosts(broker, sandbox_url, brokers.values())
            plans["test", name] = hosts, broker.sandbox_keys[mode], mode
        for name, given in keys.items():
            broker = brokers[name]
            live = checked_keys(broker, given)
            mode = mode_for(broker, given.get(MODE, ""), serves, approval, live)
            plans["live", name] = live_hosts(broker, live, sandbox_url), live, mode
        clients = {(mode, name): client(mode, name, hosts.origins) for (mode, name), (hosts, _, _) in plans.items()}
        redirect = f"{public_url.rstrip('/')}/portal/callback"
        connectors = {
            at: brokers[at[1]].bound(
                Setup(
                    clients[at],
                    hosts,
                    keys_of,
                    f"{redirect}/{at[1]}",
                    mode,
                    vault(*at),
                    public_address=partial((egress if at[0] == "live" else BY_NO_WAY).address_of, at[1]),
                    unattended=serves in UNATTENDED,
                )
            )
            for at, (hosts, keys_of, mode) in plans.items()
        }
        return cls(connectors, clients)

    def find(self, mode: str, broker: str) -> Connector | None:
        """None where there is none."""
        return self._connectors.get((mode, broker))

    def get(self, mode: str, broker: str) -> Connector:
        """Raises `NoSuchConnector`."""
        if (connector := self.find(mode, broker)) is None:
            raise NoSuchConnector(f"no {mode} connector for {broker!r}")
        return connector

    def available(self, mode: str) -> list[Capabilities]:
        """What can be offered to the investors of a gateway of this mode, by key."""
        return [one.capabilities for (at, _), one in sorted(self._connectors.items()) if at == mode]

    def health(self, mode: str, broker: str) -> Health:
        """How this broker has been answering this process; well, where it was not asked."""
        client = self._clients.get((mode, broker))
        return client.health if isinstance(client, TellsHealth) else Health.WELL

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()


def offered(
    known: Iterable[Capabilities], of_gateway: Sequence[str] | None, wanted: Sequence[str] | None = None
) -> list[Capabilities]:
    """Those of the gateway (None: all) that are wanted (none named: all). In the order in which they are named, for the
    transaction or for the gateway; else by their clients, then by name."""
    named = wanted or of_gateway or ()

    def place(one: Capabilities) -> tuple[float, float, str]:
        at = named.index(one.broker) if one.broker in named else inf
        return at, inf if one.rank is None else one.rank, one.name.lower()

    able = [one for one in known if (of_gateway is None or one.broker in of_gateway)]
    return sorted((one for one in able if not wanted or one.broker in wanted), key=place)


def checked_keys(broker: Broker, given: Mapping[str, str]) -> Keys:
    """The keys among these settings. Raises `ConfigurationError` that names the variable of what is missing, of
    what this broker does not have, of what has a form that it cannot have, and of a guess that was not accepted, with
    what rests on it. No value is repeated."""
    prefix = f"TORANA_BROKER_{broker.key.upper()}_"
    names = [key.name for key in broker.keys]
    known = [*names, MODE, *([GUESS] if broker.guess else [])]
    if unknown := sorted(given.keys() - set(known)):
        there = ", ".join(f"{prefix}{name.upper()}" for name in known)
        raise ConfigurationError(f"{prefix}{unknown[0].upper()}: {broker.name} has no such key; there is {there}")
    keys = Keys({name: given.get(name, "") for name in names})
    missing = [key for key in broker.keys if key.required and not keys[key.name]]
    if missing:
        wanted = "; ".join(f"{key.variable(broker.key)} ({key.help})" for key in missing)
        raise ConfigurationError(f"the keys of {broker.name} are incomplete. Needed: {wanted}")
    for key in broker.keys:
        if keys[key.name] and (fault := key.form(keys[key.name])):
            raise ConfigurationError(f"{key.variable(broker.key)} {fault}")
    if broker.guess and given.get(GUESS) != ACCEPTED:
        raise ConfigurationError(
            f"{broker.name} rests on a guess: {broker.guess}. It was never tried with the broker itself; orders may "
            f"fail or be told wrongly. Who wants to use it all the same sets {prefix}{GUESS.upper()}={ACCEPTED}"
        )
    return keys


def _require_known(brokers: Mapping[str, Broker], named: Iterable[str], variable: str) -> None:
    """Every named broker is one of ours. Raises `ConfigurationError` with the variable that names another."""
    if unknown := sorted(set(named) - brokers.keys()):
        variables = ", ".join(variable.format(name.upper()) for name in unknown)
        raise ConfigurationError(f"{variables}: no such broker; there is {', '.join(brokers)}")
