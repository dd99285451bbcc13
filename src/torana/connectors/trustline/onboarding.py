"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys=(
        "Not known: the broker publishes nothing. On the platform that is assumed an app of the kind "
        "'interactive' has an app key and a secret key."
    ),
    unproved="a session of the app itself would tell, but users of the platform report that it ends others",
    sources=(
        "Nothing of this broker; what is said of Symphony's XTS platform comes from its official client and users "
        "of other brokers."
    ),
)
