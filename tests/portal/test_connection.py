"""A login that ended: the partner is told, and the same link goes on after a new one."""

from typing import Any

from tests.portal.installation import Browser, Installation
from tests.portal.steps import TCS, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME
from torana.connections import store
from torana.connections.models import Connection
from torana.connections.tell import LOGINS, tell
from torana.kit.due import claim


async def told(installation: Installation) -> list[str]:
    """What partners were told of connections, once the worker has done what is due."""
    services = installation.services
    for one in await claim(services.database, LOGINS, installation.gateway.gateway_id, services.clock.now(), 16):
        await tell(services.database, services.clock, one)
    async with services.database.connection() as connection:
        rows: list[Any] = await connection.fetch(
            "select type from events where gateway_id = $1 and type like 'connection.%' order by created_at",
            installation.gateway.gateway_id,
        )
    return [row["type"] for row in rows]


async def connection_of(installation: Installation, investor_id: str | None) -> Connection:
    now = installation.services.clock.now()
    assert investor_id is not None
    found = await store.of_investor(installation.services.database, installation.gateway.gateway_id, investor_id, now)
    assert found is not None
    return found.as_of(now)


async def test_the_same_link_goes_on_after_a_new_login(installation: Installation, browser: Browser) -> None:
    """S04, R05: given a review whose login the broker has ended, when the investor logs in again, then the same
    transaction is reviewed and placed, and the partner was told both."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    investor_id = (await installation.transaction(flow)).investor_id
    await installation.tell("POST", "/sandbox/sessions/end", {"broker": ANY_BROKER})

    over = await browser.load(await browser.get(review.path))
    ended, after_the_end = await told(installation), await connection_of(installation, investor_id)
    installation.advance(1)
    again = await browser.load(await browser.log_in(await browser.submit(over, "/broker"), "asha"))
    status = await browser.submit(again, "/confirm")

    assert over.heading == f"Your {ANY_NAME} login has ended"
    assert (ended, after_the_end.ended_by) == (["connection.ended"], "refused_by_broker")
    assert (again.heading, again.path) == ("Review your order", review.path)
    assert status.heading == "Placing your order"
    assert await told(installation) == ["connection.ended", "connection.restored"]
    assert (await connection_of(installation, investor_id)).lives
