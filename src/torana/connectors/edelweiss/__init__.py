"""Nuvama, once Edelweiss (`edelweiss`): the partner API, which API Connect shares."""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.edelweiss import connector

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.NuvamaLogin,
    logout=connector.NuvamaLogout,
    orders=connector.NuvamaOrders,
    portfolio=connector.NuvamaPortfolio,
    quotes=connector.NuvamaQuotes,
)
