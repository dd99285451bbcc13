"""A gateway's brokers, colour and links: as an operator or a partner writes them, as they are kept."""

import re
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from torana.kit.errors import ConfigurationError
from torana.kit.letter_case import lower
from torana.partners.models import Mode

_TEST_SUFFIX = "-leprechaun"
LINKS = ("terms", "privacy", "help", "grievance")
"""What a partner may tell investors on pages of its own, in the order in which ours link to them."""
LONGEST_LINK = 500
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)


def broker_key(given: str, mode: Mode) -> str:
    """A broker as it is named here. The interface's name of a broker's test mode is the same broker: which world it is
    in follows from the gateway."""
    key = lower(given.strip())
    return key.removesuffix(_TEST_SUFFIX) if mode is Mode.TEST else key


def normal_brokers(given: Sequence[str], mode: Mode, known: Collection[str]) -> list[str]:
    """The keys, each once. Raises `ConfigurationError` for one that is not `known`."""
    keys = list(dict.fromkeys(broker_key(one, mode) for one in given))
    if unknown := [key for key in keys if key not in known]:
        raise ConfigurationError(f"{', '.join(map(repr, unknown))}: no such broker; there is {', '.join(known)}")
    return keys


def normal_link(name: str, given: str) -> str:
    """An address for investors: https, or mailto and tel of those who help. Raises `ConfigurationError`."""
    link = given.strip()
    parts = urlsplit(link) if link.isascii() and link.isprintable() and " " not in link else None
    whole = parts is not None and (
        (parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc)
        or (parts.scheme in ("mailto", "tel") and bool(parts.path))
    )
    if not whole or len(link) > LONGEST_LINK:
        raise ConfigurationError(f"{given!r} cannot be the link for {name}: write https://…, mailto:… or tel:…")
    return link


def normal_accent(given: str) -> str:
    """`#rrggbb` in lower case. Raises `ConfigurationError` for anything else."""
    colour = given.strip().lower()
    if _COLOUR.fullmatch(colour) is None:
        raise ConfigurationError(f"{given!r} cannot be the accent: write #rrggbb, six hexadecimal digits")
    return colour
