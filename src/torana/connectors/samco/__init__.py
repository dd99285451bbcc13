"""Samco (`samco`): Trade API v3.2, of June 2026.

Whoever logs in is asked for the app's own secret: only the client to whom the app belongs can.
"""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.samco import connector

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.SamcoLogin,
    logout=connector.SamcoLogout,
    orders=connector.SamcoOrders,
    portfolio=connector.SamcoPortfolio,
    quotes=connector.SamcoQuotes,
)
