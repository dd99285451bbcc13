"""SQL on what was bought and sold of investments, by day. Every statement names the gateway."""

from collections.abc import Sequence
from datetime import date

import msgspec

from torana.kit.database import Connection, Database, row_to
from torana.kit.money import Paise
from torana.kit.sql import Statement


class Trade(msgspec.Struct, frozen=True):
    """Of one security on one day, in India: shares bought less sold, and the money for them less what sold ones
    brought, paise."""

    day: date
    isin: str
    shares: int
    paid: Paise


_ADD = Statement("""
    insert into investment_trades (gateway_id, iscid, day, isin, shares, paid)
    select :gateway_id, :iscid, r.day, r.isin, sum(r.shares), sum(r.paid)
    from jsonb_to_recordset(:rows) r (day date, isin text, shares bigint, paid bigint)
    group by r.day, r.isin
    on conflict (gateway_id, iscid, day, isin) do update
    set shares = investment_trades.shares + excluded.shares, paid = investment_trades.paid + excluded.paid
""")
_OF = Statement("""
    select day, isin, shares, paid from investment_trades
    where gateway_id = :gateway_id and iscid = :iscid order by day, isin
""")


async def add_trades(connection: Connection, gateway_id: str, iscid: str, trades: Sequence[Trade]) -> None:
    """Beside those of the same day. The caller has locked the investment."""
    if trades:
        await connection.execute(*_ADD(gateway_id=gateway_id, iscid=iscid, rows=msgspec.to_builtins(trades)))


async def trades_within(connection: Connection, gateway_id: str, iscid: str) -> list[Trade]:
    """`trades_of` within a transaction."""
    return [row_to(Trade, row) for row in await connection.fetch(*_OF(gateway_id=gateway_id, iscid=iscid))]


async def trades_of(database: Database, gateway_id: str, iscid: str) -> list[Trade]:
    """All of an investment, the oldest first."""
    return await database.fetch(Trade, *_OF(gateway_id=gateway_id, iscid=iscid))
