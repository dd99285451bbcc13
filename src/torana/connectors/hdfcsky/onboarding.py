"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="Make an app on HDFC Sky's developer portal. An account has one active key.",
    others=(
        "Ask whether the app leads other people's logins back: of its sister product, HDFC Securities, one author "
        "found that it does not."
    ),
    session="The access token says when it ends.",
    checks_addresses=True,
    addresses="One for each account; what was registered stays locked for seven days. Order calls are checked.",
    unproved="which of its codes is about keys is not known",
    sources="Sky Open API documentation; HDFC Sky's own articles on it.",
)
