"""Seal anew, with the first key, what another key has sealed, and make its marks anew; say which key is still needed.

Each value is exchanged for itself by comparing the stored bytes, so that the system may run meanwhile and the work may
be broken off anywhere and begun again: what is done is not looked at twice.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from torana.keys import store
from torana.keys.sealed import MarkedColumn, SealedColumn, marked_columns, sealed_columns
from torana.kit.cipher import CannotOpen, Cipher, key_id_of
from torana.kit.database import Database
from torana.partners.models import Mode
from torana.partners.store import gateway_ids

BATCH = 500


@dataclass(frozen=True, slots=True)
class Counts:
    """How many values of a column each key (by id) has sealed. `lost`: how many marks none of the keys has made, of
    rows that are not found any more."""

    column: SealedColumn
    by_key: Mapping[str, int]
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Resealed:
    """What became of one column. `changed`: somebody wrote the value meanwhile. `closed`: it does not open, because its
    key is not there or because it was damaged; it was left as it is."""

    column: SealedColumn
    resealed: int
    changed: int
    closed: int


async def status(database: Database, cipher: Cipher) -> list[Counts]:
    """What is sealed with which key, column by column, and the marks that each has made."""
    sealed = [await _count(database, column, await _owners(database, column)) for column in sealed_columns()]
    return [*sealed, *[await _count_marks(database, cipher, column) for column in marked_columns()]]


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


async def remark(database: Database, cipher: Cipher, column: MarkedColumn, *, batch: int = BATCH) -> Resealed:
    """Make the marks anew, with the first key, that another one has made. After `reseal`, which may need that one."""
    done: Counter[str] = Counter()
    async for found in _marked(database, column, batch):
        done[await _remark_one(database, cipher, column, found)] += 1
    return Resealed(column.column, done["resealed"], done["changed"], done["closed"])


async def _remark_one(database: Database, cipher: Cipher, column: MarkedColumn, found: store.Marked) -> str:
    try:
        now = _marks_now(cipher, column, found)
    except CannotOpen:
        return "closed"
    first = now[0] if now else None
    if first is None or found.mark == first:
        return "as it is"
    return "resealed" if await store.replace_mark(database, column, found, first) else "changed"


async def _count_marks(database: Database, cipher: Cipher, column: MarkedColumn) -> Counts:
    """Those of a row that does not open are of the key that it waits for, as far as anybody can tell."""
    by_key: Counter[str] = Counter()
    lost = 0
    async for found in _marked(database, column, BATCH):
        try:
            now = _marks_now(cipher, column, found)
        except CannotOpen:
            by_key[key_id_of(found.sealed)] += 1
            continue
        if not now:
            continue
        made = dict(zip(now, cipher.key_ids, strict=True))
        if found.mark in made:
            by_key[made[found.mark]] += 1
        else:
            lost += 1
    return Counts(column.column, by_key, lost)


def _marks_now(cipher: Cipher, column: MarkedColumn, found: store.Marked) -> Sequence[bytes]:
    """The marks that it has with the keys that are there; none where there is nothing to find. Raises `CannotOpen`."""
    plain = cipher.open(found.sealed, bound_to=column.sealed.place(found.key))
    return column.mark.made(cipher, found.key[0], plain)


async def _marked(database: Database, column: MarkedColumn, batch: int) -> AsyncIterator[store.Marked]:
    """The rows of every gateway that may be found by a mark."""
    for gateway_id in await gateway_ids(database):
        after = ""
        while found := await store.marked(database, column, gateway_id, after, batch):
            for one in found:
                yield one
            after = found[-1].key[-1]
