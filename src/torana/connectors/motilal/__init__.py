"""Motilal Oswal (`motilal`): the MO trading API, by the login of its own page."""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, Keys, Rate
from torana.connectors.contract.setup import ip_address, mac_address
from torana.connectors.motilal import connector
from torana.connectors.motilal.onboarding import ONBOARDING

BROKER = Broker(
    key="motilal",
    name="Motilal Oswal",
    other_names=("MOFSL", "MO Investor"),
    monogram="MO",
    hue=48,
    rank=5,
    hosts={
        "api": Host("https://openapi.motilaloswal.com", "/motilal/api"),
        "web": Host("https://invest.motilaloswal.com", "/motilal/web", called=False),
    },
    keys=(
        Key("api_key", secret=False, required=True, help="the API key of the app, from the MO API portal's My Apps"),
        Key("api_secret", secret=True, required=True, help="the API secret key of the same app"),
        Key(
            "vendor", secret=False, required=True, help="the vendor's short name; of a client's own app the client code"
        ),
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
            help="of this server's network card; every call tells it",
            form=mac_address,
        ),
        Key(
            "local_ip",
            secret=False,
            required=False,
            help="this server's own address, where it is another one",
            form=ip_address,
        ),
    ),
    signer=connector.sign,
    login=connector.MotilalLogin,
    logout=connector.MotilalLogout,
    orders=connector.MotilalOrders,
    portfolio=connector.MotilalPortfolio,
    quotes=connector.MotilalQuotes,
    rates=(Rate(Calls.ORDERS, 10),),  # of each exchange and client; no limit of reads is published
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys(
            {
                "api_key": "sandbox-motilal",
                "api_secret": "sandbox-motilal-secret",
                "vendor": "SANDBOX",
                "public_ip": "127.0.0.1",
                "mac_address": "02:00:00:00:00:01",
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
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.GUESS,
        "quotes": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.GUESS,
    },
    guess="that a sale of shares goes out as SELLFROMDP; that the prices of its order book are rupees; which state an "
    "after-market order shows until the morning; what an empty order book looks like; which shares its holdings count; "
    "and which lines of its margin report are cash",
    onboarding=ONBOARDING,
)
