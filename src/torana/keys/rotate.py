"""Seal anew, with the first key, what another key has sealed; say which key is still needed.

Each value is exchanged for itself by comparing the stored bytes, so that the system may run meanwhile and the work may
be broken off anywhere and begun again: what is done is not looked at twice.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from torana.keys import store
from torana.keys.sealed import SEALED, SealedColumn
from torana.kit.cipher import CannotOpen, Cipher, key_id_of
from torana.kit.database import Database

BATCH = 500


@dataclass(frozen=True, slots=True)
class Counts:
    """How many values of a column each key (by id) has sealed."""

    column: SealedColumn
    by_key: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Resealed:
    """What became of one column. `changed`: somebody wrote the value meanwhile. `closed`: it does not open, because its
    key is not there or because it was damaged; it was left as it is."""

    column: SealedColumn
    resealed: int
    changed: int
    closed: int


async def status(database: Database) -> list[Counts]:
    """What is sealed with which key, column by column."""
    return [
        Counts(column, {key_id_of(head): count for head, count in (await store.heads(database, column)).items()})
        for column in SEALED
    ]


async def reseal(database: Database, cipher: Cipher, column: SealedColumn, *, batch: int = BATCH) -> Resealed:
    """Seal anew with the first key what another one has sealed in this column, `batch` rows at a time."""
    done: Counter[str] = Counter()
    after: tuple[str, ...] | None = None
    while found := await store.sealed_otherwise(database, column, cipher.head, after, batch):
        for value in found:
            place = column.place(value.key)
            try:
                sealed = cipher.seal(cipher.open(value.sealed, bound_to=place), bound_to=place)
            except CannotOpen:
                done["closed"] += 1
                continue
            done["resealed" if await store.replace(database, column, value, sealed) else "changed"] += 1
        after = found[-1].key
    return Resealed(column, done["resealed"], done["changed"], done["closed"])
