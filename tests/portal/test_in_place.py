"""M22: a page that changes while it is open moves nothing of what is read. By rectangles: to the browser's own measure
a node in another's place is no shift."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from playwright.async_api import Page

from tests.portal.browser import HOST, opened
from tests.portal.gallery import GALLERY, status
from tests.portal.samples import ANY, STARTING, batch, order
from tests.support.chromium import chromium
from torana.connectors.contract import Reason
from torana.flows.show_orders import orders_view
from torana.orders.models import Order
from torana.orders.states import AttentionKind, DoubtReason, OrderState
from torana.pages.render import LiveView, render_live

PLACES = """
[...document.querySelectorAll(".strip, h1, .headline, .orders > li, .orders .line-row, .lines > li, .bone-row")]
  .map((one) => `${one.classList[0] ?? one.localName} ${Math.round(one.getBoundingClientRect().y)}`)
"""
TELL = f"""
news => news.map((parts) => {{
  stream.told.parts({{ data: JSON.stringify(parts) }});
  return {PLACES.strip()};
}})
"""
SIZES = [(390, 844), (480, 760)]
"""A phone, and the pop-up that the SDK opens."""


def _standings() -> Iterator[Order]:
    """An order in every state, with all that can be said of it there."""
    for state in OrderState:
        yield order("INFY", 25, state)
    for state in (OrderState.PARTIAL, OrderState.CANCELLED, OrderState.EXPIRED):
        yield order("INFY", 25, state, filled=3)
    for kind in AttentionKind:
        yield order("INFY", 25, OrderState.OPEN, attention=kind)
    said: dict[str, Any] = {"message": "Insufficient funds. Required margin is 32005.00, available is 10000.00."}
    for reason in Reason:
        yield order("INFY", 25, OrderState.REJECTED, reason=reason, **said)
    yield order("INFY", 25, OrderState.CHECKING, reason=DoubtReason.REFUSED_UNKNOWN_CODE, **said)


def _numbered(*orders: Order) -> list[Order]:
    """The same orders of one batch, whatever becomes of them."""
    number = "261118000123456"
    return [
        msgspec.structs.replace(one, order_id=f"order-{at}", broker_order_id=number) for at, one in enumerate(orders)
    ]


async def _moved(page: Page, told: Sequence[tuple[str, LiveView]]) -> list[str]:
    """What of these news moved what is read."""
    before: list[str] = await page.evaluate(PLACES)
    assert len(before) > 6
    moved = []
    places: list[list[str]] = await page.evaluate(TELL, [render_live(view) for _, view in told])
    for (name, _), now in zip(told, places, strict=True):
        moved += [f"{name}: {one} was {other}" for one, other in zip(now, before, strict=True) if one != other]
    return moved


async def test_orders_on_their_way_keep_their_place_whatever_becomes_of_one() -> None:
    """Given three orders that are being sent, then whatever is told of the first and the second, no row moves."""
    sent = [order(symbol, 25, OrderState.SENDING) for symbol in ("INFY", "INFY", "TCS")]
    begun = status(batch(*_numbered(*sent)))
    told = [
        (f"{one.state} {one.reason or one.attention or ''}", status(batch(*_numbered(one, one, sent[2]))))
        for one in _standings()
    ]
    moved: list[str] = []

    async with chromium() as browser, opened(
        browser, {"status": begun}, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            await page.goto(f"{HOST}/status")
            moved += [f"{width}: {one}" for one in await _moved(page, told)]

    assert moved == []


async def test_a_list_of_orders_keeps_its_place_when_one_is_filled_or_cancelled() -> None:
    def shown(*states: OrderState) -> LiveView:
        orders = _numbered(*(order("INFY", 25, state) for state in states))
        return orders_view(STARTING, ANY, "AB1234", [batch(*orders)], app="Acme Invest", may_cancel=True)

    waiting = [OrderState.OPEN] * 3
    ends = [OrderState.COMPLETE, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.UNRESOLVED]

    async with chromium() as browser, opened(
        browser, {"orders": shown(*waiting)}, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        await page.goto(f"{HOST}/orders")
        moved = await _moved(page, [(end, shown(end, *waiting[1:])) for end in ends])

    assert moved == []


async def test_a_review_comes_in_the_place_of_its_skeleton() -> None:
    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        places = []
        for name in ("waiting", "review"):
            await page.goto(f"{HOST}/{name}")
            places.append([place.rpartition(" ")[2] for place in await page.evaluate(PLACES)])

    assert len(places[0]) == 4
    assert places[0] == places[1]
