"""All connectors of an installation, by mode and broker."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from torana.connectors import angelbroking, kite, upstox
from torana.connectors.contract import Capabilities, Connector, ExecutionMode
from torana.connectors.hosts import Hosts, live_hosts, sandbox_hosts
from torana.connectors.setup import AppKeys, Broker, Setup
from torana.kit.errors import ConfigurationError, ToranaError
from torana.kit.http import HttpClient
from torana.kit.outbound import BrokerClient

__all__ = ["BROKERS", "AppKeys", "Connectors", "NoSuchConnector"]

BROKERS: Mapping[str, Broker] = {
    "kite": kite.BROKER,
    "upstox": upstox.BROKER,
    "angelbroking": angelbroking.BROKER,
}


class Client(HttpClient, Protocol):
    """An HTTP client that somebody has to close."""

    async def close(self) -> None: ...


ClientFactory = Callable[[str, str, frozenset[str]], Client]
"""Makes the HTTP client of one connector: (mode, broker, origins that it may reach)."""


def broker_client(mode: str, broker: str, origins: frozenset[str]) -> Client:
    """The house's own: one pool per broker and mode, bound to these origins."""
    return BrokerClient(broker, origins, mode=mode)


class NoSuchConnector(ToranaError):
    """This installation cannot speak to this broker in this mode."""


class Connectors:
    """What the composition root builds once. A test connector leads to the sandbox, a live one to the real broker."""

    def __init__(self, connectors: Mapping[tuple[str, str], Connector], clients: Sequence[Client] = ()) -> None:
        self._connectors = dict(connectors)
        self._clients = tuple(clients)

    @classmethod
    def build(
        cls,
        *,
        keys: Mapping[str, AppKeys],
        sandbox_url: str,
        public_url: str,
        test_modes: Mapping[str, str] = MappingProxyType({}),
        client: ClientFactory = broker_client,
    ) -> "Connectors":
        """`keys` are the live ones, by broker; a broker without keys is not available live. `test_modes` are the
        execution modes with the simulated brokers, where they are not the broker's own default.

        Raises `ConfigurationError` for a broker that we do not know, incomplete keys, a mode that the broker does not
        have, and a sandbox that is a real broker.
        """
        _require_known(keys, "TORANA_BROKER_{}_…")
        _require_known(test_modes, "TORANA_TEST_MODE_{}")
        plans: dict[tuple[str, str], tuple[Hosts, AppKeys, ExecutionMode]] = {}
        for name, broker in BROKERS.items():
            mode = _execution_mode(broker, test_modes.get(name, ""), f"TORANA_TEST_MODE_{name.upper()}")
            plans["test", name] = sandbox_hosts(name, sandbox_url), broker.sandbox_keys[mode], mode
        for name, app_keys in keys.items():
            if not (app_keys.api_key and app_keys.api_secret):
                raise ConfigurationError(f"the keys of {name} are incomplete: api_key and api_secret are needed")
            mode = _execution_mode(BROKERS[name], app_keys.mode, f"TORANA_BROKER_{name.upper()}_MODE")
            plans["live", name] = live_hosts(name), app_keys, mode
        clients = {(mode, name): client(mode, name, hosts.origins) for (mode, name), (hosts, _, _) in plans.items()}
        redirect = f"{public_url.rstrip('/')}/portal/callback"
        connectors = {
            at: BROKERS[at[1]].connector(Setup(clients[at], hosts, app_keys, f"{redirect}/{at[1]}", mode))
            for at, (hosts, app_keys, mode) in plans.items()
        }
        return cls(connectors, list(clients.values()))

    def find(self, mode: str, broker: str) -> Connector | None:
        """None where there is none."""
        return self._connectors.get((mode, broker))

    def get(self, mode: str, broker: str) -> Connector:
        """Raises `NoSuchConnector`."""
        if (connector := self.find(mode, broker)) is None:
            raise NoSuchConnector(f"no {mode} connector for {broker!r}")
        return connector

    def available(self, mode: str) -> list[Capabilities]:
        """What can be offered to the investors of a gateway of this mode, in the order of the registry."""
        return [self._connectors[mode, name].capabilities for name in BROKERS if (mode, name) in self._connectors]

    async def close(self) -> None:
        for client in self._clients:
            await client.close()


def _require_known(named: Iterable[str], variable: str) -> None:
    """Every named broker is one of ours. Raises `ConfigurationError` with the variable that names another."""
    if unknown := sorted(set(named) - BROKERS.keys()):
        variables = ", ".join(variable.format(name.upper()) for name in unknown)
        raise ConfigurationError(f"{variables}: no such broker; there is {', '.join(BROKERS)}")


def _execution_mode(broker: Broker, given: str, variable: str) -> ExecutionMode:
    """The mode that the setting of this name asks for. Raises `ConfigurationError`."""
    if not given:
        return broker.default_mode
    if given not in (modes := broker.capabilities.execution_modes):
        raise ConfigurationError(f"{variable}: no mode {given!r}; there is {', '.join(modes)}")
    return ExecutionMode(given)
