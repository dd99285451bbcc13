"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="Make an app under My Apps of SmartAPI. It has a key and no secret.",
    others=(
        "Providers who serve others have to be empanelled with the exchanges, and their programs to run on the "
        "broker's own servers; their orders come from the provider's or the client's address."
    ),
    registered=(
        "The postback address has to be https on port 443. Each call tells the registered address and the MAC "
        "address of the network card, which are keys here."
    ),
    checks_addresses=True,
    addresses=(
        "Only the primary one counts since 1 April 2026. Placing, changing and cancelling are checked (`AG7002`). "
        "How often it may be changed is not known."
    ),
    unproved="its login brings the token itself, and nothing is exchanged for it",
    sources="SmartAPI documentation; Angel One's news page on access from 1 April 2026.",
)
