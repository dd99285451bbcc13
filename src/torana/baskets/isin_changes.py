"""An ISIN that became another one, as after a split of the face value: who holds the old shares holds the new ones,
with what they cost. Which ones became which, and how many, no list of instruments tells: the partner supplies it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from torana.baskets import store
from torana.baskets.adjust import keep_adjustments
from torana.baskets.investments import Outcome, write
from torana.baskets.models import AcceptedBy, Adjustment, Investment, IsinChange
from torana.baskets.positions import Position, became
from torana.baskets.store.isin_changes import Held
from torana.baskets.store.trades import Trade
from torana.kit.clock import Clock
from torana.kit.database import Connection, Database
from torana.kit.due import Claim, release
from torana.kit.ids import new_hex24
from torana.market.models import EXCHANGES, Security
from torana.market.securities import current as listing

AT_ONCE = 50
"""Investments that are converted in one database transaction."""
AGAIN = timedelta(minutes=5)
"""After so long those are looked at again of which an order was open."""


def converted(
    investment: Investment, change: IsinChange, trades: Sequence[Trade], now: datetime
) -> tuple[Investment, list[Adjustment]] | None:
    """The investment with the new shares, and what is written of it: the old ones went, the new ones came. They change
    on the day of the change, or once the last of the old ones had been bought. Of a part of a share nobody tells what
    became: it is left out, and its cost stays with the others. None where not one new share comes of the old ones."""
    old = next((one for one in investment.held if one.isin == change.isin), None)
    shares = 0 if old is None else old.shares * change.new_shares // change.old_shares
    if old is None or not shares:
        return None
    new = Position(change.symbol, change.exchange, change.new_isin, shares, old.cost)
    day = max([change.day, *(one.day for one in trades if one.isin == change.isin)])
    went_id, came_id = new_hex24(), new_hex24()

    def adjustment(one: Position, sign: int, own: str, other: str) -> Adjustment:
        return Adjustment(
            gateway_id=investment.gateway_id, adjustment_id=own, iscid=investment.iscid, day=day, symbol=one.symbol,
            exchange=one.exchange, isin=one.isin, shares=sign * one.shares, price=None, cost=sign * one.cost,
            accepted_by=AcceptedBy.PARTNER, created_at=now, pair=other,
        )  # fmt: skip

    written = [adjustment(old, 1, went_id, came_id), adjustment(new, -1, came_id, went_id)]
    positions = became(investment.positions, old.isin, new)
    return msgspec.structs.replace(investment, positions=positions), written


async def convert(connection: Connection, investment: Investment, change: IsinChange, now: datetime) -> None:
    """Of an investment that the caller has locked. What was taken back waits until the change is supplied anew."""
    kept = await store.adjustments_of(connection, investment.gateway_id, investment.iscid)
    if any(_takes_back(one, change) and one.created_at > change.supplied_at for one in kept):
        return
    trades = await store.trades_within(connection, investment.gateway_id, investment.iscid)
    found = converted(investment, change, trades, now)
    if found is not None:
        after, adjustments = found
        await keep_adjustments(connection, investment.gateway_id, investment.iscid, adjustments)
        await write(connection, Outcome(after), now)


def _takes_back(one: Adjustment, change: IsinChange) -> bool:
    return one.takes_back is not None and one.pair is not None and one.isin == change.isin and one.shares < 0


async def convert_holders(database: Database, clock: Clock, claim: Claim) -> None:
    """The due handler of a change. An investment with an open order waits for the end of it."""
    gateway_id, isin = claim.key
    after, waits = "", False
    while True:
        claim.check()
        now = clock.now()
        async with database.transaction() as connection:
            change = await store.lock_isin_change(connection, gateway_id, isin)
            holders = (
                [] if change is None else await store.lock_holders_of(connection, gateway_id, isin, after, AT_ONCE)
            )
            for investment in holders:
                if investment.open_batch_id is not None:
                    waits = True
                elif change is not None:
                    await convert(connection, investment, change, now)
        if len(holders) < AT_ONCE:
            return await release(database, claim, now + AGAIN if waits else None)
        after = holders[-1].iscid


class Unlisted(msgspec.Struct, frozen=True):
    """A security that is listed no more: what investments hold of it, the baskets that are sold with it, and what has
    its name now, if anything has."""

    held: Held
    scids: tuple[str, ...]
    now: Security | None


async def unlisted(database: Database, gateway_id: str) -> list[Unlisted]:
    """What stands at a gateway for a person to look at: of these shares nothing can be ordered, and no price comes."""
    sold: dict[tuple[str, str, str], list[str]] = {}
    for basket in await store.all_baskets(database, gateway_id):
        for each in basket.constituents if basket.archived_at is None else ():
            sold.setdefault((each.isin, each.exchange, each.symbol), []).append(basket.scid)
    held = {(isin, exchange): Held(isin, symbol, exchange, 0, 0) for isin, exchange, symbol in sold if is_gone(isin)}
    async with database.connection() as connection:
        for isin in filter(is_gone, await store.isins_traded(connection, gateway_id)):
            held |= {(one.isin, one.exchange): one for one in await store.held_of(connection, gateway_id, isin)}
    scids = {key[:2]: names for key, names in sold.items()}
    return [Unlisted(one, tuple(scids.get(key, ())), listed_as(one.symbol)) for key, one in sorted(held.items())]


def is_gone(isin: str) -> bool:
    """Whether neither exchange lists it."""
    return all(listing().by_isin(isin, at) is None for at in EXCHANGES)


def listed_as(symbol: str) -> Security | None:
    """What is called so today, on either exchange."""
    return next((found for at in EXCHANGES if (found := listing().by_symbol(symbol, at)) is not None), None)
