"""SQL on what partners publish. Every statement names the gateway."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from torana.baskets.models import Basket, Constituent, NewsItem, Profile
from torana.baskets.store.actions import HOLDERS
from torana.kit.database import Connection, Database
from torana.kit.due import wake
from torana.kit.sql import Statement, affected

_BASKET = """
    select b.gateway_id, b.scid, b.version, b.profile, v.constituents, b.created_at, v.published_at, b.archived_at
    from baskets b
    join basket_versions v on v.gateway_id = b.gateway_id and v.scid = b.scid and v.version = b.version
    where b.gateway_id = :gateway_id
"""
_FIND = Statement(f"{_BASKET} and b.scid = :scid")
_ALL = Statement(f"{_BASKET} order by b.scid")
_RESERVE = Statement("""
    insert into baskets (gateway_id, scid, version, profile, created_at, updated_at)
    values (:gateway_id, :scid, 0, '{}', :now, :now)
    on conflict (gateway_id, scid) do nothing
""")
_LOCK = Statement("select version from baskets where gateway_id = :gateway_id and scid = :scid for update")
_SAVE = Statement("""
    update baskets
    set version = :version, profile = :profile::jsonb, updated_at = :now,
        archived_at = case when :active then null else coalesce(archived_at, :now) end,
        due_at = case when :asks_holders then :now else due_at end,
        lease_until = case when :asks_holders then null else lease_until end,
        lease_token = lease_token + :asks_holders::int
    where gateway_id = :gateway_id and scid = :scid
""")
_ADD_VERSION = Statement("""
    insert into basket_versions (gateway_id, scid, version, constituents, profile, published_at)
    values (:gateway_id, :scid, :version, :constituents::jsonb, :profile::jsonb, :now)
""")
_VERSIONS = Statement("""
    select version, constituents, published_at from basket_versions
    where gateway_id = :gateway_id and scid = :scid order by version
""")
_PUT_NEWS = Statement("""
    insert into basket_news (gateway_id, news_id, published_at, scids, item)
    select :gateway_id, r.item ->> 'id', r.published_at,
           array(select jsonb_array_elements_text(r.item -> 'scids')), r.item
    from jsonb_to_recordset(:rows) r (published_at timestamptz, item jsonb)
    on conflict (gateway_id, news_id)
    do update set published_at = excluded.published_at, scids = excluded.scids, item = excluded.item
""")
_REMOVE_NEWS = Statement("delete from basket_news where gateway_id = :gateway_id and news_id = any(:news_ids::text[])")
_NEWS = Statement("""
    select item from basket_news
    where gateway_id = :gateway_id and (cardinality(:scids::text[]) = 0 or scids && :scids::text[])
    order by published_at desc, news_id limit :count offset :offset
""")


class VersionRow(msgspec.Struct, frozen=True):
    """One version of a basket, as it was published."""

    version: int
    constituents: tuple[Constituent, ...]
    published_at: datetime


async def find(database: Database, gateway_id: str, scid: str) -> Basket | None:
    """None if this gateway has none such: another tenant's is simply not there."""
    async with database.connection() as connection:
        return await read(connection, gateway_id, scid)


async def read(connection: Connection, gateway_id: str, scid: str) -> Basket | None:
    """`find` within a transaction."""
    row = await connection.fetchrow(*_FIND(gateway_id=gateway_id, scid=scid))
    return None if row is None else _basket(row)


_NAMES = Statement("""
    select scid, profile ->> 'name' as name from baskets where gateway_id = :gateway_id and scid = any(:scids::text[])
""")


async def names(database: Database, gateway_id: str, scids: Sequence[str]) -> dict[str, str]:
    """What the baskets of the gateway are called, by scid."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_NAMES(gateway_id=gateway_id, scids=sorted(set(scids))))
    return {row["scid"]: row["name"] for row in rows}


async def all_baskets(database: Database, gateway_id: str) -> list[Basket]:
    """Every basket of the gateway, archived ones too, by scid."""
    async with database.connection() as connection:
        return [_basket(row) for row in await connection.fetch(*_ALL(gateway_id=gateway_id))]


async def lock(connection: Connection, gateway_id: str, scid: str, now: datetime) -> int:
    """Hold the basket of this scid until the transaction ends, making room for it where it is new. Its version; 0: it
    is new."""
    await connection.execute(*_RESERVE(gateway_id=gateway_id, scid=scid, now=now))
    version: int = await connection.fetchval(*_LOCK(gateway_id=gateway_id, scid=scid))
    return version


async def save(
    connection: Connection,
    gateway_id: str,
    scid: str,
    *,
    version: int,
    profile: Profile,
    active: bool,
    asks_holders: bool,
    now: datetime,
) -> None:
    """What the partner says of a basket, and which version is bought. `asks_holders`: it asks something else of them
    than before; whoever asks them at this moment is not done with that."""
    saved = _SAVE(
        gateway_id=gateway_id,
        scid=scid,
        version=version,
        profile=_built_in(profile),
        active=active,
        asks_holders=asks_holders,
        now=now,
    )
    await connection.execute(*saved)
    if asks_holders:
        await wake(connection, HOLDERS.table, gateway_id)


async def add_version(
    connection: Connection,
    gateway_id: str,
    scid: str,
    *,
    version: int,
    constituents: Sequence[Constituent],
    profile: Profile,
    now: datetime,
) -> None:
    """Versions are added and never changed: with its constituents stays what was said of them."""
    added = _ADD_VERSION(
        gateway_id=gateway_id,
        scid=scid,
        version=version,
        constituents=_built_in(constituents),
        profile=_built_in(profile),
        now=now,
    )
    await connection.execute(*added)


async def versions(database: Database, gateway_id: str, scid: str) -> list[VersionRow]:
    """Of one basket, the oldest first."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_VERSIONS(gateway_id=gateway_id, scid=scid))
    return [VersionRow(row["version"], _constituents(row["constituents"]), row["published_at"]) for row in rows]


async def put_news(connection: Connection, gateway_id: str, items: Sequence[NewsItem]) -> None:
    """Write them, each in place of the one of its id; of two of one id the last."""
    rows = [{"published_at": each.date, "item": each} for each in {each.id: each for each in items}.values()]
    await connection.execute(*_PUT_NEWS(gateway_id=gateway_id, rows=_built_in(rows)))


async def remove_news(connection: Connection, gateway_id: str, news_ids: Sequence[str]) -> int:
    """How many of them were there."""
    return affected(await connection.execute(*_REMOVE_NEWS(gateway_id=gateway_id, news_ids=list(news_ids))))


async def news(database: Database, gateway_id: str, scids: Sequence[str], count: int, offset: int) -> list[NewsItem]:
    """The newest first: those about these baskets, all without any."""
    found = _NEWS(gateway_id=gateway_id, scids=list(scids), count=count, offset=offset)
    async with database.connection() as connection:
        return [msgspec.convert(row["item"], NewsItem) for row in await connection.fetch(*found)]


def _built_in(value: object) -> Any:
    return msgspec.to_builtins(value)


def _constituents(value: object) -> tuple[Constituent, ...]:
    return msgspec.convert(value, tuple[Constituent, ...])


def _basket(row: "asyncpg.Record") -> Basket:
    return Basket(
        gateway_id=row["gateway_id"],
        scid=row["scid"],
        version=row["version"],
        profile=msgspec.convert(row["profile"], Profile),
        constituents=_constituents(row["constituents"]),
        created_at=row["created_at"],
        published_at=row["published_at"],
        archived_at=row["archived_at"],
    )
