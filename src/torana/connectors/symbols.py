"""Which security a broker's row means.

The exchange lists a security in a series; most are in `EQ`. Some brokers write the series behind the symbol always,
some only when it is another one than `EQ`. With us a symbol stands alone.
"""

from torana.market.models import Security
from torana.market.securities import current, find

_SERIES = frozenset({"EQ", "BE", "BZ", "BL", "SM", "ST", "RR", "IV", "GB"})
_LONGEST_CODE = 128


def code_of(value: object) -> str | None:
    """A broker's code on its wire, a number or a text; None where it is neither."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if 0 < len(text) <= _LONGEST_CODE else None


def security_of(broker: str, exchange: str, code: object) -> Security | None:
    """The security of this code, None where the broker's list does not tell or was not read."""
    text = code_of(code)
    return None if text is None else current().by_broker_code(broker, text, exchange)


def by_exchange_token(exchange: str, code: object) -> Security | None:
    """The security of this code, of a broker whose codes are the exchanges' own tokens."""
    text = code_of(code)
    if text is None or not (text.isascii() and text.isdecimal()):
        return None
    return current().by_token(int(text), exchange)


def plain(symbol: str) -> str:
    """`INFY-EQ` and `INFY` are `INFY`; a dash that belongs to the symbol stays."""
    head, _, series = symbol.rpartition("-")
    return head if head and (series == "EQ" or (series in _SERIES and find(head) is not None)) else symbol
