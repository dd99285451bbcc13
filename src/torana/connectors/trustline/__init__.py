"""Trustline (`trustline`), as if it were a broker on Symphony's XTS platform. See NOTES.md: nothing public says so."""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.xts import connector

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.XtsLogin,
    logout=connector.XtsLogout,
    orders=connector.XtsOrders,
    portfolio=connector.XtsPortfolio,
)
