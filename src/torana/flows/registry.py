"""The intents of this version: one line each."""

from typing import Any

from torana.events.types import EventTypes
from torana.flows.account_opening import AccountOpening, ConnectInstead
from torana.flows.connect import Connect
from torana.flows.contract import Flow
from torana.flows.fetch_funds import FetchFunds
from torana.flows.holdings_import import HoldingsImport
from torana.flows.securities import Securities
from torana.transactions.intents import Intents

FLOWS: Intents[Flow[Any]] = Intents(
    [
        Connect(),
        Securities(),
        FetchFunds(),
        HoldingsImport(),
        AccountOpening(),
        ConnectInstead(),
    ]
)

EVENT_TYPES: EventTypes = {event.name: event for flow in FLOWS for event in flow.events}
"""What partners are told by webhook."""
