"""HDFC Securities (`hdfc`): the InvestRight Open API."""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.hdfc import connector

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.HdfcLogin,
    orders=connector.HdfcOrders,
    portfolio=connector.HdfcPortfolio,
    quotes=connector.HdfcQuotes,
)
