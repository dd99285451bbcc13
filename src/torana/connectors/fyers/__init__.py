"""Fyers (`fyers`): API v3."""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.fyers import connector

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.FyersLogin,
    logout=connector.FyersLogout,
    orders=connector.FyersOrders,
    portfolio=connector.FyersPortfolio,
    authorisation=connector.FyersAuthorisation,
    quotes=connector.FyersQuotes,
    postbacks=connector.FyersPostbacks,
)
