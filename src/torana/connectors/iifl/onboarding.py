"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="Make an app on IIFL Capital's developer portal. It has an app key and an app secret.",
    others=(
        "Orders have a field in which fintech partners name themselves, so that there are some. How one becomes "
        "one is not known."
    ),
    registered=(
        "What the order book counts in, paise or rupees, has to be said by `TORANA_BROKER_IIFL_AMOUNTS`: place "
        "one order of your own and compare."
    ),
    session="A login each trading day.",
    unproved="the secret goes into a checksum with the code of a login",
    sources="Documentation of IIFL Capital's Markets' APIs.",
)
