"""All connectors of an installation, by mode and broker."""

from collections.abc import Callable, Mapping

from torana.connectors import kite, upstox
from torana.connectors.contract import Capabilities, Connector, ExecutionMode
from torana.connectors.hosts import Hosts, live_hosts, test_hosts
from torana.connectors.setup import AppKeys, Broker, Setup
from torana.kit.errors import ConfigurationError, ToranaError
from torana.kit.http import HttpClient

BROKERS: Mapping[str, Broker] = {
    "kite": kite.BROKER,
    "upstox": upstox.BROKER,
}

MODES = ("test", "live")

ClientFactory = Callable[[str, str, frozenset[str]], HttpClient]
"""Makes the HTTP client of one connector: (mode, broker, origins that it may reach)."""


class NoSuchConnector(ToranaError):
    """This installation cannot speak to this broker in this mode."""


class Connectors:
    """What the composition root builds once. A test connector leads to the sandbox, a live one to the real broker."""

    def __init__(self, connectors: Mapping[tuple[str, str], Connector]) -> None:
        self._connectors = dict(connectors)

    @classmethod
    def build(
        cls,
        *,
        client: ClientFactory,
        keys: Mapping[str, AppKeys],
        sandbox_url: str,
        public_url: str,
        upstox_test_mode: str = "",
    ) -> "Connectors":
        """`keys` are the live ones, by broker; a broker without keys is not available live.

        Raises `ConfigurationError` for keys of a broker that we do not know, incomplete keys, a mode that the broker
        does not have, and a sandbox that is a real broker.
        """
        if unknown := keys.keys() - BROKERS.keys():
            raise ConfigurationError(f"no connector for {', '.join(sorted(unknown))}; there is {', '.join(BROKERS)}")
        test_modes = {"upstox": upstox_test_mode}
        connectors: dict[tuple[str, str], Connector] = {}
        for name, broker in BROKERS.items():
            mode = _execution_mode(name, broker, test_modes.get(name, ""))
            hosts = test_hosts(name, sandbox_url)
            connectors["test", name] = _make(broker, "test", hosts, broker.sandbox_keys[mode], public_url, mode, client)
        for name, app_keys in keys.items():
            broker = BROKERS[name]
            if not (app_keys.api_key and app_keys.api_secret):
                raise ConfigurationError(f"the keys of {name} are incomplete: api_key and api_secret are needed")
            mode = _execution_mode(name, broker, app_keys.mode)
            connectors["live", name] = _make(broker, "live", live_hosts(name), app_keys, public_url, mode, client)
        return cls(connectors)

    def get(self, mode: str, broker: str) -> Connector:
        """Raises `NoSuchConnector`."""
        try:
            return self._connectors[mode, broker]
        except KeyError:
            raise NoSuchConnector(f"no {mode} connector for {broker!r}") from None

    def available(self, mode: str) -> list[Capabilities]:
        """What can be offered to the investors of a gateway of this mode, in the order of the registry."""
        return [self._connectors[mode, name].capabilities for name in BROKERS if (mode, name) in self._connectors]


def _make(
    broker: Broker,
    mode: str,
    hosts: Hosts,
    keys: AppKeys,
    public_url: str,
    execution_mode: ExecutionMode,
    client: ClientFactory,
) -> Connector:
    name = broker.capabilities.broker
    return broker.connector(
        Setup(
            client=client(mode, name, hosts.origins),
            hosts=hosts,
            keys=keys,
            redirect_uri=f"{public_url.rstrip('/')}/portal/callback/{name}",
            execution_mode=execution_mode,
        )
    )


def _execution_mode(name: str, broker: Broker, given: str) -> ExecutionMode:
    if not given:
        return broker.default_mode
    if given not in broker.capabilities.execution_modes:
        raise ConfigurationError(f"{name} has no mode {given!r}: {', '.join(broker.capabilities.execution_modes)}")
    return ExecutionMode(given)
