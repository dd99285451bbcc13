"""Zerodha (`kite`): Kite Connect v3."""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.kite import connector

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.KiteLogin,
    logout=connector.KiteLogout,
    orders=connector.KiteOrders,
    browser_orders=connector.KiteBaskets,
    portfolio=connector.KitePortfolio,
    authorisation=connector.KiteAuthorisation,
    quotes=connector.KiteQuotes,
    costs=connector.KiteCosts,
    postbacks=connector.KitePostbacks,
)
