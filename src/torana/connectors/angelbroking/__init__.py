"""Angel One (`angelbroking`): SmartAPI."""

from torana.connectors.angelbroking import connector
from torana.connectors.angelbroking.onboarding import ONBOARDING
from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, Keys, Rate
from torana.connectors.contract.setup import ip_address, mac_address

BROKER = Broker(
    key="angelbroking",
    name="Angel One",
    other_names=("Angel Broking",),
    monogram="A1",
    hue=32,
    rank=2,
    hosts={
        "api": Host("https://apiconnect.angelone.in", "/angelbroking/api"),
        "web": Host("https://smartapi.angelone.in", "/angelbroking/web", called=False),
        "cdsl": Host("https://edis.cdslindia.com", "/angelbroking/cdsl", called=False),
    },
    keys=(
        Key("api_key", secret=False, required=True, help="the API key of the app, from SmartAPI's My Apps; no secret"),
        Key(
            "public_ip",
            secret=False,
            required=True,
            help="the address that orders leave from, registered there too",
            form=ip_address,
        ),
        Key(
            "mac_address",
            secret=False,
            required=True,
            help="of this server's network card; SmartAPI wants it told",
            form=mac_address,
        ),
        Key(
            "local_ip",
            secret=False,
            required=False,
            help="this server's own address, where it is another one",
            form=ip_address,
        ),
        Key("postback_secret", secret=True, required=False, help="last part of the registered postback URL; else none"),
    ),
    signer=connector.sign,
    login=connector.AngelLogin,
    logout=connector.AngelLogout,
    orders=connector.AngelOrders,
    portfolio=connector.AngelPortfolio,
    authorisation=connector.AngelAuthorisation,
    quotes=connector.AngelQuotes,
    costs=connector.AngelCosts,
    postbacks=connector.AngelPostbacks,
    rates=(
        Rate(Calls.ORDERS, 9),
        Rate(Calls.BOOK, 1),
        Rate(Calls.HOLDINGS, 1),
        Rate(Calls.POSITIONS, 1),
        Rate(Calls.FUNDS, 2),
        Rate(Calls.QUOTES, 10),
        Rate(Calls.MARGINS, 8),
        Rate(Calls.CHARGES, 1),
    ),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys(
            {
                "api_key": "sandbox-angelbroking",
                "public_ip": "127.0.0.1",
                "mac_address": "02:00:00:00:00:01",
                "postback_secret": "sandbox-postback-secret",
            }
        )
    },
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "logout": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_CLIENT,
        "order statuses": Evidence.OFFICIAL_DOCS,
        "refusals": Evidence.OFFICIAL_DOCS,
        "holdings": Evidence.GUESS,
        "authorisation": Evidence.OFFICIAL_DOCS,
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.OFFICIAL_DOCS,
        "quotes": Evidence.OFFICIAL_DOCS,
        "margin": Evidence.OFFICIAL_DOCS,
        "charges": Evidence.OFFICIAL_DOCS,
        "postback": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.GUESS,
    },
    onboarding=ONBOARDING,
)
