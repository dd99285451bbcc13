"""What a process keeps in its memory of what it was asked for last, up to so many bytes."""

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
ENTRY_BYTES = 1024
"""What a key, its place and what stands around its value take beside that, at most."""


class Recent(Generic[K, V]):
    """Values by key, each of a size in bytes; together, with `ENTRY_BYTES` for each, they are never larger than
    `most_bytes`: of many that are next to nothing, too. What was used longest ago goes first."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: K) -> V | None:
        """None where it is not kept, or not any more."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        self._kept.move_to_end(key)
        return kept[0]

    def put(self, key: K, value: V, size: int) -> None:
        """In the place of what was there. One that is larger than all may be together is not kept."""
        self.drop(key)
        size += ENTRY_BYTES
        if size > self._most_bytes:
            return
        self._kept[key] = (value, size)
        self._bytes += size
        while self._bytes > self._most_bytes:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= gone

    def drop(self, key: K) -> None:
        kept = self._kept.pop(key, None)
        self._bytes -= 0 if kept is None else kept[1]

    def clear(self) -> None:
        self._kept.clear()
        self._bytes = 0
