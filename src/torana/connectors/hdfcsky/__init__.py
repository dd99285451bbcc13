"""HDFC Sky (`hdfcsky`): the Sky Open API. Login and prices are those of HDFC Securities' other product, in `hdfc`."""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.hdfc.connector import sign
from torana.connectors.hdfcsky import connector

BROKER = Broker(
    **declared(__name__),
    signer=sign,
    login=connector.SkyLogin,
    orders=connector.SkyOrders,
    portfolio=connector.SkyPortfolio,
    quotes=connector.SkyQuotes,
)
