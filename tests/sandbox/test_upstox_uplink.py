"""UpLink Business at the simulated Upstox, without a browser: what its forms do."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.upstox_desk import GATEWAY, INFY, MULTI, Desk, Reply, encode, open_desk, order
from tests.support.clock import HandClock

BACK = f"{GATEWAY}/returned?v=7"
"""The app's redirect_url, which nothing is added to."""


@pytest.fixture
async def desk(clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        yield desk


def line(number: int = 1, **changed: object) -> dict[str, object]:
    """An order as the UpLink documentation shows it: without a trigger price."""
    given = order(tag=f"48291337041592{number}", **changed)
    return {name: value for name, value in given.items() if name != "trigger_price"}


async def statuses(desk: Desk, token: str) -> list[tuple[str, str]]:
    rows = (await desk.get("/v2/order/retrieve-all", token)).json["data"]
    return [(row["tag"], row["status"]) for row in rows]


async def test_nothing_is_placed_before_the_investor_confirms(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)
    visit = desk.visit_of(await desk.uplink(token, [line(1), line(2, instrument_token=INFY)], is_editable="false"))

    page = await desk.send("GET", visit)
    before = await statuses(desk, token)
    confirmed = await desk.press(visit, "confirm", action="place")
    result = await desk.send("GET", visit)
    done = await desk.press(visit, "done")

    assert "Simulated" in page.text
    assert "Buy TCS" in page.text
    assert token not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert before == []
    assert desk.visit_of(confirmed) == visit
    assert "2" in result.text
    assert "Orders sent" in result.text
    assert (done.status, done.location) == (303, BACK)
    assert await statuses(desk, token) == [("482913370415921", "complete"), ("482913370415922", "complete")]
    assert {placed.asked.app for placed in desk.running.ledger.orders} == {MULTI}


async def test_the_investor_may_turn_back(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)
    visit = desk.visit_of(await desk.uplink(token, [line()]))

    turned = await desk.press(visit, "confirm", action="cancel")

    assert (turned.status, turned.location) == (303, BACK)
    assert await statuses(desk, token) == []


async def test_a_second_confirmation_places_nothing_more(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)
    visit = desk.visit_of(await desk.uplink(token, [line()], is_editable="false"))

    await desk.press(visit, "confirm", action="place")
    await desk.press(visit, "confirm", action="place")

    assert len(await statuses(desk, token)) == 1


async def test_the_investor_may_change_quantities_unless_the_app_forbids_it(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)
    open_visit = desk.visit_of(await desk.uplink(token, [line()]))
    fixed_visit = desk.visit_of(await desk.uplink(token, [line()], is_editable="false"))

    assert 'name="quantity"' in (await desk.send("GET", open_visit)).text
    assert 'name="quantity"' not in (await desk.send("GET", fixed_visit)).text
    await desk.press(open_visit, "confirm", action="place", quantity="3")
    await desk.press(fixed_visit, "confirm", action="place", quantity="3")

    assert [placed.quantity for placed in desk.running.ledger.orders] == [3, 7]


@pytest.mark.parametrize("quantity", ["0", "-1", "x", "", str(2**31)])
async def test_a_quantity_that_is_none_places_nothing(desk: Desk, quantity: str) -> None:
    token = await desk.log_in(app=MULTI)
    visit = desk.visit_of(await desk.uplink(token, [line()]))

    reply = await desk.press(visit, "confirm", action="place", quantity=quantity)

    assert reply.status == 400
    assert await statuses(desk, token) == []


async def test_selling_without_a_standing_authorisation_goes_through_the_depository(desk: Desk) -> None:
    token = await desk.log_in("needs-edis", MULTI)
    visit = desk.visit_of(await desk.uplink(token, [line(transaction_type="SELL")], is_editable="false"))

    review = await desk.send("GET", visit)
    await desk.press(visit, "confirm", action="place")
    tpin_page = await desk.send("GET", visit)
    await desk.press(visit, "authorise", action="verify", tpin="000000")
    wrong = await desk.send("GET", visit)
    await desk.press(visit, "authorise", action="verify", tpin="246813")
    otp_page = await desk.send("GET", visit)
    await desk.press(visit, "authorise", action="verify", otp="135790")
    again = await desk.send("GET", visit)
    placed_before = await statuses(desk, token)
    await desk.press(visit, "confirm", action="place")

    assert "Authorise and place order" in review.text
    assert 'name="tpin"' in tpin_page.text
    assert 'role="alert"' in wrong.text
    assert 'name="otp"' in otp_page.text
    assert "authorised for sale" in again.text
    assert placed_before == []
    assert [status for _, status in await statuses(desk, token)] == ["complete"]


async def test_the_way_back_from_the_depository_leads_to_the_review(desk: Desk) -> None:
    token = await desk.log_in("needs-edis", MULTI)
    visit = desk.visit_of(await desk.uplink(token, [line(transaction_type="SELL")], is_editable="false"))

    await desk.press(visit, "confirm", action="place")
    await desk.press(visit, "authorise", action="back")
    page = await desk.send("GET", visit)
    skipped = await desk.press(visit, "authorise", action="verify", otp="135790")

    assert "Review orders" in page.text
    assert desk.visit_of(skipped) == visit
    assert desk.account("needs-edis").holding("TCS").authorised == 0


async def test_an_order_that_is_refused_at_once_is_told_on_the_page_and_does_not_exist(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)
    visit = desk.visit_of(await desk.uplink(token, [line(1), line(2, is_amo=True)], is_editable="false"))

    await desk.press(visit, "confirm", action="place")
    page = await desk.send("GET", visit)

    assert "1 of 2 orders sent" in page.text
    assert "AMO orders cannot be placed during the market hours" in page.text
    assert [tag for tag, _ in await statuses(desk, token)] == ["482913370415921"]


def refused(reply: Reply) -> tuple[int, bool]:
    return reply.status, reply.headers["content-type"].startswith("text/html")


async def test_a_wrong_form_is_refused_with_a_page(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)

    as_header = await desk.uplink(f"Bearer {token}", [line()])
    nobody = await desk.uplink("", [line()])
    no_list = await desk.uplink(token, [], data=encode(line()).decode())
    nothing = await desk.uplink(token, [])
    no_json = await desk.uplink(token, [], data="x")
    unknown = await desk.uplink(token, [line(instrument_token="NSE_EQ|INE000X00000")])
    no_number = await desk.uplink(token, [line(quantity="seven")])
    long_tag = await desk.uplink(token, [line() | {"tag": "t" * 41}])
    script = await desk.uplink(token, [line()], redirect_url="javascript:alert(1)")
    nowhere = await desk.uplink(token, [line()], redirect_url="")
    missing = await desk.send("GET", "/v2/uplink/0123456789abcdef")

    assert refused(as_header) == refused(nobody) == (401, True)
    assert {refused(reply) for reply in (no_list, nothing, no_json, unknown, no_number, long_tag)} == {(400, True)}
    assert refused(script) == refused(nowhere) == (400, True)
    assert refused(missing) == (404, True)
    assert "UDAPI1119" in long_tag.text


async def test_a_login_that_ended_in_between_places_nothing(desk: Desk) -> None:
    """S04."""
    token = await desk.log_in(app=MULTI)
    visit = desk.visit_of(await desk.uplink(token, [line()], is_editable="false"))

    await desk.send("DELETE", "/v2/logout", token)
    reply = await desk.press(visit, "confirm", action="place")

    assert refused(reply) == (401, True)
    assert desk.running.ledger.orders == []


async def test_one_order_is_cancelled_after_a_question(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)
    visit = desk.visit_of(await desk.uplink(token, [line(quantity=118)], is_editable="false"))
    await desk.press(visit, "confirm", action="place")
    order_id = desk.running.ledger.orders[0].order_id
    form = {"access_token": token, "redirect_url": BACK, "order_id": order_id}

    async def ask() -> str:
        return desk.visit_of(await desk.send("POST", "/v2/uplink/order/cancel", data=form))

    kept = await desk.press(await ask(), "confirm", action="no")
    still_open = await statuses(desk, token)
    question = await ask()
    page = await desk.send("GET", question)
    await desk.press(question, "confirm", action="yes")
    result = await desk.send("GET", question)
    done = await desk.press(question, "done")
    again = await desk.send("POST", "/v2/uplink/order/cancel", data=form)

    assert kept.location == done.location == BACK
    assert [status for _, status in still_open] == ["open"]
    assert "Yes, cancel" in page.text
    assert "Cancellation sent" in result.text
    assert [status for _, status in await statuses(desk, token)] == ["cancelled"]
    assert refused(again) == (400, True)


async def test_only_ones_own_order_can_be_cancelled(desk: Desk) -> None:
    theirs = await desk.placed(await desk.log_in("ravi"), quantity=118)
    token = await desk.log_in(app=MULTI)

    for order_id, status in ((theirs, 404), ("", 400), ("1 2", 400)):
        form = {"access_token": token, "redirect_url": BACK, "order_id": order_id}
        assert refused(await desk.send("POST", "/v2/uplink/order/cancel", data=form)) == (status, True)
