"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="Axis Securities issues the client id and the authorization key: ask them.",
    registered="Nothing: the address to come back to goes along with each login, as the client of others does it.",
    sources="The published introduction of the RAPID APIs, and a client of others (`rapidapi-axisdirect` 0.0.2).",
)
