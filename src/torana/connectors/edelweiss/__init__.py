"""Nuvama, once Edelweiss (`edelweiss`): the partner API, which API Connect shares."""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, Keys, Rate
from torana.connectors.contract.setup import ip_address
from torana.connectors.edelweiss import connector
from torana.connectors.edelweiss.onboarding import ONBOARDING

BROKER = Broker(
    key="edelweiss",
    name="Nuvama",
    other_names=("Nuvama Wealth",),
    monogram="NU",
    hue=268,
    hosts={
        "api": Host("https://nc.nuvamawealth.com", "/edelweiss/api"),
        "web": Host("https://www.nuvamawealth.com", "/edelweiss/web", called=False),
    },
    keys=(
        Key("api_key", secret=False, required=True, help="the API key, which is the vendor's name too"),
        Key("api_secret", secret=True, required=True, help="the vendor's password"),
        Key("app_id_key", secret=True, required=True, help="the first AppIdKey, as APIsupport@nuvama.com gives it"),
        Key(
            "public_ip",
            secret=False,
            required=False,
            help="the address that orders leave from, registered there too",
            form=ip_address,
        ),
    ),
    signer=connector.sign,
    login=connector.NuvamaLogin,
    logout=connector.NuvamaLogout,
    orders=connector.NuvamaOrders,
    portfolio=connector.NuvamaPortfolio,
    quotes=connector.NuvamaQuotes,
    rates=(Rate(Calls.ORDERS, 10),),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys(
            {
                "api_key": "sandbox-edelweiss",
                "api_secret": "sandbox-edelweiss-secret",
                "app_id_key": "sandbox-edelweiss-app-id",
            }
        )
    },
    verified={
        "login": Evidence.OFFICIAL_CLIENT,
        "logout": Evidence.OFFICIAL_CLIENT,
        "orders": Evidence.OFFICIAL_CLIENT,
        "order statuses": Evidence.GUESS,
        "refusals": Evidence.GUESS,
        "holdings": Evidence.GUESS,
        "positions": Evidence.UNOFFICIAL_SOURCE,
        "funds": Evidence.GUESS,
        "quotes": Evidence.GUESS,
        "refusal texts": Evidence.GUESS,
    },
    guess=(
        "the words for the state of an order, how the book says that it is empty, what a number of shares in the "
        "holdings counts, and whether a later AppIdKey ends an earlier one are guessed"
    ),
    onboarding=ONBOARDING,
)
