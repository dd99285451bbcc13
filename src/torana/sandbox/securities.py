"""What the simulated exchanges list: every share and unit of a fund of the NSE and of the BSE in the gateway's packaged
list. A security is an exchange and a symbol; one company has one ISIN on both, and one balance in a demat account."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeAlias

from torana.market.listing import Listing, packaged
from torana.market.models import Security

NSE, BSE = "NSE", "BSE"
EXCHANGES = (NSE, BSE)

Named: TypeAlias = Security | str
"""A security, or its name: a symbol of the NSE alone, one of the BSE behind `BSE:`."""


@cache
def _listing() -> Listing:
    return packaged()


@cache
def listed(exchange: str = NSE) -> Mapping[str, Security]:
    """What this exchange trades, by symbol."""
    return _listing().by_symbols[exchange]


def find(exchange: str, symbol: str) -> Security | None:
    """None too for an exchange that is not simulated."""
    return listed(exchange).get(symbol) if exchange in EXCHANGES else None


def by_isin(isin: str, exchange: str = NSE) -> Security | None:
    return _listing().by_isin(isin, exchange)


def token_on(exchange: str, security: Security) -> int:
    """The number of this company's shares on an exchange, 0 where it does not list them."""
    found = by_isin(security.isin, exchange)
    return found.exchange_token if found else 0


def by_token(token: str, exchange: str = NSE) -> Security | None:
    """By the exchange's own number: on the BSE the scrip code."""
    return _listing().by_token(int(token), exchange) if token.isascii() and token.isdecimal() else None


def by_name(called: Callable[[Security], str]) -> Callable[[str, str], Security | None]:
    """Finds a security by its exchange and what a broker calls it."""

    @cache
    def known() -> Mapping[tuple[str, str], Security]:
        return {(where, called(one)): one for where in EXCHANGES for one in listed(where).values()}

    return lambda exchange, name: known().get((exchange, name))


def named(name: Named) -> Security:
    """Raises `KeyError` when it is not listed."""
    if isinstance(name, Security):
        return name
    exchange, _, symbol = name.rpartition(":")
    return listed(exchange or NSE)[symbol]


def name_of(security: Security) -> str:
    return security.symbol if security.exchange == NSE else f"{security.exchange}:{security.symbol}"


def with_series(security: Security) -> str:
    """`TCS-EQ`: as several brokers write symbols of the NSE. On the BSE the symbol alone, without the group."""
    return f"{security.symbol}-{security.series}" if security.exchange == NSE else security.symbol


def in_demat(isin: str) -> Security:
    """As what a demat account's shares of this ISIN are shown: listed on both exchanges, as that of the NSE."""
    found = by_isin(isin, NSE) or by_isin(isin, BSE)
    if found is None:
        raise KeyError(isin)
    return found
