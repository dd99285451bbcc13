"""Zerodha (`kite`): Kite Connect v3."""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, Keys, Rate
from torana.connectors.kite import connector
from torana.connectors.kite.onboarding import ONBOARDING
from torana.connectors.opening_link import OPENING_KEYS, SANDBOX_OPENING, OpeningLink, opening_host

_SANDBOX_APP = Keys({"api_key": "sandboxkite", "api_secret": "sandboxkite_secret", **SANDBOX_OPENING})

BROKER = Broker(
    key="kite",
    name="Zerodha",
    monogram="Z",
    hue=14,
    rank=1,
    hosts={
        "api": Host("https://api.kite.trade", "/kite/api"),
        "web": Host("https://kite.zerodha.com", "/kite/web", called=False),
        "opening": opening_host("kite"),
    },
    keys=(
        Key("api_key", secret=False, required=True, help="the API key of the app, from developers.kite.trade"),
        Key("api_secret", secret=True, required=True, help="the API secret of the same app"),
        *OPENING_KEYS,
    ),
    signer=connector.sign,
    login=connector.KiteLogin,
    logout=connector.KiteLogout,
    orders=connector.KiteOrders,
    browser_orders=connector.KiteBaskets,
    portfolio=connector.KitePortfolio,
    authorisation=connector.KiteAuthorisation,
    quotes=connector.KiteQuotes,
    costs=connector.KiteCosts,
    postbacks=connector.KitePostbacks,
    account_opening=OpeningLink,
    rates=(Rate(Calls.ORDERS, 10), Rate(Calls.QUOTES, 1), Rate(Calls.MARGINS, 5), Rate(Calls.CHARGES, 5)),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={ExecutionMode.SERVER_API: _SANDBOX_APP, ExecutionMode.REDIRECT_BASKET: _SANDBOX_APP},
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "logout": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_CLIENT,
        "order statuses": Evidence.OFFICIAL_DOCS,
        "refusals": Evidence.OFFICIAL_DOCS,
        "basket": Evidence.OFFICIAL_DOCS,
        "holdings": Evidence.OFFICIAL_DOCS,
        "authorisation": Evidence.OFFICIAL_DOCS,
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.OFFICIAL_DOCS,
        "quotes": Evidence.OFFICIAL_CLIENT,
        "margin": Evidence.OFFICIAL_CLIENT,
        "charges": Evidence.OFFICIAL_CLIENT,
        "account opening": Evidence.GUESS,
        "postback": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.UNOFFICIAL_SOURCE,
    },
    onboarding=ONBOARDING,
)
