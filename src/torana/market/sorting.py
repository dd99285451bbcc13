"""From the rows of a broker's file to the rows of our tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice

from torana.market.models import FileRow, Kind, Named, Part

_OTHER = Kind.OTHER


@dataclass(slots=True)
class Tally:
    """Rows of one file: all of them, those of other segments, and those that could not be read."""

    seen: int = 0
    left_out: int = 0
    unreadable: int = 0

    def counted(self, rows: Iterable[list[str] | None]) -> Iterator[list[str]]:
        """The rows of a file that have their columns, with all of them counted; None is one that has not."""
        for row in rows:
            self.seen += 1
            if row is None:
                self.unreadable += 1
            else:
                yield row


class Sorting:
    """Sorts the rows of one file, some at once. A second row of the same token or code is counted as unreadable."""

    def __init__(
        self,
        broker: str,
        day: date,
        rows: Iterator[FileRow],
        tally: Tally,
        named: Mapping[tuple[str, int], Named] | None,
    ) -> None:
        """`named`: for a file that tells no ISIN, what is known by the exchange's token; rows that are not in it are
        left out. None: the file brings the securities."""
        self._broker, self._day, self._rows, self._tally, self._named = broker, day, rows, tally, named
        self._tokens: set[tuple[str, int]] = set()
        self._codes: set[tuple[str, str]] = set()
        self.tradable: dict[str, int] = {}
        """By exchange, how many can be ordered."""

    def some(self, count: int) -> Part:
        """Of the next so many rows; without codes when there are no more. Raises `UnreadableFile`."""
        while rows := list(islice(self._rows, count)):
            part = self._sorted(rows)
            if part.codes:
                return part
        return Part([], [], [])

    def _sorted(self, rows: list[FileRow]) -> Part:
        part, named = Part([], [], []), self._named
        broker, day, tradable = self._broker, self._day, self.tradable
        tokens, codes = self._tokens, self._codes
        for exchange, token, isin, symbol, series, kind, tick, lot, freeze, name, code, its_symbol, largest in rows:
            if named is not None:
                if (known := named.get((exchange, token))) is None:
                    continue
                isin, kind = known
                if freeze is not None:
                    part.freeze_quantities.append((exchange, token, freeze))
            if (exchange, token) in tokens or (exchange, code) in codes:
                self._tally.unreadable += 1
                continue
            tokens.add((exchange, token))
            codes.add((exchange, code))
            if kind is not _OTHER and kind != _OTHER:
                tradable[exchange] = tradable.get(exchange, 0) + 1
            if named is None:
                listed = (exchange, token, isin, symbol, series, kind, tick, lot, freeze, name, day)
                part.securities.append(listed)
            part.codes.append((broker, exchange, code, isin, its_symbol, largest))
        return part
