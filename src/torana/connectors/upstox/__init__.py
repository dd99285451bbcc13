"""Upstox: API v2 and v3, and UpLink Business."""

from torana.connectors.contract import ExecutionMode
from torana.connectors.setup import AppKeys, Broker
from torana.connectors.upstox.connector import CAPABILITIES, UpstoxConnector

_POSTBACK_SECRET = "sandbox-postback-secret"

BROKER = Broker(
    capabilities=CAPABILITIES,
    connector=UpstoxConnector,
    default_mode=ExecutionMode.REDIRECT_BASKET,
    sandbox_keys={
        ExecutionMode.REDIRECT_BASKET: AppKeys("sandbox-upstox-multi", "sandbox-upstox-multi-secret", _POSTBACK_SECRET),
        ExecutionMode.SERVER_API: AppKeys("sandbox-upstox-single", "sandbox-upstox-single-secret", _POSTBACK_SECRET),
    },
)
