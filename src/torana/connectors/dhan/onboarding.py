"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys=(
        "Dhan gives a partner an id and a secret. An individual has an API key with a secret, and names the "
        "client whose they are."
    ),
    others="A partner's keys take everybody's login, an individual's take that of one client.",
    registered=(
        "The redirect address comes back with a stroke behind it, which is taken. A partner's postback comes for "
        "all clients, an individual's for the token that it was registered with; localhost is refused."
    ),
    costs="What the keys cost is not known. Prices come only for clients who pay for Dhan's data.",
    session=(
        "A newer login ends the one before, also that of another program of the same client, as users report. An "
        "individual's key has 25 beginnings of a login a day, of which `torana broker check` makes one."
    ),
    checks_addresses=True,
    addresses=(
        "A primary and a secondary one, each of one individual and no other; what was registered stays locked for "
        "seven days. The investor registers it at Dhan. Placing, changing and cancelling are checked (`DH-911`)."
    ),
    sources="DhanHQ v2 documentation; Dhan's community (61689).",
)
