"""5paisa (`fivepaisa`): Xstream."""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.fivepaisa import connector

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.FivePaisaLogin,
    orders=connector.FivePaisaOrders,
    portfolio=connector.FivePaisaPortfolio,
    quotes=connector.FivePaisaQuotes,
)
