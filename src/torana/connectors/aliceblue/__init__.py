"""Alice Blue (`aliceblue`): the ANT API, version 2 (A3), on Codifi's platform."""

from torana.connectors.aliceblue import connector
from torana.connectors.codifi.connector import sign
from torana.connectors.contract import Broker
from torana.connectors.declaration import declared

BROKER = Broker(
    **declared(__name__),
    signer=sign,
    login=connector.AliceLogin,
    orders=connector.AliceOrders,
    portfolio=connector.AlicePortfolio,
)
