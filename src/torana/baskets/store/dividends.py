"""SQL on the dividends that a partner supplies. Every statement names the gateway."""

from collections.abc import Sequence
from datetime import date

import msgspec

from torana.kit.database import Connection, Database, row_to
from torana.kit.money import Paise
from torana.kit.sql import Statement


class Dividend(msgspec.Struct, frozen=True):
    """What a company pays on each share, paise: to whoever held it before its ex-date, a day in India."""

    isin: str
    ex_date: date
    per_share: Paise


_OF = Statement("""
    select isin, ex_date, per_share from dividends
    where gateway_id = :gateway_id and isin = any(:isins::text[]) order by ex_date, isin
""")
_SUPPLIED = Statement("""
    select isin, ex_date, per_share from dividends
    where gateway_id = :gateway_id and (:isin::text is null or isin = :isin)
      and (:since::date is null or ex_date >= :since) and (:until::date is null or ex_date <= :until)
    order by ex_date desc, isin limit :count offset :offset
""")
_PUT = Statement("""
    insert into dividends (gateway_id, isin, ex_date, per_share)
    select :gateway_id, r.isin, r.ex_date, r.per_share
    from jsonb_to_recordset(:rows) r (isin text, ex_date date, per_share bigint)
    order by r.isin, r.ex_date
    on conflict (gateway_id, isin, ex_date) do update set per_share = excluded.per_share
""")
_REMOVE = Statement("""
    delete from dividends d using jsonb_to_recordset(:rows) r (isin text, ex_date date)
    where d.gateway_id = :gateway_id and d.isin = r.isin and d.ex_date = r.ex_date
""")
_COUNT = Statement("""
    insert into dividend_supplies as d (gateway_id, supplies) values (:gateway_id, 1)
    on conflict (gateway_id) do update set supplies = d.supplies + 1 where d.gateway_id = :gateway_id
""")


async def count_supply(connection: Connection, gateway_id: str) -> None:
    """Something else may be told of dividends than before: kept answers are made anew. Others that supply them wait for
    the end of this database transaction."""
    await connection.execute(*_COUNT(gateway_id=gateway_id))


async def dividends_of(connection: Connection, gateway_id: str, isins: Sequence[str]) -> list[Dividend]:
    """All that were supplied of these securities, by ex-date."""
    rows = await connection.fetch(*_OF(gateway_id=gateway_id, isins=sorted(set(isins))))
    return [row_to(Dividend, row) for row in rows]


async def dividends_supplied(
    database: Database,
    gateway_id: str,
    *,
    isin: str | None = None,
    since: date | None = None,
    until: date | None = None,
    count: int,
    offset: int = 0,
) -> list[Dividend]:
    """Of one security or of all, with ex-dates from `since` to `until`, the newest first."""
    given = _SUPPLIED(gateway_id=gateway_id, isin=isin, since=since, until=until, count=count, offset=offset)
    return await database.fetch(Dividend, *given)


async def put_dividends(connection: Connection, gateway_id: str, dividends: Sequence[Dividend]) -> None:
    """Each in the place of one of the same security and day."""
    await connection.execute(*_PUT(gateway_id=gateway_id, rows=msgspec.to_builtins(dividends)))


async def remove_dividends(connection: Connection, gateway_id: str, keys: Sequence[tuple[str, date]]) -> None:
    """Those of these ISINs and days."""
    rows = [{"isin": isin, "ex_date": day.isoformat()} for isin, day in keys]
    await connection.execute(*_REMOVE(gateway_id=gateway_id, rows=rows))
