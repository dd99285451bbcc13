"""What the partner's page hears: the state, at once when it changes, and the end, once."""

import asyncio
from typing import Any

import pytest

from tests.portal.installation import ORIGIN, Browser, Installation
from tests.portal.steps import TCS, connected, to_hand_over, to_review
from tests.support.brokers import ANY_BROKER
from tests.support.patience import PATIENCE
from torana.connectors.registry import BROKERS, offered
from torana.partners.tokens import read_token


async def test_a_session_tells_who_and_which_brokers(installation: Installation, browser: Browser) -> None:
    """In the order in which they are offered."""
    guest = await installation.create(TCS)
    investor_id = await connected(installation, browser, logged_in=False)
    known = await installation.create(TCS, investor_id=investor_id)

    offers = offered([broker.capabilities for broker in BROKERS.values()], None)
    assert (await installation.ask("session", guest))[1] == {
        "connected": False,
        "broker": None,
        "brokers": [{"key": known.broker, "name": known.name} for known in offers],
    }
    _, told = await installation.ask("session", known)
    assert (told["connected"], told["broker"]) == (True, ANY_BROKER)


@pytest.mark.parametrize(
    ("changed", "status", "name"),
    [
        ({"gateway": "nobody"}, 404, "invalid_gateway"),
        ({"authToken": "x.y.z"}, 401, "invalid_jwt"),
        ({"authToken": None}, 401, "invalid_user_data"),
        ({"gateway": 7}, 400, "invalid_request"),
    ],
)
async def test_a_session_with_a_wrong_set_up_names_what_is_wrong(
    installation: Installation, changed: dict[str, Any], status: int, name: str
) -> None:
    flow = await installation.create(TCS)

    got, body = await installation.ask("session", flow, **changed)

    assert got == status
    assert body["success"] is False
    assert body["errors"] == [name]
    assert body["message"]


async def test_pages_of_other_origins_can_read_nothing_but_the_refusal(installation: Installation) -> None:
    flow = await installation.create(TCS)
    url = f"{installation.url}/portal/sdk/session"
    body = {"gateway": installation.gateway.name, "authToken": flow.token}

    async with installation.http.post(url, json=body, headers={"origin": ORIGIN}) as allowed:
        assert allowed.status == 200
        assert allowed.headers["access-control-allow-origin"] == ORIGIN
        assert allowed.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in allowed.headers
    for origin in ("https://evil.test", "null"):
        async with installation.http.post(url, json=body, headers={"origin": origin}) as refused:
            assert refused.status == 403
            assert refused.headers["access-control-allow-origin"] == origin
            assert (await refused.json())["errors"] == ["invalid_gateway"]
            assert (await refused.json())["data"] is None
    async with installation.http.post(url, json=body) as unnamed:
        assert unnamed.status == 403
    async with installation.http.options(url, headers={"origin": ORIGIN}) as preflight:
        assert preflight.status == 204
        assert preflight.headers["access-control-allow-origin"] == ORIGIN
        assert preflight.headers["access-control-allow-methods"] == "POST"


async def test_a_watch_sees_every_stage(installation: Installation, browser: Browser) -> None:
    """And the step within one: the order is at its broker, and its end, three seconds later, is not known yet."""
    flow = await installation.create(TCS | {"quantity": 101})
    stages: list[str] = []

    async def look() -> dict[str, Any]:
        _, state = await installation.ask("watch", flow, since=-1)
        stages.append(state["stage"])
        return dict(state)

    await look()
    chooser = await installation.open(browser, flow)
    await look()
    hand_over = await browser.submit(chooser, "/broker", broker=ANY_BROKER)
    await look()
    waiting = await browser.log_in(hand_over, "asha")
    await look()
    await browser.submit(await browser.load(waiting), "/confirm")
    before = await look()
    async with installation.worker():
        _, after = await installation.ask("watch", flow, since=before["version"])
        await installation.settled(flow)
    await look()

    assert stages == ["opening", "choosing", "at_broker", "reviewing", "confirmed", "done"]
    assert (before["placed"], after["placed"]) == (False, True)
    assert (after["stage"], after["settled"]) == ("confirmed", False)


async def test_a_watch_holds_until_there_is_news(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    _, first = await installation.ask("watch", flow, since=0)

    held = asyncio.create_task(installation.ask("watch", flow, since=first["version"]))
    done, _ = await asyncio.wait({held}, timeout=0.4)
    await installation.open(browser, flow)
    async with asyncio.timeout(PATIENCE):
        _, second = await held

    assert not done
    assert second["stage"] == "choosing"
    assert second["version"] > first["version"]


async def test_the_result_is_told_again_and_again_with_a_good_token(
    installation: Installation, browser: Browser
) -> None:
    """U03, U04."""
    flow = await installation.create(TCS)
    await browser.submit(await to_review(installation, browser, flow), "/confirm")
    async with installation.worker():
        _, at_close = await installation.ask("close", flow)
        first = await installation.settled(flow)
    second = await installation.settled(flow)

    assert at_close["stage"] in ("confirmed", "done")
    assert at_close["error"] is None
    assert first["result"]["orderBatches"] == second["result"]["orderBatches"]
    now = installation.services.clock.now()
    told = read_token(installation.gateway, second["result"]["smallcaseAuthToken"], now)
    assert told.investor_id == (await installation.transaction(flow)).investor_id
    assert second["result"]["transactionId"] == flow.transaction_id


@pytest.mark.parametrize(
    ("reached", "code"), [("nothing", 1010), ("chooser", 1010), ("broker", 1011), ("review", 1012)]
)
async def test_closing_before_the_confirmation_cancels(
    installation: Installation, browser: Browser, reached: str, code: int
) -> None:
    """U02."""
    flow = await installation.create(TCS)
    if reached == "chooser":
        await installation.open(browser, flow)
    elif reached == "broker":
        await to_hand_over(installation, browser, flow)
    elif reached == "review":
        await to_review(installation, browser, flow)

    _, told = await installation.ask("close", flow)
    _, again = await installation.ask("watch", flow, since=0)

    assert told["settled"] is True
    assert told["unsure"] is False
    assert (told["error"]["message"], told["error"]["code"]) == ("user_cancelled", code)
    assert again["error"]["code"] == code
    assert await installation.orders_at_broker() == []


async def test_a_window_that_just_left_for_the_broker_may_only_have_been_cut_off(
    installation: Installation, browser: Browser
) -> None:
    """U05."""
    flow = await installation.create(TCS)
    hand_over = await to_hand_over(installation, browser, flow)
    csrf = hand_over.text.partition('data-csrf="')[2].partition('"')[0]
    await browser.post(f"{hand_over.path}/left", {"csrf": csrf}, origin=browser.base)

    _, unsure = await installation.ask("close", flow)
    waiting = await browser.log_in(hand_over, "asha")

    assert unsure["unsure"] is True
    assert unsure["settled"] is False
    assert waiting.heading == "Review your order"


async def test_a_window_whose_page_says_that_it_is_open_is_not_taken_for_closed(
    installation: Installation, browser: Browser
) -> None:
    """U05: the opener policy of the partner's page, which many set without knowing, cuts it off at its first page."""
    flow = await installation.create(TCS)
    chooser = await installation.open(browser, flow)
    csrf = chooser.text.partition('data-csrf="')[2].partition('"')[0]

    looks_closed = asyncio.create_task(installation.ask("close", flow))
    await browser.post(f"{chooser.path}/apart", {"csrf": csrf}, origin=browser.base)
    _, at_once = await looks_closed
    _, later = await installation.ask("close", flow)
    open_still = await browser.get(chooser.path)
    _, sure = await installation.ask("close", flow, sure=True)

    assert "data-opener" in chooser.text
    assert [(told["settled"], told["unsure"], told["ends"]) for told in (at_once, later)] == [(False, True, False)] * 2
    assert open_still.heading == chooser.heading
    assert "data-opener" not in open_still.text
    assert sure["error"]["code"] == 1010


async def test_a_window_that_is_opened_again_may_be_closed(installation: Installation, browser: Browser) -> None:
    """The new one can see its opener."""
    flow = await installation.create(TCS)
    chooser = await installation.open(browser, flow)
    csrf = chooser.text.partition('data-csrf="')[2].partition('"')[0]
    await browser.post(f"{chooser.path}/apart", {"csrf": csrf}, origin=browser.base)
    await installation.open(browser, flow)
    installation.advance(6)

    _, told = await installation.ask("close", flow)

    assert told["error"]["code"] == 1010


async def test_only_the_pages_own_form_can_say_that_a_window_is_open(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create(TCS)
    chooser = await installation.open(browser, flow)
    refused = await browser.post(f"{chooser.path}/apart", {"csrf": "0" * 64}, origin=browser.base)
    installation.advance(6)

    _, told = await installation.ask("close", flow)

    assert refused.status == 403
    assert told["settled"] is True


async def test_who_says_that_he_is_sure_cancels(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    hand_over = await to_hand_over(installation, browser, flow)
    csrf = hand_over.text.partition('data-csrf="')[2].partition('"')[0]
    await browser.post(f"{hand_over.path}/left", {"csrf": csrf}, origin=browser.base)

    _, told = await installation.ask("close", flow, sure=True)
    late = await browser.log_in(hand_over, "asha")

    assert told["error"]["code"] == 1011
    assert late.heading == "Cancelled"


async def test_a_while_after_leaving_a_window_that_looks_closed_may_still_log_in(
    installation: Installation, browser: Browser
) -> None:
    """U05: a later page of the broker's may cut the window off."""
    flow = await installation.create(TCS)
    hand_over = await to_hand_over(installation, browser, flow)
    csrf = hand_over.text.partition('data-csrf="')[2].partition('"')[0]
    await browser.post(f"{hand_over.path}/left", {"csrf": csrf}, origin=browser.base)
    installation.advance(5)

    _, told = await installation.ask("close", flow)
    waiting = await browser.log_in(hand_over, "asha")

    assert (told["settled"], told["unsure"], told["ends"]) == (False, True, True)
    assert waiting.heading == "Review your order"


@pytest.mark.parametrize("call", ["session", "watch"])
async def test_a_page_that_reached_us_by_another_name_is_told_the_public_address(
    call: str, installation: Installation
) -> None:
    """A login that begins under `localhost` would come back to 127.0.0.1 without its cookie."""
    flow = await installation.create(TCS)
    body = {
        "gateway": installation.gateway.name,
        "authToken": flow.token,
        "transactionId": flow.transaction_id,
        "flow": flow.flow,
    }
    headers = {"origin": ORIGIN, "host": "localhost:28080"}

    async with installation.http.post(f"{installation.url}/portal/sdk/{call}", json=body, headers=headers) as answer:
        told = (await answer.json())["data"]

    assert told["address"] == installation.url


@pytest.mark.parametrize(("transaction_id", "code"), [("TRX_" + "0" * 32, 3002), ("nonsense", 3002), ("", 3002)])
async def test_an_unknown_transaction_is_told_at_once(
    installation: Installation, transaction_id: str, code: int
) -> None:
    flow = await installation.create(TCS)
    flow.transaction_id = transaction_id

    for call in ("watch", "close"):
        status, told = await installation.ask(call, flow)
        assert status == 200
        assert told["settled"] is True
        assert (told["error"]["message"], told["error"]["code"]) == ("invalid_transactionId", code)


async def test_an_expired_transaction_is_told_at_once(installation: Installation) -> None:
    flow = await installation.create(TCS)
    installation.advance(16 * 60)

    _, told = await installation.ask("watch", flow, since=0)

    assert (told["error"]["message"], told["error"]["code"]) == ("transaction_expired", 3001)


async def test_another_flow_hears_that_the_transaction_is_taken(installation: Installation, browser: Browser) -> None:
    flow = await installation.create(TCS)
    await installation.open(browser, flow)

    _, other = await installation.ask("watch", flow, flow="e" * 32)
    _, closing = await installation.ask("close", flow, flow="e" * 32)

    assert other["error"]["code"] == 3003
    assert closing["error"]["code"] == 3003
    assert (await installation.transaction(flow)).finished_at is None


async def test_only_the_flow_that_cancelled_hears_of_the_cancel(installation: Installation) -> None:
    flow = await installation.create(TCS)

    await installation.ask("close", flow)
    _, other = await installation.ask("watch", flow, flow="e" * 32)

    assert other["error"]["code"] == 3001


async def test_orders_that_wait_in_the_queue_settle_as_a_success(installation: Installation, browser: Browser) -> None:
    """AMO."""
    await installation.market("2026-11-18T20:00:00+05:30")
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow, amo="true")

    async with installation.worker():
        await browser.submit(review, "/confirm")
        state = await installation.settled(flow)
        page = await browser.get(review.path)

    assert "Place after-market order" in review.text
    assert "you agree" in review.words
    assert state["result"]["orderBatches"][0]["variety"] == "amo"
    assert page.heading == "Your order is in the queue"
    assert "Thursday 19 November at 09:15" in page.words
