"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="APIsupport@nuvama.com gives a vendor the API key, the password and the first AppIdKey.",
    others=(
        "The partner interface is for vendors, who serve other people; all of them share the vendor's session at "
        "Nuvama."
    ),
    session=(
        "The vendor's session lives for 24 hours, and no login outlives it. A logout of the vendor, which is "
        "never sent from here, would end all logins."
    ),
    checks_addresses=True,
    addresses=(
        "A static address is mandatory. How many there may be, for whom, and how often one may change is not known."
    ),
    unproved=(
        "a vendor's login would tell, but all investors share its session, and whether a second one ends it is not "
        "known"
    ),
    sources="Nuvama's partner documentation, as far as it can be read; the official client (`apiconnect` 2.0.12).",
)
