"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys=(
        "Make an app at developers.kite.trade; key and secret stand on its page. An app of the kind Connect has "
        "all calls, Personal has no prices, Publisher has the login and orders in Kite's own page only."
    ),
    others=(
        "A key that many people log in with needs Zerodha's approval: write to them. Zerodha calls its own page "
        "for orders approved by the exchanges, so that orders there need no approval of a partner's screens."
    ),
    registered=(
        "One redirect address and one postback address for each app; http://127.0.0.1 may be registered for "
        "trying. Releasing shares at the depository from an app is a right that Zerodha enables for it, as users "
        "report."
    ),
    costs="A Connect app costs 500 rupees a month for each key. Personal and Publisher apps are free.",
    session=(
        "A logout, a newer login of the same person to the same app, and 'log out of all' at Kite's web site end "
        "it sooner."
    ),
    checks_addresses=True,
    addresses=(
        "Two for a developer account with all of its apps, IPv4 or IPv6, one change in a calendar week. They are "
        "declared to be the owner's and their immediate family's; an account that shares them otherwise may be "
        "suspended. Placing, changing and cancelling are checked."
    ),
    unproved="a one-time code that nobody was given is refused like wrong keys, as far as is documented",
    sources=(
        "Kite Connect v3 documentation; discussions 15912 and 15350 of its forum; Zerodha's support page on "
        "static addresses."
    ),
)
