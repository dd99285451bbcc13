"""Words for the state of an order that several brokers share, for they sit on the same order management systems.

Source: the lists that Kite Connect (in capitals), Upstox and SmartAPI document. A broker adds its own words; one that
is in neither is unknown, never a default.
"""

from collections.abc import Mapping

from torana.connectors.contract import BrokerStatus, Side
from torana.connectors.readings import with_fill

COMMON: Mapping[str, BrokerStatus] = {
    "put order req received": BrokerStatus.RECEIVED,
    "validation pending": BrokerStatus.RECEIVED,
    "open pending": BrokerStatus.RECEIVED,
    "modify validation pending": BrokerStatus.RECEIVED,
    "modify pending": BrokerStatus.RECEIVED,
    "cancel pending": BrokerStatus.RECEIVED,
    "open": BrokerStatus.OPEN,
    "modified": BrokerStatus.OPEN,
    "not modified": BrokerStatus.OPEN,
    "trigger pending": BrokerStatus.TRIGGER_PENDING,
    "complete": BrokerStatus.COMPLETE,
    "cancelled": BrokerStatus.CANCELLED,
    "rejected": BrokerStatus.REJECTED,
}
WITH_AFTER_MARKET: Mapping[str, BrokerStatus] = {
    **COMMON,
    "not cancelled": BrokerStatus.OPEN,
    "after market order req received": BrokerStatus.AMO_QUEUED,
    "modify after market order req received": BrokerStatus.AMO_QUEUED,
    "cancelled after market order": BrokerStatus.CANCELLED,
}
"""The 17 words of Upstox and of SmartAPI."""
SIDES: Mapping[str, Side] = {"BUY": Side.BUY, "SELL": Side.SELL}


_WAITING = (BrokerStatus.OPEN, BrokerStatus.RECEIVED)


def standing(status: BrokerStatus, *, queued: bool = False, stop: bool = False) -> BrokerStatus:
    """A status with what stands beside it, of a broker that has no words for waiting. `queued`: for the next session,
    and the exchange has not got it; `stop`: for a trigger."""
    if queued and status in _WAITING:
        return BrokerStatus.AMO_QUEUED
    return BrokerStatus.TRIGGER_PENDING if stop and status is BrokerStatus.OPEN else status


def status_of(word: str, quantity: int, filled: int, words: Mapping[str, BrokerStatus]) -> BrokerStatus:
    """A status word in any case, with the quantities beside it."""
    return with_fill(words.get(word.strip().lower(), BrokerStatus.UNKNOWN), quantity, filled)
