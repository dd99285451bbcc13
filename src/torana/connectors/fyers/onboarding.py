"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="Make an app on Fyers' API dashboard and activate it by logging in to it once.",
    others="Platforms that serve others have to be empanelled with the exchanges and hosted at the broker.",
    registered=(
        "An app may have several webhooks, each with the states that it wants to hear of. One that fails three "
        "times is left alone for half an hour."
    ),
    session="One login each trading day; refresh tokens ended on 1 April 2026.",
    checks_addresses=True,
    addresses=(
        "The client's, or a family's. Order calls are checked, reads are not. How many there may be and how often "
        "one may change is not known."
    ),
    sources="API v3 documentation; Fyers' support pages on the rules for programs.",
)
