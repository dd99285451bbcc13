"""Symbols with and without their series.

The exchange lists a security in a series; most are in `EQ`. Some brokers write the series behind the symbol always,
some only when it is another one than `EQ`. In the services a symbol stands alone.
"""

from torana.market.securities import find

_SERIES = frozenset({"EQ", "BE", "BZ", "BL", "SM", "ST", "RR", "IV", "GB"})


def with_other_series(symbol: str, exchange: str) -> str:
    """`INFY` stays, a security of series BE becomes `SYMBOL-BE`."""
    security = find(symbol) if exchange == "NSE" else None
    return symbol if security is None or security.series == "EQ" else f"{symbol}-{security.series}"


def plain(symbol: str) -> str:
    """`INFY-EQ` and `INFY` are `INFY`; a dash that belongs to the symbol stays."""
    head, _, series = symbol.rpartition("-")
    return head if head and (series == "EQ" or (series in _SERIES and find(head) is not None)) else symbol
