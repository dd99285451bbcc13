"""How a browser proves that it is the one: the visit's cookie, the token in its forms, the ticket for the way back.

The cookie is the only secret that is stored nowhere but in the browser; everything else is derived from it, and the
database keeps hashes.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from urllib.parse import urlsplit

from torana.connectors.hosts import origin
from torana.partners.origins import is_allowed

VISIT_COOKIE = "torana_visit"
LOGIN_COOKIE = "torana_login"
LOGIN_PATH = "/portal/callback"
BROWSER_COOKIE = "torana_browser"
_BROWSER = re.compile(r"[0-9A-Za-z_-]{43}", re.ASCII)
VISIT_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_TICKET = re.compile(r"([a-z][a-z0-9_-]{1,62})\.([0-9a-f]{24})\.([lb])([0-9a-f]{32})", re.ASCII)


class Purpose(StrEnum):
    """What the browser went to the broker for."""

    LOGIN = "l"
    BASKET = "b"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the broker gives back (its `state`), or what the cookie holds where it gives nothing back."""

    gateway: str
    visit_id: str
    purpose: Purpose
    nonce: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.gateway}.{self.visit_id}.{self.purpose}{self.nonce}"

    @property
    def hash(self) -> bytes:
        return hashed(str(self))


def read_ticket(text: str) -> Ticket | None:
    """None for what cannot be one of ours."""
    found = _TICKET.fullmatch(text)
    return None if found is None else Ticket(found[1], found[2], Purpose(found[3]), found[4])


def make_ticket(cookie: str, gateway: str, visit_id: str, purpose: Purpose, given_at: datetime) -> Ticket:
    """The ticket given at that moment: the same as long as cookie and moment are, so that a reload changes nothing."""
    return Ticket(gateway, visit_id, purpose, _derived(cookie, f"{purpose}|{given_at.timestamp()}")[:32])


def hashed(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def matches(secret: str, its_hash: bytes | None) -> bool:
    return its_hash is not None and hmac.compare_digest(hashed(secret), its_hash)


def browser_cookie(gateway: str, *, https: bool) -> str:
    """The name of the cookie by which a browser is known again at one gateway. On https no other host can set it."""
    return f"{'__Host-' if https else ''}{BROWSER_COOKIE}_{gateway}"


def browser_secret(given: str) -> str:
    """The browser's own secret, or a new one where it brings none that is ours."""
    return given if _BROWSER.fullmatch(given) else secrets.token_urlsafe(32)


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def is_on_allowed_origin(url: str, allowed: Sequence[str]) -> bool:
    """Whether a whole address lies on an allowed origin. Nothing that two readers could read differently is let by."""
    if not url.isascii() or not url.isprintable() or any(character in url for character in "\\ "):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and "@" not in parts.netloc and is_allowed(origin(url), allowed)
    except ValueError:
        return False


def _derived(cookie: str, use: str) -> str:
    return hmac.digest(cookie.encode(), use.encode(), "sha256").hex()
