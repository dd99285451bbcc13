"""Angel One (`angelbroking`): SmartAPI."""

from torana.connectors.angelbroking import connector
from torana.connectors.contract import Broker
from torana.connectors.declaration import declared

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.AngelLogin,
    logout=connector.AngelLogout,
    orders=connector.AngelOrders,
    portfolio=connector.AngelPortfolio,
    authorisation=connector.AngelAuthorisation,
    quotes=connector.AngelQuotes,
    costs=connector.AngelCosts,
    postbacks=connector.AngelPostbacks,
)
