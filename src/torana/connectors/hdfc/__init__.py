"""HDFC Securities (`hdfc`): the InvestRight Open API."""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, Keys, Rate
from torana.connectors.hdfc import connector
from torana.connectors.hdfc.onboarding import ONBOARDING

BROKER = Broker(
    key="hdfc",
    name="HDFC Securities",
    monogram="HS",
    hue=228,
    rank=4,
    hosts={"api": Host("https://developer.hdfcsec.com", "/hdfc/api")},
    keys=(
        Key("api_key", secret=False, required=True, help="the API key of the app, from InvestRight's developer portal"),
        Key("api_secret", secret=True, required=True, help="the API secret of the same app"),
    ),
    signer=connector.sign,
    login=connector.HdfcLogin,
    orders=connector.HdfcOrders,
    portfolio=connector.HdfcPortfolio,
    quotes=connector.HdfcQuotes,
    rates=(Rate(Calls.ORDERS, 10),),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={ExecutionMode.SERVER_API: Keys({"api_key": "sandbox-hdfc", "api_secret": "sandbox-hdfc-secret"})},
    verified={
        "login": Evidence.UNOFFICIAL_SOURCE,
        "orders": Evidence.OFFICIAL_DOCS,
        "order statuses": Evidence.GUESS,
        "refusals": Evidence.GUESS,
        "holdings": Evidence.GUESS,
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.GUESS,
        "quotes": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.GUESS,
    },
    guess=(
        "how its login comes back, which words stand for the state of an order, how its order book repeats our number, "
        "what a refusal looks like, and which shares its holdings count"
    ),
    onboarding=ONBOARDING,
)
