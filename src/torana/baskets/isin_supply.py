"""ISINs that became others, as partners supply them: checked, and written where nothing was converted by another."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from torana.api.answers import iso
from torana.baskets import store
from torana.baskets.isin_changes import is_gone
from torana.baskets.models import IsinChange
from torana.baskets.store.isin_changes import Supplied
from torana.kit.clock import IST
from torana.kit.database import Connection
from torana.kit.errors import ApiError
from torana.kit.json_input import InvalidJson, read_json
from torana.market.models import EXCHANGES
from torana.market.securities import find
from torana.market.series import is_isin

_MOST_AHEAD = timedelta(days=365)
_Shares = Annotated[int, Meta(ge=1, le=1_000_000)]


class ChangeBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One ISIN that is listed no more, and what its shares are now."""

    isin: Annotated[str, Meta(description="The old one.")]
    ticker: Annotated[str, Meta(min_length=1, max_length=120, description="What the shares are now, as it is listed.")]
    exchange: str = "NSE"
    old_shares: Annotated[_Shares, Meta(description="So many of the old shares became so many of the new ones.")]
    new_shares: _Shares
    day: Annotated[date, Meta(description="From this day on, in India.")] = msgspec.field(name="date")


class ChangesBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """ISINs that became others, each in the place of the one of its ISIN, and such to remove."""

    changes: Annotated[list[ChangeBody], Meta(max_length=500)] = []
    remove: Annotated[list[str], Meta(max_length=500)] = []


_decoder = msgspec.json.Decoder(ChangesBody)


def read_changes(body: bytes) -> ChangesBody:
    """Raises `ApiError` (400)."""
    try:
        return read_json(body, _decoder)
    except InvalidJson as error:
        raise _invalid(f'the body must be {{"changes": […], "remove": […]}}: {error}') from None


def check_changes(body: ChangesBody, gateway_id: str, now: datetime) -> list[IsinChange]:
    """Raises `ApiError` (400) that names every fault."""
    found, faults = list[IsinChange](), list[str]()
    for at, one in enumerate(body.changes):
        isin, exchange, place = one.isin.upper(), one.exchange.upper(), f"changes[{at}]"
        security = find(one.ticker, exchange) if exchange in EXCHANGES else None
        if not is_isin(isin):
            faults.append(f"{place}.isin: {one.isin[:20]!r} is no ISIN")
        elif not is_gone(isin):
            faults.append(f"{place}.isin: {isin} is still listed")
        if isin in [each.isin for each in found] or isin in body.remove:
            faults.append(f"{place}.isin: {isin[:20]} stands twice")
        if one.day > now.astimezone(IST).date() + _MOST_AHEAD:
            faults.append(f"{place}.date is more than a year ahead")
        if security is None:
            faults.append(f"{place}.ticker: {one.ticker[:30]!r} is not listed on {exchange[:10]!r}")
        else:
            found.append(IsinChange(
                gateway_id=gateway_id, isin=isin, new_isin=security.isin, symbol=security.symbol, exchange=exchange,
                old_shares=one.old_shares, new_shares=one.new_shares, day=one.day, supplied_at=now,
            ))  # fmt: skip
    if faults:
        raise _invalid("; ".join(faults))
    return found


async def supply(
    connection: Connection,
    gateway_id: str,
    changes: Sequence[IsinChange],
    remove: Sequence[str],
    now: datetime,
    *,
    dry_run: bool = False,
) -> list[Supplied]:
    """Write it, in the database transaction of the caller, or write nothing; all that is supplied then. Raises
    `ApiError` (400)."""
    await store.lock_isin_changes(connection, gateway_id, [*remove, *(one.isin for one in changes)])
    before = {one.change.isin: one for one in await store.isin_changes(connection, gateway_id)}
    for isin in [*remove, *(one.isin for one in changes if one.isin in before and _differs(one, before[one.isin]))]:
        if isin in before and before[isin].converted:
            text = f"{isin}: investments were converted by it already. Take their adjustments back first"
            raise ApiError(text, errors=("IsinChangeApplied",), anchor="isin-changes")
    savepoint = connection.transaction()
    await savepoint.start()
    due = [(one, max(now, datetime.combine(one.day, time(), IST))) for one in changes]
    await store.remove_isin_changes(connection, gateway_id, remove)
    await store.put_isin_changes(connection, gateway_id, due)
    found = await store.isin_changes(connection, gateway_id)
    await (savepoint.rollback() if dry_run else savepoint.commit())
    return found


def _differs(one: IsinChange, before: Supplied) -> bool:
    return msgspec.structs.replace(one, supplied_at=before.change.supplied_at) != before.change


def _invalid(text: str) -> ApiError:
    return ApiError(text, errors=("IsinChangeInvalid",), anchor="isin-changes")


def change_body(one: Supplied) -> dict[str, Any]:
    """The wire form of a change that was supplied."""
    change = one.change
    return {
        "isin": change.isin,
        "ticker": change.symbol,
        "exchange": change.exchange,
        "newIsin": change.new_isin,
        "oldShares": change.old_shares,
        "newShares": change.new_shares,
        "date": change.day.isoformat(),
        "suppliedAt": iso(change.supplied_at),
        "converted": one.converted,
        "waiting": one.waiting,
    }
