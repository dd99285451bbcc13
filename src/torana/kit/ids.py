"""Identifiers. None of them carries a meaning, all of them come from the system's random source."""

import secrets
import time

TAG_DIGITS = 15


def new_id(prefix: str) -> str:
    """An id of ours such as `evt_0193…`: ordered by time of making, 128 bits."""
    return f"{prefix}_{int(time.time_ns() // 1_000_000):012x}{secrets.token_hex(10)}"


def new_hex24() -> str:
    """24 hexadecimal digits, the form in which callers know investors and batches."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"


def new_transaction_id() -> str:
    """`TRX_` and 32 lower-case hexadecimal digits."""
    return f"TRX_{secrets.token_hex(16)}"


def new_tag() -> str:
    """15 decimal digits without a leading zero: what every broker takes and gives back unharmed.

    Unique by a constraint of the database, not by construction.
    """
    low = 10 ** (TAG_DIGITS - 1)
    return str(low + secrets.randbelow(9 * low))


def new_secret(size: int = 32) -> str:
    """A secret of `size` random bytes, URL-safe."""
    return secrets.token_urlsafe(size)
