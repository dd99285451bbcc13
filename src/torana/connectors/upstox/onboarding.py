"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="Make an app on Upstox's developer page; key and secret stand there.",
    others=(
        "An ordinary app belongs to one client and may place by API for that client. Apps for many clients are "
        "made by Upstox for partners who ask; they place in Upstox's own page (UpLink Business) and are refused "
        "by API."
    ),
    registered=(
        "The redirect address has to be sent exactly as it is registered. A postback address is looked at when "
        "the app is made: hosts of dynamic DNS services are refused since April 2026, so a stable name with a "
        "valid certificate is needed."
    ),
    session="A change of the registered address ends it at once. The order API rests from midnight to 05:30.",
    checks_addresses=True,
    addresses=(
        "A primary and a secondary one, each for one customer, one change in a week. Placing, changing and "
        "cancelling are checked, also of several orders at once."
    ),
    sources=(
        "Upstox developer documentation, v2 and v3; its announcement on the rules for programs; its community "
        "forum (14822)."
    ),
)
