"""The vault of secrets without a database: for connectors that are tried without one."""

from dataclasses import dataclass, field
from itertools import count

from torana.connectors.contract import Entry


@dataclass
class MemoryVault:
    kept: dict[str, Entry] = field(default_factory=dict)
    _marks: "count[int]" = field(default_factory=count)

    async def read(self, name: str) -> Entry | None:
        return self.kept.get(name)

    async def keep(self, name: str, value: str | None, was: Entry | None, *, of_login: bool) -> Entry | None:
        if (self.kept.get(name) and self.kept[name].mark) == (was and was.mark):
            if value is None:
                self.kept.pop(name, None)
            else:
                self.kept[name] = Entry(value, str(next(self._marks)).encode())
        return self.kept.get(name)
