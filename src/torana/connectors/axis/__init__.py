"""Axis Direct (`axis`): its RAPID APIs."""

from torana.connectors.axis import connector
from torana.connectors.axis.onboarding import ONBOARDING
from torana.connectors.contract import Broker, Calls, Evidence, ExecutionMode, Host, Key, KeyProof, Keys, Rate

BROKER = Broker(
    key="axis",
    name="Axis Direct",
    other_names=("Axis Securities",),
    monogram="AX",
    hue=330,
    hosts={
        "auth": Host("https://welcome-api.axisdirect.in", "/axis/auth"),
        "api": Host("https://invest-api.axisdirect.in", "/axis/api"),
        "funds": Host("https://funds-api.axisdirect.in", "/axis/funds"),
    },
    keys=(
        Key("api_key", secret=False, required=True, help="the X-API-CLIENT-ID that Axis Securities gave the app"),
        Key("api_secret", secret=True, required=True, help="the AUTHORIZATION_KEY of the same app"),
    ),
    signer=connector.sign,
    login=connector.AxisLogin,
    orders=connector.AxisOrders,
    portfolio=connector.AxisPortfolio,
    quotes=connector.AxisQuotes,
    rates=(Rate(Calls.ORDERS, 10),),
    default_mode=ExecutionMode.SERVER_API,
    sandbox_keys={
        ExecutionMode.SERVER_API: Keys({"api_key": "sandbox-axis", "api_secret": "sandbox-axis-authorization"})
    },
    verified={
        "envelope": Evidence.OFFICIAL_DOCS,
        "login": Evidence.UNOFFICIAL_SOURCE,
        "requests of orders": Evidence.UNOFFICIAL_SOURCE,
        "answers to orders": Evidence.GUESS,
        "order statuses": Evidence.GUESS,
        "refusals": Evidence.GUESS,
        "holdings": Evidence.GUESS,
        "positions": Evidence.GUESS,
        "funds": Evidence.GUESS,
        "quotes": Evidence.GUESS,
        "instruments": Evidence.GUESS,
    },
    guess="Axis Direct publishes how bodies are encrypted and no more; requests are as a client of others has them, "
    "and what answers hold (states of orders, refusals, holdings, funds, prices, the list of securities) is guessed",
    onboarding=ONBOARDING,
    key_proof=KeyProof(),
)
