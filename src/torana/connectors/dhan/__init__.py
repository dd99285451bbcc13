"""Dhan (`dhan`): DhanHQ, version 2."""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.dhan import connector

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.DhanLogin,
    orders=connector.DhanOrders,
    tag_lookup=connector.DhanTagLookUp,
    portfolio=connector.DhanPortfolio,
    authorisation=connector.DhanAuthorisation,
    quotes=connector.DhanQuotes,
    postbacks=connector.DhanPostbacks,
)
