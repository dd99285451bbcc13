"""What the gateway sees of the page that asks: its origin, whatever the page's policies, or a refusal by name."""

import pytest
from playwright.async_api import Frame, Route

from tests.sdk.fake_gateway import TOKEN, FakeGateway
from tests.sdk.pages import TRX, PartnerPage, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

META = "document.head.append(Object.assign(document.createElement('meta'), {name: 'referrer', content: '%s'}))"
POLICIES = ["no-referrer", "same-origin", "strict-origin", "no-referrer-when-downgrade", "unsafe-url"]
SHOP = "https://shop.test"


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("way", ["pop-up", "redirect"])
async def test_the_gateway_sees_the_origin_whatever_the_referrer_policy_of_the_page(
    way: str, policy: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """As a header: `no-referrer` is what Helmet sends if nobody says otherwise."""
    await buyer.visit(referrer=policy, redirect=way == "redirect")

    await buyer.page.click("#pay")

    await eventually(lambda: gateway.opened)
    assert gateway.origins == [buyer.partner.url]


@pytest.mark.parametrize("way", ["pop-up", "redirect"])
async def test_a_policy_that_the_page_sets_by_itself_is_no_hindrance_either(
    way: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(start=META % "no-referrer", redirect=way == "redirect")

    await buyer.page.click("#pay")

    await eventually(lambda: gateway.opened)
    assert gateway.origins == [buyer.partner.url]


@pytest.mark.pop_up_blocker
async def test_the_button_of_a_held_back_window_sends_the_origin_too(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit(referrer="no-referrer", start="setTimeout(() => buy(), 0)")

    await buyer.page.get_by_role("button", name="Open window").click()

    await eventually(lambda: gateway.opened)
    assert gateway.origins == [buyer.partner.url]


async def test_a_page_that_goes_on_after_a_reload_sends_the_origin_too(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(referrer="no-referrer", start="window.resumed = gw.resume()")
    popup = await buyer.buy()
    await gateway.reach(TRX, "reviewing")
    await popup.close()
    await buyer.outcome()
    gateway.visit(TRX).settled = False
    gateway.visit(TRX).stage = "reviewing"
    await buyer.page.evaluate(
        "transactionId => sessionStorage.setItem('torana.flows', JSON.stringify({[transactionId]: {flow: 'f'}}))", TRX
    )
    await buyer.reload()

    await buyer.bar().get_by_role("button", name="Continue").click()

    await eventually(lambda: len(gateway.opened) == 2)
    assert gateway.origins == [buyer.partner.url] * 2


OPAQUE = {
    "sandboxed frame": "<iframe sandbox='allow-scripts allow-popups allow-forms' srcdoc='{inner}'>",
    "data address": '<iframe src="data:text/html,{inner}">',
}
OURS = {
    "srcdoc": "<iframe srcdoc='{inner}'>",
    "sandboxed frame with its origin": "<iframe sandbox='allow-scripts allow-popups allow-forms allow-same-origin "
    "allow-popups-to-escape-sandbox' srcdoc='{inner}'>",
    "about:blank": "<iframe>",
}


async def bundled(buyer: PartnerPage) -> str:
    """The text of the SDK, which does not know where it came from."""
    return (await (await buyer.page.request.get(f"{buyer.gateway.url}/scdk/2.0.0/scdk.js")).body()).decode()


async def framed(buyer: PartnerPage, frame: str, **config: str) -> Frame:
    """A frame of the partner's page that has the SDK in its own bundle."""
    await buyer.page.goto(f"{buyer.partner.url}/elsewhere")
    await buyer.page.evaluate(
        "html => { document.body.innerHTML = html }", frame.format(inner="<p>inner") + "</iframe>"
    )
    await eventually(lambda: len(buyer.page.frames) == 2)
    inside = buyer.page.frames[1]
    await inside.wait_for_load_state()
    await inside.add_script_tag(content=await bundled(buyer))
    await inside.evaluate(
        """([host, token, transactionId, config]) => {
            window.gw = new scDK({gateway: "demo", smallcaseAuthToken: token, config: {host, ...config}});
            document.body.innerHTML = "<button>Buy</button>";
            document.querySelector("button").onclick = () => gw.triggerTransaction({transactionId}).catch((error) => {
              window.error = [error.message, error.code, error.description];
              window.told = error.data;
            });
        }""",
        [buyer.gateway.url, TOKEN, TRX, config],
    )
    return inside


@pytest.mark.parametrize("kind", OPAQUE)
async def test_a_page_without_an_origin_is_refused_by_name_and_opens_nothing(
    kind: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    frame = await framed(buyer, OPAQUE[kind])

    await frame.get_by_role("button", name="Buy").click()

    await frame.wait_for_function("window.error")
    name, code, description = await frame.evaluate("error")
    assert (name, code) == ("invalid_gateway", None)
    assert "no origin" in description
    assert gateway.opened == []
    assert gateway.calls == []
    assert len(buyer.page.context.pages) == 1


async def test_a_data_address_in_the_tab_itself_is_refused_too(buyer: PartnerPage, gateway: FakeGateway) -> None:
    source = await bundled(buyer)
    await buyer.page.goto("data:text/html,<p>Shop")
    await buyer.page.add_script_tag(content=source)

    name = await buyer.page.evaluate(
        """host => {
            const gw = new scDK({gateway: "demo", smallcaseAuthToken: "x", config: {host}});
            return gw.triggerTransaction({transactionId: "TRX_a"}).catch((error) => error.message);
        }""",
        gateway.url,
    )

    assert name == "invalid_gateway"
    assert gateway.calls == []


@pytest.mark.parametrize("kind", OURS)
async def test_a_frame_that_shares_the_origin_of_its_page_acts_as_that_page(
    kind: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    frame = await framed(buyer, OURS[kind])

    await frame.get_by_role("button", name="Buy").click()

    await eventually(lambda: gateway.opened)
    assert gateway.origins == [buyer.partner.url]


async def secure_page(buyer: PartnerPage, host: str) -> None:
    """The partner's page over https, with the SDK in its own bundle."""
    source = await bundled(buyer)

    async def page(route: Route) -> None:
        await route.fulfill(body="<!doctype html><title>Shop</title><button>Buy</button>", content_type="text/html")

    await buyer.page.context.route(f"{SHOP}/**", page)
    await buyer.page.goto(f"{SHOP}/")
    await buyer.page.add_script_tag(content=source)
    await buyer.page.evaluate(
        """([host, token, transactionId]) => {
            window.gw = new scDK({gateway: "demo", smallcaseAuthToken: token, config: {host}});
            document.querySelector("button").onclick = () => gw.triggerTransaction({transactionId}).catch((error) => {
              window.error = [error.message, error.code, error.description];
            });
        }""",
        [host, TOKEN, TRX],
    )


async def test_an_https_page_with_an_http_gateway_is_told_that_and_nothing_else(buyer: PartnerPage) -> None:
    await secure_page(buyer, "http://gateway.test")

    await buyer.page.click("button")

    await buyer.page.wait_for_function("window.error")
    assert await buyer.page.evaluate("error") == [
        "init_sdk",
        3004,
        "This page is https and the gateway http: browsers block that.",
    ]
    assert len(buyer.page.context.pages) == 1


async def test_an_https_page_may_use_a_gateway_on_the_developers_own_machine(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """Where the developer has let the page reach it, as the browser asks them."""
    await buyer.page.context.grant_permissions(["local-network-access"])
    await secure_page(buyer, gateway.url)

    await buyer.page.click("button")

    await eventually(lambda: gateway.opened)
    assert gateway.origins == [SHOP]


async def test_an_https_page_that_may_not_reach_the_developers_own_machine_is_told_why(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await secure_page(buyer, gateway.url)

    await buyer.page.click("button")

    await buyer.page.wait_for_function("window.error")
    name, code, description = await buyer.page.evaluate("error")
    assert (name, code) == ("internal_error", 2000)
    assert "This page is https and the gateway http" in description
    await eventually(lambda: len(buyer.page.context.pages) == 1)
    assert gateway.opened == []


SANDBOXES = {
    "no forms": ("allow-scripts allow-same-origin allow-popups", {}),
    "no pop-ups, and forms may not leave the frame": (
        "allow-scripts allow-same-origin allow-forms",
        {"returnUrl": "/elsewhere"},
    ),
    "neither, with a way back": ("allow-scripts allow-same-origin", {"returnUrl": "/elsewhere"}),
    "neither": ("allow-scripts allow-same-origin", {}),
}


@pytest.mark.parametrize("kind", SANDBOXES)
async def test_a_sandbox_that_holds_back_windows_or_forms_is_told_by_name(
    kind: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """Given a frame whose sandbox has the origin and lacks the rest, when the investor presses Buy and then our own
    button, then the promise settles within seconds, and no window and no notice stay."""
    sandbox, config = SANDBOXES[kind]
    frame = await framed(buyer, f"<iframe sandbox='{sandbox}' srcdoc='{{inner}}'>", **config)

    await frame.get_by_role("button", name="Buy").click()
    if kind != "no forms":
        await frame.get_by_role("button", name="Open window").click()

    await frame.wait_for_function("window.error")
    name, code, description = await frame.evaluate("error")
    assert (name, code) == ("popup_blocked", 9001)
    assert "allow-forms" in description or "returnUrl" in description
    await eventually(lambda: len(buyer.page.context.pages) == 1)
    assert await frame.locator("dialog, section").count() == 0
    assert gateway.opened == []


async def test_a_form_that_is_only_slow_finds_its_flow_ended_when_the_page_was_told_that_it_was_held_back(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """Given a frame whose sandbox allows everything and a gateway that takes longer over the form than a frame waits,
    when the promise says that nothing happened, then nothing can happen any more and no window stays."""
    gateway.open_delay = 30
    frame = await framed(buyer, OURS["sandboxed frame with its origin"])

    await frame.get_by_role("button", name="Buy").click()

    await frame.wait_for_function("window.error")
    name, code, _ = await frame.evaluate("error")
    assert (name, code, await frame.evaluate("told")) == ("popup_blocked", 9001, None)
    assert gateway.visit(TRX).error == {"message": "user_cancelled", "code": 1010}
    await eventually(lambda: len(buyer.page.context.pages) == 1)
