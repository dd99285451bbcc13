"""Upstox: API v2 and v3, and UpLink Business.

Apps that serve many clients may not place by API: they show the investor Upstox's own page (UpLink Business), which is
the default. An app of a single client may place by API.
"""

from torana.connectors.contract import Broker
from torana.connectors.declaration import declared
from torana.connectors.upstox import connector

BROKER = Broker(
    **declared(__name__),
    signer=connector.sign,
    login=connector.UpstoxLogin,
    logout=connector.UpstoxLogout,
    orders=connector.UpstoxOrders,
    tag_lookup=connector.UpstoxTagLookUp,
    browser_orders=connector.UpstoxBaskets,
    portfolio=connector.UpstoxPortfolio,
    quotes=connector.UpstoxQuotes,
    costs=connector.UpstoxCosts,
    postbacks=connector.UpstoxPostbacks,
)
