"""Dhan (`dhan`): DhanHQ, version 2."""

from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, KeyProof, Keys, Rate
from torana.connectors.dhan import connector
from torana.connectors.dhan.onboarding import ONBOARDING

BROKER = Broker(
    key="dhan",
    name="Dhan",
    monogram="D",
    hue=150,
    rank=6,
    hosts={
        "api": Host("https://api.dhan.co", "/dhan/api"),
        "auth": Host("https://auth.dhan.co", "/dhan/auth"),
        "cdsl": Host("https://edis.cdslindia.com", "/dhan/cdsl", called=False),
    },
    keys=(
        Key("api_key", secret=False, required=True, help="the partner id that Dhan gave, or an individual's API key"),
        Key("api_secret", secret=True, required=True, help="the partner secret, or the API secret of the same key"),
        Key(
            "client_id",
            secret=False,
            required=False,
            help="of an individual's API key: whose it is; else none",
            one_client="an individual's key (TORANA_BROKER_DHAN_CLIENT_ID) takes the login of one client",
        ),
        Key("postback_secret", secret=True, required=False, help="last part of the registered postback URL; else none"),
    ),
    signer=connector.sign,
    login=connector.DhanLogin,
    orders=connector.DhanOrders,
    tag_lookup=connector.DhanTagLookUp,
    portfolio=connector.DhanPortfolio,
    authorisation=connector.DhanAuthorisation,
    quotes=connector.DhanQuotes,
    postbacks=connector.DhanPostbacks,
    # Orders are also counted by the minute (250), the hour (1,000) and the day (7,000), other calls 20 in a second.
    rates=(Rate(Calls.ORDERS, 10), Rate(Calls.QUOTES, 1)),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys(
            {
                "api_key": "sandbox-dhan",
                "api_secret": "sandbox-dhan-secret",
                "postback_secret": "sandbox-postback-secret",
            }
        )
    },
    verified={
        "login": Evidence.OFFICIAL_DOCS,
        "orders": Evidence.OFFICIAL_CLIENT,
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
    key_proof=KeyProof(),
)
