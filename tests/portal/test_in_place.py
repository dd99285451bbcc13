"""M22: a page that changes while it is open moves nothing of what is read, in any language. By rectangles: to the
browser's own measure a node in another's place is no shift."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from playwright.async_api import Page

from tests.portal.browser import HOST, opened
from tests.portal.samples import AFTERWARDS, ANY, HOME, NEXT_OPEN, REVIEWING, STARTING, batch, look, order
from tests.support.brokers import ANY_NAME
from tests.support.chromium import chromium
from torana.connectors.contract import Reason
from torana.connectors.registry import BROKERS
from torana.flows.ordering.review import review_view
from torana.flows.ordering.status import status_view
from torana.flows.show_orders import orders_view
from torana.orders.models import Order
from torana.orders.states import AttentionKind, DoubtReason, OrderState
from torana.pages.render import LiveView, View, render_live
from torana.pages.texts.languages import LANGUAGES
from torana.pages.views import Waiting

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
SIZES = [(320, 568), (360, 740), (390, 844), (480, 760)]
"""Phones, and the pop-up that the SDK opens."""
LONGEST = replace(ANY, name=max((one.name for one in BROKERS.values()), key=len))


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
    """Given three orders that are being sent, then whatever is told of the first and the second, or of all of them, no
    row moves."""
    sent = [order(symbol, 25, OrderState.SENDING) for symbol in ("INFY", "INFY", "TCS")]
    unseen = order("INFY", 25, OrderState.UNRESOLVED, attention=AttentionKind.END_NOT_SEEN)
    moved: list[str] = []

    def shown(language: str, *orders: Order) -> LiveView:
        frame = replace(AFTERWARDS, texts=LANGUAGES[language])
        return status_view(
            frame, LONGEST, "AB1234", batch(*_numbered(*orders)),
            app="Acme Invest", stream=f"{HOME}/stream", next_open=NEXT_OPEN, settled=False,
        )  # fmt: skip

    begun: dict[str, View] = {language: shown(language, *sent) for language in LANGUAGES}
    async with chromium() as browser, opened(
        browser, begun, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        for language in LANGUAGES:
            told = [
                (f"{one.state} {one.reason or one.attention or ''}", shown(language, one, one, sent[2]))
                for one in _standings()
            ]
            told.append(("all unseen", shown(language, unseen, unseen, unseen)))
            for width, height in SIZES:
                await page.set_viewport_size({"width": width, "height": height})
                await page.goto(f"{HOST}/{language}")
                moved += [f"{language}, {width}: {one}" for one in await _moved(page, told)]

    assert moved == []


async def test_a_list_of_orders_keeps_its_place_when_one_is_filled_or_cancelled() -> None:
    def shown(language: str, *states: OrderState) -> LiveView:
        orders = _numbered(*(order("INFY", 25, state) for state in states))
        frame = replace(STARTING, texts=LANGUAGES[language])
        return orders_view(frame, ANY, "AB1234", [batch(*orders)], app="Acme Invest", may_cancel=True)

    waiting = [OrderState.OPEN] * 3
    ends = [OrderState.COMPLETE, OrderState.CANCELLED, OrderState.EXPIRED, OrderState.UNRESOLVED]
    begun: dict[str, View] = {language: shown(language, *waiting) for language in LANGUAGES}
    moved: list[str] = []

    async with chromium() as browser, opened(
        browser, begun, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        for language in LANGUAGES:
            await page.goto(f"{HOST}/{language}")
            moved += await _moved(page, [(end, shown(language, end, *waiting[1:])) for end in ends])

    assert moved == []


async def test_a_review_comes_in_the_place_of_its_skeleton() -> None:
    pages: dict[str, View] = {}
    for language, texts in LANGUAGES.items():
        words, frame = texts.orders.review_waiting(broker=ANY_NAME), replace(REVIEWING, texts=texts)
        pages[f"{language}-waiting"] = Waiting(frame, ANY, texts.review.title(count=2), words, f"{HOME}?part=review")
        pages[f"{language}-review"] = review_view(look(frame=frame))
    places: list[list[str]] = []

    async with chromium() as browser, opened(
        browser, pages, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        for name in pages:
            await page.goto(f"{HOST}/{name}")
            places.append([place.rpartition(" ")[2] for place in await page.evaluate(PLACES)])

    assert [len(one) for one in places] == [4] * 2 * len(LANGUAGES)
    assert places[::2] == places[1::2]
