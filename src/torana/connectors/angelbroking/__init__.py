"""Angel One (`angelbroking`): SmartAPI."""

from torana.connectors.angelbroking.connector import CAPABILITIES, AngelConnector
from torana.connectors.contract import ExecutionMode
from torana.connectors.setup import AppKeys, Broker

BROKER = Broker(
    capabilities=CAPABILITIES,
    connector=AngelConnector,
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={ExecutionMode.SERVER_API: AppKeys("sandbox-angelbroking", "", "sandbox-postback-secret")},
)
