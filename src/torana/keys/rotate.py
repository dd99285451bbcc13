"""Seal anew, with the first key, what another key has sealed; say which key is still needed.

Each value is exchanged for itself by comparing the stored bytes, so that the system may run meanwhile and the work may
be broken off anywhere and begun again: what is done is not looked at twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torana.keys import store
from torana.keys.sealed import SEALED, SealedColumn
from torana.kit.cipher import CannotOpen, Cipher, key_id_of
from torana.kit.database import Database
from torana.partners.models import Mode
from torana.partners.store import gateway_ids

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
    return [await _count(database, column, await _owners(database, column)) for column in SEALED]


async def _owners(database: Database, column: SealedColumn) -> Sequence[str]:
    """By whom the rows of this column are divided: the first part of their key."""
    return await gateway_ids(database) if column.of_gateways else tuple(Mode)


async def _count(database: Database, column: SealedColumn, owners: Sequence[str]) -> Counts:
    by_key: Counter[str] = Counter()
    for owner in owners:
        for head, count in (await store.heads(database, column, owner)).items():
            by_key[key_id_of(head)] += count
    return Counts(column, by_key)


async def reseal(database: Database, cipher: Cipher, column: SealedColumn, *, batch: int = BATCH) -> Resealed:
    """Seal anew with the first key what another one has sealed in this column, `batch` rows of an owner at a time."""
    done: Counter[str] = Counter()
    for owner in await _owners(database, column):
        after: tuple[str, ...] | None = None
        while found := await store.sealed_otherwise(database, column, owner, cipher.head, after, batch):
            for value in found:
                done[await _reseal_one(database, cipher, column, value)] += 1
            after = found[-1].key
    return Resealed(column, done["resealed"], done["changed"], done["closed"])


async def _reseal_one(database: Database, cipher: Cipher, column: SealedColumn, value: store.Value) -> str:
    place = column.place(value.key)
    try:
        sealed = cipher.seal(cipher.open(value.sealed, bound_to=place), bound_to=place)
    except CannotOpen:
        return "closed"
    return "resealed" if await store.replace(database, column, value, sealed) else "changed"
