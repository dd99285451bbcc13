"""A vault without a database, for connectors that are tested alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from torana.connectors.contract import Entry


@dataclass
class MemoryVault:
    """Compares and sets as the installation's own does."""

    given: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What stands there from the start, by the name alone: for whatever login."""
    entries: dict[str, Entry | None] = field(default_factory=dict)
    _marks: int = 0

    async def read(self, name: str) -> Entry | None:
        value = self.given.get(name.partition("/")[0])
        return self.entries.setdefault(name, None if value is None else self._entry(value))

    async def keep(self, name: str, value: str | None, was: Entry | None, *, of_login: bool) -> Entry | None:
        there = await self.read(name)
        if (there and there.mark) == (was and was.mark):
            self.entries[name] = None if value is None else self._entry(value)
        return self.entries[name]

    def _entry(self, value: str) -> Entry:
        self._marks += 1
        return Entry(value, str(self._marks).encode())
