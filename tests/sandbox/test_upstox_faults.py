"""What can be made to go wrong reaches the simulated Upstox too, in Upstox's wire format."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace

import aiohttp
import pytest

from tests.sandbox.upstox_desk import INFY, MULTI, Desk, open_desk, order
from tests.support.clock import HandClock
from torana.sandbox import front
from torana.sandbox.faults import Fault, Kind, Operation
from torana.sandbox.models import Reason

TAG = "482913370415926"


@pytest.fixture
async def desk(clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        yield desk


def set_fault(desk: Desk, fault: Fault) -> None:
    desk.running.faults.add(fault, desk.clock.now())


async def test_a_time_out_text_comes_with_400_and_the_order_appears_later(desk: Desk) -> None:
    """A05."""
    token = await desk.log_in()

    reply = await desk.place(token, quantity=106)
    early = await desk.get("/v2/order/history", token, tag=TAG)
    desk.clock.advance(8)
    late = await desk.get("/v2/order/history", token, tag=TAG)

    assert reply.status == 400
    assert "timed out" in reply.json["errors"][0]["message"]
    assert (early.status, early.code) == (404, "UDAPI100010")
    assert late.json["data"][-1]["status"] == "complete"


@pytest.mark.parametrize(("quantity", "orders"), [(112, 1), (113, 0)])
async def test_a_503_may_or_may_not_have_placed(desk: Desk, quantity: int, orders: int) -> None:
    """A06."""
    token = await desk.log_in()

    reply = await desk.place(token, quantity=quantity)

    assert (reply.status, reply.code) == (503, "UDAPI100500")
    assert len(desk.running.ledger.with_tag(TAG)) == orders


async def test_a_refusal_for_funds_in_the_answer_names_them(desk: Desk) -> None:
    """A13."""
    token = await desk.log_in()

    reply = await desk.place(token, quantity=111)

    assert reply.status == 400
    assert "add funds" in reply.json["errors"][0]["message"]
    assert desk.running.ledger.orders == []


async def test_an_undocumented_code_is_in_both_spellings(desk: Desk) -> None:
    """A14."""
    token = await desk.log_in()

    error = (await desk.place(token, quantity=117)).json["errors"][0]

    assert error["errorCode"] == error["error_code"] == "UDAPI199999"


async def test_success_without_an_order_id_and_an_undocumented_status(desk: Desk) -> None:
    """A08, A15."""
    token = await desk.log_in()

    nameless = await desk.place(token, quantity=115)
    row = await desk.details(token, await desk.placed(token, quantity=110, instrument_token=INFY))

    assert nameless.status == 200
    assert nameless.json["data"] == {"order_ids": []}
    assert row["status"] == "awaiting surveillance release"


async def test_a_429_names_upstoxs_code_and_when_to_come_back(desk: Desk) -> None:
    """S05."""
    token = await desk.log_in()
    set_fault(desk, Fault(kind=Kind.RATE_LIMITED, seconds=2))

    reply = await desk.place(token)

    assert (reply.status, reply.code) == (429, "UDAPI10005")
    assert reply.headers["retry-after"] == "2"


async def test_an_unregistered_address_is_refused_as_upstox_does(desk: Desk) -> None:
    token = await desk.log_in()
    set_fault(desk, Fault(kind=Kind.STATUS, status=403, placed=False))

    reply = await desk.place(token)

    assert (reply.status, reply.code) == (403, "UDAPI1154")


async def test_a_tag_look_up_sees_the_book_that_faults_show(desk: Desk) -> None:
    """A18, A22."""
    token = await desk.log_in()
    await desk.placed(token, quantity=130)
    dropped = await desk.get("/v2/order/history", token, tag=TAG)
    await desk.placed(token)
    set_fault(desk, Fault(kind=Kind.STALE_EMPTY, operation=Operation.ORDERS))
    stale = await desk.get("/v2/order/history", token, tag=TAG)
    set_fault(desk, Fault(kind=Kind.STATUS, operation=Operation.ORDERS, status=500))
    broken = await desk.get("/v2/order/history", token, tag=TAG)
    healthy = await desk.get("/v2/order/history", token, tag=TAG)

    assert [reply.status for reply in (dropped, stale, broken, healthy)] == [404, 404, 500, 200]


async def test_a_large_book_is_padded(desk: Desk) -> None:
    """A20."""
    token = await desk.log_in("large-book")
    await desk.placed(token)

    rows = (await desk.get("/v2/order/retrieve-all", token)).json["data"]

    assert len(rows) == 3001
    assert [row["tag"] for row in rows].count(TAG) == 1


async def test_a_token_dies_in_mid_basket(desk: Desk) -> None:
    """S04."""
    token = await desk.log_in("token-dies")

    first, second = await desk.place(token), await desk.place(token)

    assert first.status == 200
    assert (second.status, second.code) == (401, "UDAPI100050")


async def test_a_broken_connection_is_broken_on_the_wire(desk: Desk) -> None:
    """A10."""
    token = await desk.log_in()

    with pytest.raises(aiohttp.ClientError):
        await desk.place(token, quantity=116)

    assert len(desk.running.ledger.with_tag(TAG)) == 1
    assert desk.running.ledger.place_requests("upstox", desk.account().user_id) == 1


async def test_faults_of_the_browser_basket_apply_when_the_investor_confirms(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)
    line = order(quantity=111)
    visit = desk.visit_of(await desk.uplink(token, [line], is_editable="false"))
    set_fault(desk, Fault(kind=Kind.TAG_DROPPED, operation=Operation.BASKET))

    await desk.press(visit, "confirm", action="place")

    assert [(placed.asked.tag, placed.tag) for placed in desk.running.ledger.orders] == [(TAG, None)]


async def test_magic_quantities_of_answers_do_not_concern_the_browser_basket(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)
    visit = desk.visit_of(await desk.uplink(token, [order(quantity=104)], is_editable="false"))

    reply = await asyncio.wait_for(desk.press(visit, "confirm", action="place"), 5)

    assert reply.status == 303
    assert len(desk.running.ledger.orders) == 1


async def test_a_late_refusal_is_told_in_the_book(desk: Desk) -> None:
    """A13."""
    token = await desk.log_in()
    set_fault(desk, Fault(kind=Kind.REJECT, reason=Reason.HOLDINGS))

    row = await desk.details(token, await desk.placed(token))

    assert (row["status"], row["status_message_raw"][:22]) == ("rejected", "RMS:Rule: Check holdin")


async def test_pages_can_cut_the_window_that_opened_them(desk: Desk) -> None:
    set_fault(desk, Fault(kind=Kind.COOP, operation=Operation.LOGIN, times=None))

    page = await desk.dialog("")

    assert page.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(("path", "limit"), [("place", 10), ("/v2/user/profile", 50)])
async def test_more_requests_than_a_second_allows_are_refused(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch, path: str, limit: int
) -> None:
    """S05. The front's own clock stands still: all requests arrive in one second."""
    monkeypatch.setattr(front, "time", SimpleNamespace(monotonic=lambda: 0.0))
    async with open_desk(clock, rate_limits=True) as desk:
        token, other = await desk.log_in("asha"), await desk.log_in("ravi")

        async def ask(as_token: str) -> int:
            reply = await (desk.place(as_token) if path == "place" else desk.get(path, as_token))
            return reply.status

        found = await asyncio.gather(*(ask(token) for _ in range(limit + 3)))
        elsewhere = await ask(other)

    assert (found.count(200), found.count(429)) == (limit, 3)
    assert elsewhere == 200
