"""Shares of investments that are gone: the broker shows fewer than the investor's investments have together.

That is noticed and asked, never acted on: who says what left is the investor, or the partner for them (`reconcile`).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime

from torana.baskets import actions, store
from torana.baskets.models import Investment, Missing
from torana.baskets.store.missing import Beside
from torana.holdings.models import Held
from torana.holdings.snapshots import Reading
from torana.kit.clock import IST
from torana.kit.database import Connection, Database
from torana.market.calendar import session_before
from torana.market.securities import current as listing


def missing_now(investments: Sequence[Investment], reading: Reading, beside: Beside) -> dict[str, Missing]:
    """What is missing of these investments, all of one investor, by ISIN, once this reading is known. What it does not
    tell for sure stays as it was."""
    claimed, changed = _claimed(investments), _changed_since(investments, reading.taken_at)
    found: dict[str, Missing] = {}
    for isin, shares in claimed.items():
        before = beside.known.get(isin)
        if isin in beside.moving | changed or (before is not None and before.read_at > reading.taken_at):
            found |= {} if before is None else {isin: before}
            continue
        least, most = _bounds(isin, shares, beside.settling.get(isin, 0), reading)
        if number := min(max(0 if before is None else before.shares, least), most):
            since = reading.taken_at if before is None else before.since
            found[isin] = Missing(isin, number, since, reading.taken_at)
    return found


def _claimed(investments: Sequence[Investment]) -> Counter[str]:
    claimed: Counter[str] = Counter()
    for investment in investments:
        for position in investment.held:
            claimed[position.isin] += position.shares
    return claimed


def _changed_since(investments: Sequence[Investment], at: datetime) -> frozenset[str]:
    """Of which an order ended after this moment: a reading of before does not tell of it."""
    return frozenset(one.isin for each in investments if each.updated_at > at for one in each.positions)


def _bounds(isin: str, claimed: int, settling: int, reading: Reading) -> tuple[int, int]:
    """How many shares are missing at least, and at most. What is pledged, not delivered yet or bought with the broker's
    money is there."""
    rows = [one for one in reading.held if one.isin == isin]
    there = sum(one.owned + one.nse.quantity + one.bse.quantity for one in rows)
    most = max(claimed - there, 0)
    if _is_another_now(isin, reading.held):
        return 0, 0
    unsure = not reading.tells_pledged or any(one.isin is None for one in reading.held)
    if unsure or any(not one.certain or one.collateral_quantity is None for one in rows):
        return 0, most
    return max(most - settling, 0), most


def _is_another_now(isin: str, held: Collection[Held]) -> bool:
    """A split or a merger gives a company's share another ISIN: it is listed under this one no more, or the account
    holds one of the same name. That is no sale."""
    listed = [found for exchange in ("NSE", "BSE") if (found := listing().by_isin(isin, exchange)) is not None]
    if not listed:
        return True
    names = {one.symbol for one in listed}
    return any(one.isin != isin and one.symbol in names for one in held)


def settling_since(at: datetime) -> date:
    """Shares that were bought on this day, or later, may not be delivered at this moment: delivery comes one session
    after the purchase, in its evening."""
    return session_before(at.astimezone(IST).date())


async def notice(database: Database, gateway_id: str, investor_id: str, reading: Reading, now: datetime) -> None:
    """Compare the investor's investments with what the broker has just told, keep what is missing, and ask for it; or
    take the question back."""
    since = settling_since(reading.taken_at)
    async with database.connection() as connection:
        if not await _differs(connection, gateway_id, investor_id, reading, since):
            return
    async with database.transaction() as connection:
        investments = await store.lock_investments(connection, gateway_id, investor_id)
        beside = await store.beside(connection, gateway_id, investor_id, since)
        found = missing_now(investments, reading, beside)
        await store.save_missing(connection, gateway_id, investor_id, list(found.values()))
        await ask(connection, investments, found.keys() ^ beside.known.keys(), now)


async def _differs(connection: Connection, gateway_id: str, investor_id: str, reading: Reading, since: date) -> bool:
    """Nearly always it does not, and then nobody's orders have to wait for it."""
    investments = await store.investments_held(connection, gateway_id, investor_id)
    if not investments:
        return False
    beside = await store.beside(connection, gateway_id, investor_id, since)
    return missing_now(investments, reading, beside) != beside.known


async def ask(connection: Connection, investments: Sequence[Investment], isins: Collection[str], now: datetime) -> None:
    """Settle what these investments, which the caller has locked, ask for, as far as they hold one of these."""
    for investment in investments:
        if any(one.isin in isins for one in investment.positions):
            await actions.settle(connection, investment, now)
