"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys=(
        "Make an app under My Apps of the MO API portal; key and secret stand there. A vendor is given a short name, a "
        "client's own app is named by the client code."
    ),
    registered=(
        "Nothing of ours comes back beside the broker's own token. Each call tells the registered address and the MAC "
        "address of the network card, which are keys here."
    ),
    session="Also after 24 hours, which is later.",
    checks_addresses=True,
    addresses=(
        "Two for an app. Orders from others are refused (`MO2035`). For whom, and how often one may change, is "
        "not known."
    ),
    sources="Documentation of the MO trading API with its questions and answers; the official client of 2024.",
)
