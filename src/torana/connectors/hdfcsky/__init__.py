"""HDFC Sky (`hdfcsky`): the Sky Open API. Login and prices are those of HDFC Securities' other product, in `hdfc`."""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, Keys, Rate
from torana.connectors.hdfc.connector import sign
from torana.connectors.hdfcsky import connector
from torana.connectors.hdfcsky.onboarding import ONBOARDING

BROKER = Broker(
    key="hdfcsky",
    name="HDFC Sky",
    monogram="HY",
    hue=204,
    hosts={"api": Host("https://developer.hdfcsky.com", "/hdfcsky/api")},
    keys=(
        Key("api_key", secret=False, required=True, help="the API key of the app, from HDFC Sky's developer portal"),
        Key("api_secret", secret=True, required=True, help="the API secret of the same app"),
    ),
    signer=sign,
    login=connector.SkyLogin,
    orders=connector.SkyOrders,
    portfolio=connector.SkyPortfolio,
    quotes=connector.SkyQuotes,
    rates=(Rate(Calls.ORDERS, 10),),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys({"api_key": "sandbox-hdfcsky", "api_secret": "sandbox-hdfcsky-secret"})
    },
    verified={
        "login": Evidence.UNOFFICIAL_SOURCE,
        "orders": Evidence.OFFICIAL_DOCS,
        "order statuses": Evidence.UNOFFICIAL_SOURCE,
        "refusals": Evidence.GUESS,
        "holdings": Evidence.GUESS,
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.UNOFFICIAL_SOURCE,
        "quotes": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.GUESS,
    },
    guess=(
        "how its login comes back, whether its orders carry a number of fifteen digits, what its refusals mean, and "
        "how the shares of its holdings add up"
    ),
    onboarding=ONBOARDING,
)
