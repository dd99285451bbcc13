"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="Make an app on InvestRight's developer portal.",
    others=(
        "Ask whether the app leads other people's logins back: the author of one client found that apps of the "
        "kind 'individual' never do."
    ),
    registered="The form of an app asks for a static address as well.",
    session="The access token says when it ends; eight hours in the documented sample.",
    checks_addresses=True,
    addresses="How many there may be, for whom, and how often one may change is not known.",
    unproved="its refusals have no codes, so that wrong keys and a wrong code are not told apart",
    sources="InvestRight Open API documentation; clients of others.",
)
