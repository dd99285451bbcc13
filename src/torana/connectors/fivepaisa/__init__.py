"""5paisa (`fivepaisa`): Xstream."""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, KeyProof, Keys, Rate
from torana.connectors.contract.onboarding import MADE_UP
from torana.connectors.fivepaisa import connector
from torana.connectors.fivepaisa.onboarding import ONBOARDING

BROKER = Broker(
    key="fivepaisa",
    name="5paisa",
    other_names=("Five Paisa",),
    monogram="5P",
    hue=358,
    hosts={
        "api": Host("https://openapi.5paisa.com", "/fivepaisa/api"),
        "web": Host("https://dev-openapi.5paisa.com", "/fivepaisa/web", called=False),
    },
    keys=(
        Key(
            "api_key", secret=False, required=True, help="the app's USER_KEY, from 5paisa's developer page (VendorKey)"
        ),
        Key("api_secret", secret=True, required=True, help="the ENCRYPTION_KEY of the same app"),
        Key("user_id", secret=True, required=True, help="the USER_ID of the same app; no client's"),
    ),
    signer=connector.sign,
    login=connector.FivePaisaLogin,
    orders=connector.FivePaisaOrders,
    portfolio=connector.FivePaisaPortfolio,
    quotes=connector.FivePaisaQuotes,
    rates=(Rate(Calls.ORDERS, 10),),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys(
            {
                "api_key": "sandbox-fivepaisa",
                "api_secret": "sandbox-fivepaisa-encryption",
                "user_id": "sandbox-fivepaisa-user",
            }
        )
    },
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_DOCS,
        "order statuses": Evidence.OFFICIAL_DOCS,
        "refusals": Evidence.OFFICIAL_DOCS,
        "holdings": Evidence.GUESS,
        "positions": Evidence.OFFICIAL_DOCS,
        "funds": Evidence.OFFICIAL_DOCS,
        "quotes": Evidence.OFFICIAL_DOCS,
        "refusal texts": Evidence.GUESS,
    },
    onboarding=ONBOARDING,
    key_proof=KeyProof(callback={"RequestToken": MADE_UP}, wrong_keys=frozenset({"head 2"})),
)
