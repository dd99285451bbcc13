"""What an order on a basket is about: the basket, and the investor's investment in it."""

from datetime import datetime

import msgspec

from torana.baskets import store
from torana.baskets.investments import Outcome, archived, write
from torana.baskets.models import Basket, Investment
from torana.kit.database import Connection, Database
from torana.kit.errors import ApiError, NotFound
from torana.orders.models import Batch
from torana.orders.store import Begin


class Subject(msgspec.Struct, frozen=True):
    """`investment` is None for a first one."""

    basket: Basket
    investment: Investment | None = None

    @property
    def mark(self) -> str:
        """Changes with everything from which lines are made."""
        revision = "" if self.investment is None else self.investment.revision
        return f"{self.basket.version}.{revision}"


async def basket_of(database: Database, gateway_id: str, scid: str) -> Subject:
    """For a first investment. Raises `NotFound`."""
    basket = await store.find(database, gateway_id, scid)
    if basket is None:
        raise NotFound("this gateway has no basket with this scid", errors=("ScidNotFound",))
    return Subject(basket)


async def investment_of(
    database: Database, gateway_id: str, investor_id: str, *, scid: str | None, iscid: str | None
) -> Subject:
    """The investment that is named by its `iscid`, or the investor's only one in a basket. Raises `NotFound` where
    there is none, and `ApiError` where the basket alone does not tell which."""
    if iscid is not None:
        found = await store.investment_of(database, gateway_id, investor_id, iscid)
        if found is None or (scid is not None and found.scid != scid):
            raise NotFound("this investor has no investment with this iscid", errors=("IscidNotFound",))
    else:
        every = [one for one in await store.investments_of(database, gateway_id, investor_id) if one.scid == scid]
        running = [one for one in every if one.exited_at is None and one.is_there] or every
        if not running:
            raise NotFound("this investor has no investment in this basket", errors=("IscidNotFound",))
        if len(running) > 1:
            text = "this investor has several investments in this basket: name one by its iscid"
            raise ApiError(text, errors=("IscidNeeded",))
        (found,) = running
    return Subject((await basket_of(database, gateway_id, found.scid)).basket, found)


def beginning(subject: Subject) -> Begin:
    """Keeps what an order was made from until the order is written: no other order on the investment is open, and
    nothing of it has changed since."""

    async def begin(connection: Connection, batch: Batch) -> bool:
        if subject.investment is not None:
            return await store.begin_batch(connection, batch, subject.investment.revision)
        return await store.insert_investment(connection, _first(batch))

    return begin


def beginning_for_sale(subject: Subject) -> Begin:
    """The same, and this version of the basket can still be bought."""
    begin = beginning(subject)

    async def begin_for_sale(connection: Connection, batch: Batch) -> bool:
        version = await store.version_for_sale(connection, batch.gateway_id, subject.basket.scid)
        return version == subject.basket.version and await begin(connection, batch)

    return begin_for_sale


def _first(batch: Batch) -> Investment:
    if batch.iscid is None or batch.scid is None or batch.basket_version is None:
        raise LookupError(f"the batch {batch.batch_id} is for no basket")
    return Investment(
        gateway_id=batch.gateway_id,
        iscid=batch.iscid,
        investor_id=batch.investor_id,
        scid=batch.scid,
        version=batch.basket_version,
        open_batch_id=batch.batch_id,
        created_at=batch.created_at,
        updated_at=batch.created_at,
    )


async def take_version(database: Database, subject: Subject, now: datetime) -> None:
    """What is held is the basket as it is now: nothing has to be ordered for this version. Where the investment is
    another by now, that stands to be found anew."""
    if subject.investment is None:
        return
    async with database.transaction() as connection:
        investment = await store.lock_investment(connection, subject.basket.gateway_id, subject.investment.iscid)
        if investment == subject.investment:
            taken = msgspec.structs.replace(investment, version=subject.basket.version)
            await write(connection, Outcome(taken), now)


async def archive(database: Database, gateway_id: str, investor_id: str, iscid: str, now: datetime) -> bool:
    """The investor wants nothing more of what an earlier batch left unfilled. False: an order is open that may fill
    it. Raises `NotFound`."""
    async with database.transaction() as connection:
        investment = await store.lock_investment(connection, gateway_id, iscid)
        if investment is None or investment.investor_id != investor_id:
            raise NotFound("this investor has no investment with this iscid", errors=("IscidNotFound",))
        if investment.open_batch_id is not None:
            return False
        if investment.repairs:
            await write(connection, archived(investment, now), now)
    return True
