"""ONBOARDING: an investor who is new to the partner's app logs in at a broker. The interface names it and says that its
answer is that of a CONNECT; what it asks for beside that is not documented."""

from torana.flows.connect import Connect

_EXAMPLES = {"onboarding": {"intent": "ONBOARDING"}}


class Onboarding(Connect):
    intent = "ONBOARDING"
    title = "Onboarding"
    examples = _EXAMPLES
