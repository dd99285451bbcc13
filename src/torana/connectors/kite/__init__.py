"""Zerodha (`kite`): Kite Connect v3."""

from torana.connectors.contract import ExecutionMode
from torana.connectors.kite.connector import CAPABILITIES, KiteConnector
from torana.connectors.setup import AppKeys, Broker

_SANDBOX_APP = AppKeys("sandboxkite", "sandboxkite_secret")

BROKER = Broker(
    capabilities=CAPABILITIES,
    connector=KiteConnector,
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={ExecutionMode.SERVER_API: _SANDBOX_APP, ExecutionMode.REDIRECT_BASKET: _SANDBOX_APP},
)
