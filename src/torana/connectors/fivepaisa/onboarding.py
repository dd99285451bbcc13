"""What it takes to have this broker live."""

from torana.connectors.contract import Onboarding

ONBOARDING = Onboarding(
    keys="Make an app on 5paisa's developer page. It shows USER_KEY, ENCRYPTION_KEY and USER_ID.",
    others=(
        "A user has one app that is no registered algorithm, with ten orders a second. What an app needs that "
        "serves other people is not known."
    ),
    registered="Whether the redirect address has to be registered is not known: it goes along with each login.",
    session=(
        "The token that the browser brings back is good for 30 seconds, as the official client and the samples "
        "say: a clock that is off can make every login fail."
    ),
    sources="Xstream documentation; the official client (`py5paisa` 0.7.21.2); 5paisa's community (761).",
)
