"""Alice Blue (`aliceblue`): the ANT API, version 2 (A3), on Codifi's platform."""

from torana.connectors.aliceblue import connector
from torana.connectors.aliceblue.onboarding import ONBOARDING
from torana.connectors.codifi.connector import sign
from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, Keys, Rate

BROKER = Broker(
    key="aliceblue",
    name="Alice Blue",
    monogram="AB",
    hue=210,
    hosts={
        "api": Host("https://a3.aliceblueonline.com", "/aliceblue/api"),
        "web": Host("https://ant.aliceblueonline.com", "/aliceblue/web", called=False),
    },
    keys=(
        Key("api_key", secret=False, required=True, help="the app code of the app, from the developer portal"),
        Key("api_secret", secret=True, required=True, help="the API secret of the same app"),
    ),
    signer=sign,
    login=connector.AliceLogin,
    orders=connector.AliceOrders,
    portfolio=connector.AlicePortfolio,
    rates=(
        Rate(Calls.ORDERS, 10),
        *(Rate(calls, 1) for calls in (Calls.BOOK, Calls.HOLDINGS, Calls.POSITIONS, Calls.FUNDS)),
    ),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys({"api_key": "sandbox-aliceblue", "api_secret": "sandbox-aliceblue-secret"})
    },
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_DOCS,
        "order statuses": Evidence.GUESS,
        "refusals": Evidence.OFFICIAL_DOCS,
        "holdings": Evidence.GUESS,
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.GUESS,
        "refusal texts": Evidence.GUESS,
    },
    onboarding=ONBOARDING,
)
