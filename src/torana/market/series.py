"""What a series of the NSE or a group of the BSE holds.

Sources: the exchanges' descriptions of their series and groups, and the kinds of the packaged list, which agree with
this table but for REITs, which the BSE lists in the group of InvITs.
"""

import re
from collections.abc import Mapping

from torana.market.models import Kind

_NSE: Mapping[str, Kind] = {
    **dict.fromkeys(("EQ", "BE", "BZ"), Kind.EQUITY),
    **dict.fromkeys(("SM", "ST", "SZ"), Kind.SME),
    "RR": Kind.REIT,
    "IV": Kind.INVIT,
    "GB": Kind.SGB,
}
_BSE: Mapping[str, Kind] = {
    **dict.fromkeys(("A", "B", "P", "T", "TS", "X", "XT", "Z", "ZP"), Kind.EQUITY),
    **dict.fromkeys(("M", "MS", "MT"), Kind.SME),
    "E": Kind.ETF,
    "IF": Kind.INVIT,
}
_isin = re.compile(r"IN[A-Z0-9]{9}[0-9]").fullmatch
_FUND = "INF"


def kind_of(exchange: str, series: str, isin: str) -> Kind:
    """What a security is. A fund's units among the shares are known by their ISIN; a series that is not in the table
    is OTHER."""
    kind = (_NSE if exchange == "NSE" else _BSE).get(series, Kind.OTHER)
    return Kind.ETF if kind is Kind.EQUITY and isin.startswith(_FUND) else kind


def is_isin(text: str) -> bool:
    """Whether this has the form of an Indian ISIN. Its check digit is not looked at."""
    return _isin(text) is not None
