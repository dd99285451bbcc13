"""Fyers (`fyers`): API v3."""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, KeyProof, Keys, Rate
from torana.connectors.contract.onboarding import MADE_UP
from torana.connectors.fyers import connector
from torana.connectors.fyers.onboarding import ONBOARDING

BROKER = Broker(
    key="fyers",
    name="Fyers",
    monogram="F",
    hue=222,
    hosts={
        "api": Host("https://api-t1.fyers.in", "/fyers/api"),
        "edis": Host("https://api.fyers.in", "/fyers/edis"),
        "cdsl": Host("https://edis.cdslindia.com", "/fyers/cdsl", called=False),
    },
    keys=(
        Key("api_key", secret=False, required=True, help="the App ID of the app, from the API dashboard"),
        Key("api_secret", secret=True, required=True, help="the app secret of the same app"),
        Key("postback_secret", secret=True, required=False, help="last part of the registered webhook URL; else none"),
    ),
    signer=connector.sign,
    login=connector.FyersLogin,
    logout=connector.FyersLogout,
    orders=connector.FyersOrders,
    portfolio=connector.FyersPortfolio,
    authorisation=connector.FyersAuthorisation,
    quotes=connector.FyersQuotes,
    postbacks=connector.FyersPostbacks,
    # Fyers takes ten orders a second, ten calls a second and 200 a minute, and blocks a client for the rest of the day
    # after more than three minutes with too many. Ten orders in five seconds and a book each second stay below that.
    rates=(
        Rate(Calls.ORDERS, 10, 5.0),
        Rate(Calls.BOOK, 1),
        Rate(Calls.HOLDINGS, 1),
        Rate(Calls.POSITIONS, 1),
        Rate(Calls.FUNDS, 1),
        Rate(Calls.QUOTES, 1),
    ),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys(
            {
                "api_key": "sandbox-fyers-100",
                "api_secret": "sandbox-fyers-100-secret",
                "postback_secret": "sandbox-postback-secret",
            }
        )
    },
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "logout": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_DOCS,
        "order statuses": Evidence.OFFICIAL_DOCS,
        "refusals": Evidence.OFFICIAL_DOCS,
        "holdings": Evidence.GUESS,
        "authorisation": Evidence.GUESS,
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.GUESS,
        "quotes": Evidence.OFFICIAL_DOCS,
        "postback": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.UNOFFICIAL_SOURCE,
    },
    onboarding=ONBOARDING,
    key_proof=KeyProof(
        callback={"auth_code": MADE_UP}, wrong_keys=frozenset({"-371", "-352"}), wrong_code=frozenset({"-374"})
    ),
)
