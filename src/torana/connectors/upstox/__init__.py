"""Upstox: API v2 and v3, and UpLink Business.

Apps that serve many clients may not place by API: they show the investor Upstox's own page (UpLink Business), which is
the default. An app of a single client may place by API.
"""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, KeyProof, Keys, Rate
from torana.connectors.contract.onboarding import MADE_UP
from torana.connectors.opening_link import OPENING_KEYS, SANDBOX_OPENING, OpeningLink, opening_host
from torana.connectors.upstox import connector
from torana.connectors.upstox.onboarding import ONBOARDING


def _sandbox_app(name: str) -> Keys:
    app = {"api_key": name, "api_secret": f"{name}-secret", "postback_secret": "sandbox-postback-secret"}
    return Keys(app | SANDBOX_OPENING)


BROKER = Broker(
    key="upstox",
    name="Upstox",
    monogram="U",
    hue=268,
    rank=3,
    hosts={
        "api": Host("https://api.upstox.com", "/upstox/api"),
        "hft": Host("https://api-hft.upstox.com", "/upstox/api"),
        "opening": opening_host("upstox"),
    },
    keys=(
        Key("api_key", secret=False, required=True, help="the API key of the app, from Upstox's developer page"),
        Key("api_secret", secret=True, required=True, help="the API secret of the same app"),
        Key(
            "postback_secret",
            secret=True,
            required=False,
            help="the last part of the postback URL that is registered with the app; without it no postback is taken",
        ),
        *OPENING_KEYS,
    ),
    signer=connector.sign,
    login=connector.UpstoxLogin,
    logout=connector.UpstoxLogout,
    orders=connector.UpstoxOrders,
    tag_lookup=connector.UpstoxTagLookUp,
    browser_orders=connector.UpstoxBaskets,
    portfolio=connector.UpstoxPortfolio,
    quotes=connector.UpstoxQuotes,
    costs=connector.UpstoxCosts,
    postbacks=connector.UpstoxPostbacks,
    account_opening=OpeningLink,
    # Upstox counts by second (10 orders, 50 of others), by minute (500) and by half an hour (2,000), for each call and
    # client. Held back is by the second only: what goes beyond the longer spans is refused, and that is `RateLimited`.
    rates=(Rate(Calls.ORDERS, 10), Rate(Calls.MARGINS, 8), Rate(Calls.CHARGES, 8)),
    default_mode=ExecutionMode.REDIRECT_BASKET,
    sandbox_keys={
        ExecutionMode.REDIRECT_BASKET: _sandbox_app("sandbox-upstox-multi"),
        ExecutionMode.SERVER_API: _sandbox_app("sandbox-upstox-single"),
    },
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "logout": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_DOCS,
        "order statuses": Evidence.OFFICIAL_DOCS,
        "refusals": Evidence.OFFICIAL_DOCS,
        "basket": Evidence.OFFICIAL_DOCS,
        "holdings": Evidence.OFFICIAL_CLIENT,
        "positions": Evidence.OFFICIAL_CLIENT,
        "funds": Evidence.OFFICIAL_DOCS,
        "quotes": Evidence.OFFICIAL_DOCS,
        "margin": Evidence.OFFICIAL_DOCS,
        "charges": Evidence.OFFICIAL_DOCS,
        "account opening": Evidence.GUESS,
        "postback": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.UNOFFICIAL_SOURCE,
    },
    one_client="its apps belong to one client each, and those for many clients are refused by API (`UDAPI100049`)",
    onboarding=ONBOARDING,
    key_proof=KeyProof(
        callback={"code": MADE_UP},
        wrong_keys=frozenset({"UDAPI100069"}),
        wrong_code=frozenset({"UDAPI100057"}),
        wrong_address=frozenset({"UDAPI100068"}),
    ),
)
