"""Instrument keys.

Source: Upstox developer API documentation, instruments (JSON).
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from torana.market.securities import Security
from torana.sandbox.prices import listed

SEGMENT = "NSE_EQ"


def instrument_key(security: Security) -> str:
    """`NSE_EQ|` and the ISIN."""
    return f"{SEGMENT}|{security.isin}"


def find_by_key(key: str) -> Security | None:
    """The security of an instrument key, in exactly its case; None for any other segment."""
    return _by_key().get(key)


@cache
def _by_key() -> Mapping[str, Security]:
    return MappingProxyType({instrument_key(security): security for security in listed().values()})
