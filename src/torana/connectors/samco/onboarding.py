"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="Samco's dashboard mails the encrypted API key of your app, and its secret, which you paste at each login.",
    others=(
        "None can: whoever logs in is asked for the secret of the app, so that an installation serves the app's "
        "owner alone (`TORANA_SERVES=own`)."
    ),
    session="A one-time code that comes twice ends every token of the app; it is never sent twice from here.",
    checks_addresses=True,
    addresses="A primary and a secondary one for each app; one may change in a weekly slot. Order calls are checked.",
    unproved=(
        "its login takes a code and no key, and no code is made up, for one that comes twice ends every token of the "
        "app"
    ),
    sources="Trade API v3.2 documentation of June 2026.",
)
