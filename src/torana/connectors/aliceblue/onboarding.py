"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="Make an app on the developer portal of the ANT API. It has an app code and an API secret.",
    others=(
        "An app of a vendor is approved by Alice Blue's administration; people log in on the same page as with an "
        "app of their own."
    ),
    session="The documents ask for a login each trading day.",
    unproved="the secret goes into a checksum with the code of a login, and a wrong one is refused like a wrong code",
    sources="ANT API (A3) documentation, its pages for vendors and on authentication.",
)
