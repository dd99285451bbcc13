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
_EQUITY, _OTHER = Kind.EQUITY, Kind.OTHER
_isin = re.compile(r"IN[A-Z0-9]{9}[0-9]").fullmatch
_FUND = "INF"
_RIGHTS = "20"
"""The type of security in an ISIN of a company, its eighth and ninth character: an entitlement to new shares, which is
traded for some days in a series of shares (ATL-RE in BE)."""


def kind_of(exchange: str, series: str, isin: str) -> Kind:
    """What a security is. A fund's units and rights among the shares are known by their ISIN; a series that is not in
    the table is OTHER."""
    kind = (_NSE if exchange == "NSE" else _BSE).get(series, _OTHER)
    if kind is not _EQUITY:
        return kind
    if isin[:3] == _FUND:
        return Kind.ETF
    return _OTHER if isin[7:9] == _RIGHTS else kind


def is_isin(text: str) -> bool:
    """Whether this has the form of an Indian ISIN. Its check digit is not looked at."""
    return _isin(text) is not None
