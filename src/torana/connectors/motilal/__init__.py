"""Motilal Oswal (`motilal`): the MO trading API, by the login of its own page."""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.motilal import connector

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.MotilalLogin,
    logout=connector.MotilalLogout,
    orders=connector.MotilalOrders,
    portfolio=connector.MotilalPortfolio,
    quotes=connector.MotilalQuotes,
)
