"""A first investment in a basket of 30 beside a plain transaction of the same 30 orders, in turns: seconds from the
confirmation to the webhook that tells of its end, and what both cost the processor."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

import aiohttp

from tests.bench.basket import slow
from tests.bench.flow import Purchase, Receiver, endpoint, log_in
from tests.bench.installation import Installation
from tests.bench.meters import Meter, ServerMeter, postmaster
from tests.bench.portfolio import a_draft
from tests.support.brokers import ANY_BROKER
from torana.baskets.models import Constituent
from torana.baskets.publish import publish
from torana.market.securities import all_securities

CONSTITUENTS, ROUNDS, WARM_UP = 30, 12, 3
SCID, AMOUNT = "BENCH_30", 5_00_000


@dataclass
class Side:
    """Of one kind of order: seconds, one value a round; CPU seconds of our processes and of PostgreSQL, of all."""

    seconds: list[float] = field(default_factory=list)
    ours: float = 0.0
    database: float = 0.0

    @property
    def cpu(self) -> float:
        """Seconds of the processor for one of them."""
        return (self.ours + self.database) / len(self.seconds)


async def measure(place: Installation) -> tuple[Side, Side]:
    """The basket's, the plain one's. The broker takes 50 ms for each order, and the pace of orders is switched off.

    Each is bought in an account of its own: a book is left alone for a while after a look, longer the more it holds,
    and the second of two would wait for the first."""
    listed = [one for one in all_securities().values() if one.series == "EQ"][:CONSTITUENTS]
    of = tuple(Constituent(one.symbol, one.exchange, one.isin, shares=1) for one in listed)
    async with place.services.database.transaction() as connection:
        await publish(connection, place.gateway.gateway_id, a_draft(SCID, of), datetime.now(UTC))
    receiver, basket, plain = Receiver(), Side(), Side()
    server = await postmaster(place.services.database.url)
    async with receiver.serving() as hook, aiohttp.ClientSession() as http:
        await endpoint(place, http, hook)
        await slow(http, place.services.settings.sandbox_url, ANY_BROKER)
        for number in range(WARM_UP + ROUNDS):
            first, second = [await log_in(place, f"asha-{number}-{side}") for side in ("basket", "plain")]
            whole = Purchase(place, http, first, config={"type": "BUY", "scid": SCID, "amount": AMOUNT})
            took = [await _bought(place, receiver, whole, server)]
            lines = await _lines(place, whole.transaction_id)
            took.append(await _bought(place, receiver, Purchase(place, http, second, lines), server))
            if number >= WARM_UP:
                for side, (seconds, ours, database) in zip((basket, plain), took, strict=True):
                    side.seconds.append(seconds)
                    side.ours += ours
                    side.database += database
    return basket, plain


async def _bought(
    place: Installation, receiver: Receiver, purchase: Purchase, server: int
) -> tuple[float, float, float]:
    await purchase.create()
    await purchase.review()
    ours, database = Meter(place), ServerMeter(server)
    ended = receiver.completed(purchase.transaction_id)
    with ours, database:
        sent_at = await purchase.confirm()
        await ended.wait()
        seconds = receiver.arrived[purchase.transaction_id] - sent_at
    return seconds, ours.seconds, database.seconds


async def _lines(place: Installation, transaction_id: str) -> list[dict[str, Any]]:
    """The orders of this transaction, as a plain one names them."""
    async with place.services.database.connection() as connection:
        found = await connection.fetch(
            """
            select o.symbol, o.quantity from orders o join batches b using (gateway_id, batch_id)
            where b.gateway_id = $1 and b.transaction_id = $2
            """,
            place.gateway.gateway_id,
            transaction_id,
        )
    if len(found) != CONSTITUENTS:
        raise RuntimeError(f"{len(found)} orders for {CONSTITUENTS} constituents")
    return [{"ticker": row["symbol"], "quantity": row["quantity"], "type": "BUY"} for row in found]


def rows(basket: Side, plain: Side) -> list[tuple[str, str, str, str]]:
    took, beside = median(basket.seconds), median(plain.seconds)
    return [
        (
            f"basket of {CONSTITUENTS}, 50 ms broker, pace switched off: confirm to the webhook of its end",
            f"{took * 1000:.0f} ms",
            f"{beside * 1000:.0f} ms, a plain transaction of the same orders",
            f"at most 1.1 of it: {took / beside:.2f}",
        ),
        (
            "  and the CPU of gateway, worker and PostgreSQL",
            f"{basket.cpu * 1000:.0f} ms",
            f"{plain.cpu * 1000:.0f} ms",
            f"at most 1.1 of it: {basket.cpu / plain.cpu:.2f}",
        ),
    ]
