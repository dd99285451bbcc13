"""Every method of the interface, in the forms that clients send."""

import re
from typing import Any

import pytest

from tests.sdk.fake_gateway import TOKEN, FakeGateway
from tests.sdk.pages import TRX, PartnerPage, eventually
from tests.sdk.test_files import builder

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("call", "brokers"),
    [
        (f"triggerTransaction({{transactionId: '{TRX}', brokers: 'alpha', smallcaseAuthID: 'x'}})", "alpha"),
        (f"triggerTransaction({{transactionId: '{TRX}', brokers: null}})", ""),
        (f"triggerTransaction('{TRX}', {{utm_source: 'x'}}, ['alpha', 'beta'])", "alpha,beta"),
        (f"triggerMfTransaction({{transactionId: '{TRX}'}})", ""),
        (f"triggerMfTransaction('{TRX}')", ""),
    ],
)
async def test_a_transaction_is_triggered_in_every_form(
    call: str, brokers: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(start=f"document.getElementById('pay').onclick = () => record(gw.{call});")

    await buyer.buy()
    await gateway.resolve(TRX, broker="alpha")

    assert await buyer.outcome() == {"result": {"transactionId": TRX, "broker": "alpha"}}
    assert (gateway.opened[0]["transactionId"], gateway.opened[0]["brokers"]) == (TRX, brokers)


async def test_the_token_is_taken_in_every_form(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()

    for number, form in enumerate(
        ["{smallcaseAuthToken: '%s'}", "{userData: '%s'}", "{userData: {smallcaseAuthToken: '%s'}}", "'%s'"]
    ):
        session = await buyer.page.evaluate(f"gw.init({form % f'token {number}'})")
        assert session["connected"] is False
        assert gateway.calls[-1] == ("session", {"gateway": "demo", "authToken": f"token {number}", "language": ""})


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("connect()", {"intent": "CONNECT"}),
        (
            "openSmallplug({path: 'discovery/all', params: 'count=11'})",
            {"intent": "SMALLPLUG", "endpoint": "discovery/all", "params": "count=11"},
        ),
        (
            "launchSmallplug('details/LAMP_1', {minInvest: '0-5000'})",
            {"intent": "SMALLPLUG", "endpoint": "details/LAMP_1", "params": {"minInvest": "0-5000"}},
        ),
    ],
)
async def test_what_needs_no_transaction_of_the_partners_server(
    call: str, wanted: dict[str, Any], buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """The page asks the gateway for the transaction, with an id of its own."""
    await buyer.visit(start=f"document.getElementById('pay').onclick = () => record(gw.{call});")

    await buyer.buy()
    created = next(body for path, body in gateway.calls if path == "create")
    await gateway.resolve(created["transactionId"], broker="alpha", smallcaseAuthToken="fresh")

    assert (await buyer.outcome())["result"]["smallcaseAuthToken"] == "fresh"
    assert re.fullmatch("TRX_[0-9a-f]{32}", created["transactionId"])
    assert created["wanted"] == wanted
    assert created["authToken"] == TOKEN
    assert gateway.opened[0]["transactionId"] == created["transactionId"]
    assert gateway.paths().count("create") == 1
    assert await buyer.storage() == "{}"


async def test_what_a_page_may_not_ask_for_is_told_and_leaves_no_window(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(start="document.getElementById('pay').onclick = () => record(gw.connect());")
    await eventually(lambda: "session" in gateway.paths())
    gateway.refusal = (400, "invalid_user_data")

    await buyer.page.click("#pay")

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["description"], outcome["data"]) == ("invalid_user_data", "why", None)
    await eventually(lambda: len(buyer.page.context.pages) == 1)
    assert gateway.opened == []
    assert await buyer.storage() == "{}"


async def test_a_page_that_asks_too_often_is_told_in_the_gateways_words(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    gateway.refusal = (429, "Too Many Requests")
    await buyer.visit(start="document.getElementById('pay').onclick = () => record(gw.connect());")

    async with buyer.page.context.expect_page():
        await buyer.page.click("#pay")

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"], outcome["description"]) == ("internal_error", 2000, "why")
    assert outcome["data"] is None
    await eventually(lambda: len(buyer.page.context.pages) == 1)
    assert await buyer.storage() == "{}"


async def test_a_window_closed_before_its_transaction_was_made_is_a_cancel(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U02, on a slow network: the gateway does not know the id yet."""
    gateway.create_delay = 30
    await buyer.visit(start="document.getElementById('pay').onclick = () => record(gw.connect());")
    async with buyer.page.context.expect_page() as opening:
        await buyer.page.click("#pay")
    await eventually(lambda: "create" in gateway.paths())

    await (await opening.value).close()

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"], outcome["data"]) == ("user_cancelled", 1010, None)
    assert gateway.opened == []
    assert await buyer.storage() == "{}"


NOT_HERE = [
    "fetchHoldings({version: 'v2', gatewayname: 'demo'})",
    "triggerSmallcaseOrder({scid: 'SCET_0010', type: 'BUY'})",
]


async def test_what_this_version_does_not_do_says_so(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()

    for number, call in enumerate(NOT_HERE):
        await buyer.page.evaluate(f"() => record(gw.{call})")
        outcome = await buyer.outcome(number)
        assert (outcome["message"], outcome["code"], outcome["data"]) == ("not_supported", None, None), call
        assert outcome["description"]
    assert gateway.opened == []


async def test_the_version_is_the_release_of_the_gateway(buyer: PartnerPage) -> None:
    await buyer.visit()

    assert await buyer.page.evaluate("gw.version") == builder().release()


LISTEN = """
window.heard = [];
gw.on("progress", ({ step, transactionId }) => heard.push([step, transactionId]));
window.confirmations = 0;
window.count = () => window.confirmations++;
gw.on("confirmed", count).on("confirmed", () => { throw new Error("a listener of the page"); });
"""


async def _heard(buyer: PartnerPage) -> list[Any]:
    heard: list[Any] = await buyer.page.evaluate("heard")
    return heard


async def _step(buyer: PartnerPage, gateway: FakeGateway, stage: str) -> None:
    await gateway.reach(TRX, stage)
    await buyer.page.wait_for_function("stage => heard.some(([step]) => step === stage)", arg=stage)


async def test_a_page_hears_every_step_and_a_listener_that_throws_disturbs_nothing(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(start=LISTEN)
    popup = await buyer.buy()
    for stage in ("choosing", "at_broker", "reviewing", "confirmed"):
        await _step(buyer, gateway, stage)
    await gateway.place(TRX)
    await buyer.page.wait_for_function("heard.some(([step]) => step === 'placed')")
    await popup.close()
    await buyer.page.wait_for_function("heard.some(([step]) => step === 'window_closed')")
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()
    steps = ["window_opened", "choosing", "at_broker", "reviewing", "confirmed", "placed", "window_closed", "done"]
    assert await _heard(buyer) == [[step, TRX] for step in steps]
    assert await buyer.page.evaluate("confirmations") == 1


async def test_a_listener_that_is_taken_off_hears_nothing(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit(start=LISTEN + "gw.off('confirmed', count);")
    await buyer.buy()
    await _step(buyer, gateway, "confirmed")

    assert await buyer.page.evaluate("confirmations") == 0


async def test_a_page_hears_that_its_window_was_held_back(buyer: PartnerPage) -> None:
    await buyer.visit(start=LISTEN + "window.open = () => null;")
    await buyer.page.click("#pay")
    await buyer.page.get_by_role("button", name="Open window").click()

    assert (await buyer.outcome())["message"] == "popup_blocked"
    assert await _heard(buyer) == [["window_blocked", TRX], ["done", TRX]]
