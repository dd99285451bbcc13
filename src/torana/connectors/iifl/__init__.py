"""IIFL Capital (`iifl`): its Markets' APIs, on Codifi's platform."""

from torana.connectors.codifi.connector import sign
from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, Keys, Rate
from torana.connectors.iifl import connector
from torana.connectors.iifl.onboarding import ONBOARDING

BROKER = Broker(
    key="iifl",
    name="IIFL Capital",
    other_names=("IIFL Securities", "India Infoline"),
    monogram="IF",
    hue=22,
    hosts={
        "api": Host("https://api.iiflcapital.com", "/iifl/api"),
        "web": Host("https://markets.iiflcapital.com", "/iifl/web", called=False),
    },
    keys=(
        Key("api_key", secret=False, required=True, help="the app key of the app, from the developer portal"),
        Key("api_secret", secret=True, required=True, help="the app secret of the same app"),
        Key(
            "amounts",
            secret=False,
            required=True,
            help="`paise` or `rupees`: what the order book counts in, as one order of your own shows",
        ),
    ),
    signer=sign,
    login=connector.IiflLogin,
    logout=connector.IiflLogout,
    orders=connector.IiflOrders,
    portfolio=connector.IiflPortfolio,
    quotes=connector.IiflQuotes,
    rates=(
        *(Rate(calls, 10) for calls in (Calls.ORDERS, Calls.FUNDS, Calls.QUOTES)),
        *(Rate(calls, 3) for calls in (Calls.BOOK, Calls.HOLDINGS, Calls.POSITIONS)),
    ),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys(
            {"api_key": "sandbox-iifl", "api_secret": "sandbox-iifl-secret", "amounts": connector.PAISE}
        )
    },
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "logout": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_DOCS,
        "order statuses": Evidence.GUESS,
        "amounts of orders, holdings, positions, funds": Evidence.GUESS,
        "refusals": Evidence.OFFICIAL_DOCS,
        "holdings": Evidence.GUESS,
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.GUESS,
        "quotes": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.GUESS,
    },
    onboarding=ONBOARDING,
)
