"""The guide of the SDK: its table names every method, and its examples run."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Route

from tests.sdk.fake_gateway import TOKEN, FakeGateway
from tests.sdk.pages import TRX, PartnerPage

pytestmark = pytest.mark.asyncio(loop_scope="session")

GUIDE = (Path(__file__).parents[2] / "docs/sdk.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```(?:js|html)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)

WORLD = """
window.faults = [];
addEventListener("error", ({ message }) => faults.push(message));
addEventListener("unhandledrejection", ({ reason }) => faults.push(String(reason)));
document.body.innerHTML = "<button>Buy</button>";
Object.assign(window, {
  scDK, button: document.querySelector("button"), transactionId: "%s", tokenFromYourServer: "%s", nextToken: "next",
  gateway: new scDK({ gateway: "your-gateway", smallcaseAuthToken: "%s" }), showOrders() {}, showError() {},
});
"""


def _as_code(example: str) -> str:
    """What a page would run of it: the script of an HTML page, the SDK from the module that it names."""
    script = re.search(r"<script type=\"module\">(.*?)</script>", example, re.DOTALL)
    code = example if script is None else script[1]
    code = code.replace("{ … }", '{ gateway: "your-gateway", smallcaseAuthToken: nextToken }')
    return re.sub(r"import scDK from", "const { default: module } = await import", code)


async def test_the_table_names_every_method(buyer: PartnerPage) -> None:
    await buyer.visit()
    real = set(await buyer.page.evaluate("() => Object.getOwnPropertyNames(SDK.prototype)")) - {"constructor"}
    section = GUIDE.split("## Every method")[1].split("\n## ")[0]

    told = {name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)", row)}

    assert told == real


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
async def test_an_example_runs(example: str, buyer: PartnerPage, gateway: FakeGateway) -> None:
    async def created(route: Route) -> None:
        await route.fulfill(json={"transactionId": TRX})

    await buyer.page.route("**/api/transactions", created)
    await buyer.page.goto(f"{buyer.partner.url}/elsewhere")
    await buyer.page.add_script_tag(url=f"{gateway.url}/scdk/2.0.0/scdk.js")
    await buyer.page.evaluate(f"() => {{ {WORLD % (TRX, TOKEN, TOKEN)} }}")
    code = _as_code(example).replace("https://gateway.example.com", gateway.url)
    code = re.sub(r'await import "([^"]*)"', r'await import("\1")', code)

    await buyer.page.evaluate(f"async () => {{ {code} }}")
    if "button.onclick" in code:
        async with buyer.page.context.expect_page() as opening:
            await buyer.page.click("button")
        await (await opening.value).wait_for_url(f"{gateway.url}/portal/**")
        begun = next(iter(gateway.visits))
        await gateway.resolve(begun, smallcaseAuthToken="fresh", broker="alpha", orderBatches=[])
        await buyer.page.wait_for_function("sessionStorage.getItem('torana.flows') === '{}'")

    assert await buyer.page.evaluate("faults") == []
