"""Trustline (`trustline`), as if it were a broker on Symphony's XTS platform. See NOTES.md: nothing public says so."""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, FromKey, Host, Key, Keys, Rate
from torana.connectors.trustline.onboarding import ONBOARDING
from torana.connectors.xts import connector

BROKER = Broker(
    key="trustline",
    name="Trustline",
    monogram="TL",
    hue=265,
    hosts={"api": Host(FromKey("base_url"), "/trustline/api")},
    keys=(
        Key("base_url", secret=False, required=True, help="the address of the broker's XTS server, without a path"),
        Key("api_key", secret=False, required=True, help="the app key of the interactive app"),
        Key("api_secret", secret=True, required=True, help="the secret key of the same app"),
    ),
    signer=connector.sign,
    login=connector.XtsLogin,
    logout=connector.XtsLogout,
    orders=connector.XtsOrders,
    portfolio=connector.XtsPortfolio,
    rates=(
        Rate(Calls.ORDERS, 10),
        *(Rate(calls, 1) for calls in (Calls.BOOK, Calls.HOLDINGS, Calls.POSITIONS, Calls.FUNDS)),
    ),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys({"api_key": "sandbox-trustline", "api_secret": "sandbox-trustline-secret"})
    },
    verified={
        "login": Evidence.GUESS,
        "logout": Evidence.GUESS,
        "orders": Evidence.GUESS,
        "order statuses": Evidence.GUESS,
        "refusals": Evidence.GUESS,
        "holdings": Evidence.GUESS,
        "positions": Evidence.GUESS,
        "funds": Evidence.GUESS,
        "refusal texts": Evidence.GUESS,
    },
    guess="that this broker runs Symphony's XTS platform, and as other brokers on it do; it publishes nothing",
    onboarding=ONBOARDING,
)
