"""The intents of this version: one line each."""

from typing import Any

from torana.connections.schemas import CONNECTION_EVENTS
from torana.events.types import EventTypes
from torana.flows.account_opening import AccountOpening, ConnectInstead
from torana.flows.authorise_holdings import AuthoriseHoldings
from torana.flows.basket_orders import Buy, Exit, Fix, InvestMore, Manage, PartialExit, Rebalance, Sip
from torana.flows.cancel_order import CancelAmo, CancelOrder
from torana.flows.connect import Connect
from torana.flows.contract import Flow
from torana.flows.fetch_funds import FetchFunds
from torana.flows.holdings_import import HoldingsImport
from torana.flows.mf_holdings_import import MfHoldingsImport
from torana.flows.onboarding import Onboarding
from torana.flows.securities import Securities
from torana.flows.show_orders import ShowOrders
from torana.flows.sip_setup import SipSetup
from torana.flows.smallplug import Smallplug
from torana.orders.schemas import HALTED, RESUMED
from torana.transactions.intents import Intents

FLOWS: Intents[Flow[Any]] = Intents(
    [
        Connect(),
        Onboarding(),
        Securities(),
        Buy(),
        InvestMore(),
        Sip(),
        Manage(),
        PartialExit(),
        Exit(),
        Rebalance(),
        Fix(),
        SipSetup(),
        FetchFunds(),
        MfHoldingsImport(),
        AuthoriseHoldings(),
        CancelOrder(),
        CancelAmo(),
        ShowOrders(),
        Smallplug(),
        HoldingsImport(),
        AccountOpening(),
        ConnectInstead(),
    ]
)

EVENT_TYPES: EventTypes = {event.name: event for flow in FLOWS for event in flow.events} | {
    event.name: event for event in (*CONNECTION_EVENTS, HALTED, RESUMED)
}
"""What partners are told by webhook."""
