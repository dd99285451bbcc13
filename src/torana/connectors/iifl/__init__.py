"""IIFL Capital (`iifl`): its Markets' APIs, on Codifi's platform."""

from torana.connectors.codifi.connector import sign
from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.iifl import connector

BROKER = Broker(
    **declared(__name__),
    signer=sign,
    login=connector.IiflLogin,
    logout=connector.IiflLogout,
    orders=connector.IiflOrders,
    portfolio=connector.IiflPortfolio,
    quotes=connector.IiflQuotes,
)
