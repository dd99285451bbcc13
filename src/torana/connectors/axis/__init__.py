"""Axis Direct (`axis`): its RAPID APIs."""

from torana.connectors.axis import connector
from torana.connectors.contract import Broker
from torana.connectors.declaration import declared

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.AxisLogin,
    orders=connector.AxisOrders,
    portfolio=connector.AxisPortfolio,
    quotes=connector.AxisQuotes,
)
