"""`torana keys …`: put another encryption key in use and retire the one before."""

from collections import Counter
from typing import TYPE_CHECKING

import click

from torana.cli.gateways import with_database

if TYPE_CHECKING:
    from torana.keys.rotate import Counts, Resealed
    from torana.kit.cipher import Cipher
    from torana.kit.database import Database


@click.group()
def keys() -> None:
    """Encrypt secrets again with the first encryption key; see which keys are still needed."""


@keys.command()
def rotate() -> None:
    """Encrypt again, with the first key of TORANA_ENCRYPTION_KEYS, everything that another key has encrypted.

    Everything may keep running meanwhile. If it is interrupted, run it again: it continues with what is left.
    """
    from torana.keys import rotate as verb
    from torana.keys.sealed import marked_columns, sealed_columns

    async def work(database: "Database", cipher: "Cipher") -> "list[Resealed]":
        done = []
        for column in sealed_columns():
            done.append(await verb.reseal(database, cipher, column))
            click.echo(_line(done[-1]))
        for marked in marked_columns():
            done.append(await verb.remark(database, cipher, marked))
            click.echo(_line(done[-1]))
        return done

    done = with_database(work)
    if closed := sum(one.closed for one in done):
        raise click.ClickException(
            f"{closed} values do not open with the keys that are set and were left as they are: torana keys status "
            "names the keys"
        )
    if sum(one.changed for one in done):
        click.echo("Some values were written meanwhile. Run it again.", err=True)


@keys.command()
def status() -> None:
    """Count what each key has encrypted, and say which keys can be removed."""
    from torana.keys import rotate as verb

    async def read(database: "Database", cipher: "Cipher") -> "tuple[list[Counts], tuple[str, ...]]":
        return await verb.status(database, cipher), cipher.key_ids

    counted, known = with_database(read)
    total: Counter[str] = Counter()
    for one in counted:
        total.update(one.by_key)
        name = f"{one.column.table}.{one.column.column}"
        click.echo(f"{name:30} {', '.join(f'{key}: {count}' for key, count in sorted(one.by_key.items())) or '-'}")
    for key in (*known, *sorted(total.keys() - set(known))):
        click.echo(f"key {key}: {_verdict(key, known, total[key])}")
    if lost := sum(one.lost for one in counted):
        click.echo(f"{lost} rows are not found by their marks (of phone numbers): run torana keys rotate")


def _line(done: "Resealed") -> str:
    name = f"{done.column.table}.{done.column.column}"
    more = [f"{done.changed} written meanwhile"] if done.changed else []
    more += [f"{done.closed} do not open"] if done.closed else []
    return f"{name:30} {', '.join([f'{done.resealed} made anew', *more])}"


def _verdict(key: str, known: tuple[str, ...], count: int) -> str:
    if key not in known:
        return f"has sealed {count} values and is not in TORANA_ENCRYPTION_KEYS: put it back"
    if key == known[0]:
        return f"seals; has sealed {count} values; keep it"
    if count:
        return f"has sealed {count} values; keep it, or run torana keys rotate"
    return (
        "has sealed nothing that is left; it can be removed once every serve and worker runs with the key that seals "
        "now in front"
    )
