"""Samco (`samco`): Trade API v3.2, of June 2026.

Whoever logs in is asked for the app's own secret: only the client to whom the app belongs can.
"""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, Keys, Rate
from torana.connectors.samco import connector
from torana.connectors.samco.onboarding import ONBOARDING

BROKER = Broker(
    key="samco",
    name="Samco",
    monogram="SA",
    hue=168,
    hosts={"api": Host("https://tradeapi.samco.in", "/samco/api")},
    keys=(
        Key(
            "api_key",
            secret=False,
            required=True,
            help="the encrypted API key of your app, as Samco's dashboard mails it",
        ),
    ),
    signer=connector.sign,
    login=connector.SamcoLogin,
    logout=connector.SamcoLogout,
    orders=connector.SamcoOrders,
    portfolio=connector.SamcoPortfolio,
    quotes=connector.SamcoQuotes,
    rates=(Rate(Calls.ORDERS, 10),),  # Samco publishes no limits: the exchanges' own, beyond which an app needs an id
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={ExecutionMode.SERVER_API: Keys({"api_key": "sandbox-samco"})},
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "logout": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_DOCS,
        "order statuses": Evidence.GUESS,
        "refusals": Evidence.GUESS,
        "holdings": Evidence.GUESS,
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.OFFICIAL_DOCS,
        "quotes": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.GUESS,
    },
    guess="that its login, which asks for the secret of your own app, is for you alone; which words stand for the "
    "state of an order; what a refusal of an order and an empty order book look like; and which shares its holdings "
    "count. Its orders carry no number of ours: one whose answer was lost is known by security, side and quantity",
    one_client="its login asks whoever logs in for the secret of the app, which its owner alone has",
    onboarding=ONBOARDING,
)
