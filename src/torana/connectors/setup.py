"""What a connector is built from, and what a broker's folder offers to the registry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torana.connectors.contract import Capabilities, Connector, ExecutionMode
from torana.connectors.hosts import Hosts
from torana.kit.http import HttpClient


@dataclass(frozen=True, slots=True)
class AppKeys:
    """What a broker gave the operator for one app."""

    api_key: str
    api_secret: str = field(repr=False)
    postback_secret: str = field(default="", repr=False)
    """The secret part of the postback's URL, at brokers that sign nothing."""
    mode: str = ""
    """`server_api` or `redirect_basket`; empty: the broker's own default."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything one connector needs to know. `client` reaches the hosts in `hosts` and no others."""

    client: HttpClient
    hosts: Hosts
    keys: AppKeys
    redirect_uri: str
    """Where the broker sends the browser after a login; registered with the app at the broker."""
    execution_mode: ExecutionMode


@dataclass(frozen=True, slots=True)
class Broker:
    """One broker as the registry knows it."""

    capabilities: Capabilities
    connector: Callable[[Setup], Connector]
    default_mode: ExecutionMode
    sandbox_keys: Mapping[ExecutionMode, AppKeys]
    """The apps that the simulated broker knows, by the way in which they may place orders."""
