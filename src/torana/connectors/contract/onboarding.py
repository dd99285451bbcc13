"""What it takes to have a broker live, before the first investor comes: what its documents say of it, as sentences, and
how its keys can be proved without an investor."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NOT_KNOWN = "Not known."
MADE_UP = "torana-check"
"""A one-time code that no broker gave anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """What the broker publishes of running an app of one's own there. Whole sentences; what nobody says is not known.
    Its pages in docs/brokers are made from this, and `torana broker check` says of it what to do."""

    keys: str = NOT_KNOWN
    """Where the keys come from."""
    others: str = NOT_KNOWN
    """What an app needs that serves other people than its owner."""
    registered: str = NOT_KNOWN
    """What is registered with the app, and what is odd about it, beside the redirect and postback addresses."""
    costs: str = NOT_KNOWN
    session: str = NOT_KNOWN
    """What ends a login beside its time."""
    checks_addresses: bool | None = None
    """Whether orders are taken from registered addresses only. None: this broker does not say; the exchanges' rule
    asks it of all (NSE/INVG/67858)."""
    addresses: str = NOT_KNOWN
    """How many addresses, for whom, and how often one may change."""
    unproved: str = "no call of it is known that tells"
    """Why nothing tells before the first login whether the broker knows the keys, where no `KeyProof` does. No whole
    sentence: it stands behind a colon."""
    sources: str = NOT_KNOWN
    """Where this is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProof:
    """A call of the login that needs no investor and tells whether the broker knows the keys. It places nothing.

    Either the beginning of a login, for which the broker is asked with the keys, or its end with a one-time code that
    nobody was given, which the broker refuses. Of brokers that have none, a first login proves the keys.
    """

    callback: Mapping[str, str] = field(default_factory=dict)
    """With which the made-up code comes back from the login; empty: the beginning is the proof."""
    wrong_keys: frozenset[str] = frozenset()
    """Codes of a refusal of the keys."""
    wrong_code: frozenset[str] = frozenset()
    """Codes of a refusal of nothing but the code."""
    wrong_address: frozenset[str] = frozenset()
    """What the page on which a login begins says of an app that nobody knows, or of another address to come back to
    than the registered one; empty where it is no page that tells."""
