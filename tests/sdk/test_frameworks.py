"""Pages of React, Vue and Svelte with the npm package in their bundle, and TypeScript's two ways of finding its types.

Only `make frameworks` runs this: it fetches the frameworks from npm, and writes its results into docs/sdk.md.
"""

import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, expect

from tests.judges.installed import NODE, install
from tests.sdk.conftest import serve
from tests.sdk.fake_gateway import TOKEN, FakeGateway
from tests.sdk.pages import TRX, eventually
from tests.sdk.test_package import packed
from tests.sdk.test_types import HERE as TYPES
from tests.sdk.test_types import STRICT
from tests.support.tables import write_table

FRAMEWORKS = Path(__file__).parents[1] / "frameworks"
REACT_18 = ["react=react18", "react-dom=react-dom18"]
APPS: dict[str, tuple[str, str, list[str]]] = {
    "react18": ("react.jsx", "React {react18}, StrictMode", REACT_18),
    "react": ("react.jsx", "React {react}, StrictMode", []),
    "vue": ("vue.js", "Vue {vue}", []),
    "svelte": ("svelte.js", "Svelte {svelte}", []),
}
WAYS = ["NodeNext", "Bundler"]
PAGE = """<!doctype html><meta charset=utf-8><title>Shop</title><link rel=icon href="data:,"><main id=app></main><script>
window.outcomes = [];
window.faults = [];
window.record = (promise) => promise.then((result) => outcomes.push(result.broker), (error) => outcomes.push(error.message));
window.transactionId = %s;
window.options = %s;
for (const kind of ["error", "unhandledrejection"]) addEventListener(kind, (event) => faults.push(String(event.reason || event.message)));
</script><script type=module src=/bundle.js></script>"""  # noqa: E501


@pytest.fixture(scope="module")
def results() -> Iterator[dict[str, list[str]]]:
    """The rows of the table, which is written if nothing was left out."""
    rows: dict[str, list[str]] = {}
    yield rows
    if len(rows) == len(APPS) + len(WAYS):
        write_table(
            "docs/sdk.md", "frameworks", ["page", "buy", "reload and resume", "component gone while open"], rows
        )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("package"))


def release(package: str) -> str:
    about = install(FRAMEWORKS) / "node_modules" / package / "package.json"
    return str(json.loads(about.read_text("utf-8"))["version"])


def bundled(app: str, project: Path) -> str:
    """The script of that app's page, as its bundler makes it of the package."""
    entry, _, aliases = APPS[app]
    out = project / f"{app}.js"
    modules = project / "node_modules"
    command: list[str | Path] = [NODE, "bundle.mjs", f"apps/{entry}", out, modules, *aliases]
    done = subprocess.run(command, cwd=install(FRAMEWORKS), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return out.read_text("utf-8")


@pytest_asyncio.fixture(loop_scope="session")
async def shop(request: pytest.FixtureRequest, project: Path, gateway: FakeGateway) -> AsyncIterator[str]:
    """The address of the app's page."""
    script = bundled(request.param, project)
    options = {"gateway": "demo", "smallcaseAuthToken": TOKEN, "config": {"host": gateway.url}}
    text = PAGE % (json.dumps(TRX), json.dumps(options))

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    async def bundle(_: web.Request) -> web.Response:
        return web.Response(text=script, content_type="text/javascript")

    async for url in serve([web.get("/", page), web.get("/bundle.js", bundle)], "localhost"):
        yield url


async def buy(page: Page, gateway: FakeGateway) -> Page:
    async with page.context.expect_page() as opening:
        await page.click("#pay")
    popup = await opening.value
    await popup.wait_for_url(f"{gateway.url}/portal/**")
    return popup


async def outcomes(page: Page) -> list[Any]:
    found: list[Any] = await page.evaluate("outcomes")
    return found


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("shop", "app"), [(app, app) for app in APPS], indirect=["shop"])
async def test_a_page_of_a_framework_buys_resumes_and_lets_go(
    shop: str, app: str, page: Page, gateway: FakeGateway, results: dict[str, list[str]]
) -> None:
    """Given a page of this framework, when the investor buys, reloads in the middle, or the component goes away while
    the window is open, then each promise settles once, the page shows the end, and nothing is complained about."""
    name = APPS[app][1].format(**{package: release(package) for package in ("react18", "react", "vue", "svelte")})
    row = results.setdefault(name, ["fails"] * 3)
    state = page.locator("#state")

    await page.goto(shop)
    await expect(state).to_have_text("idle")
    assert gateway.paths().count("session") == 1
    popup = await buy(page, gateway)
    await expect(state).to_have_text("running choosing")
    await gateway.resolve(TRX, broker="alpha")
    await expect(state).to_have_text("alpha")
    assert await outcomes(page) == ["alpha"]
    row[0] = "works"
    await popup.close()

    gateway.visits.clear()
    popup = await buy(page, gateway)
    await gateway.reach(TRX, "reviewing")
    await page.reload()
    await expect(state).to_have_text("running reviewing")
    await gateway.reach(TRX, "confirmed")
    await gateway.resolve(TRX, broker="beta")
    await expect(state).to_have_text("beta")
    assert await page.evaluate("sessionStorage.getItem('torana.flows')") == "{}"
    row[1] = "works"
    await popup.close()

    gateway.visits.clear()
    before = len(await outcomes(page))
    await buy(page, gateway)
    await page.evaluate("leave()")
    await expect(state).to_have_text("left")
    await gateway.resolve(TRX, broker="gamma")
    await page.wait_for_function("before => outcomes.length > before", arg=before)
    assert (await outcomes(page))[before:] == ["gamma"]
    assert await page.evaluate("faults") == []
    row[2] = "works"
    await eventually(lambda: gateway.closings() == [])


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("shop", ["react18", "react"], indirect=True)
async def test_of_two_taps_at_once_the_hook_follows_the_first(shop: str, page: Page, gateway: FakeGateway) -> None:
    """React draws after both: the second is refused, and the page goes on with the first one's end."""
    await page.goto(shop)
    await page.evaluate("() => { const button = document.querySelector('#pay'); button.click(); button.click() }")
    await page.wait_for_function("outcomes.length === 1")
    await eventually(lambda: gateway.opened)

    await expect(page.locator("#state")).to_have_text("running choosing")
    await gateway.resolve(TRX, broker="alpha")

    await expect(page.locator("#state")).to_have_text("alpha")
    assert await outcomes(page) == ["transaction_in_process", "alpha"]


@pytest.mark.parametrize("way", WAYS)
def test_typescript_finds_the_types_of_the_package(way: str, project: Path, results: dict[str, list[str]]) -> None:
    """Right uses compile, wrong ones do not; the hook's types, too."""
    home = install(FRAMEWORKS)
    row = results.setdefault(f"TypeScript {release('typescript')}, `{way}`", ["fails", "", ""])
    types = TYPES.joinpath("types.ts").read_text("utf-8").replace('"./scdk.mjs"', '"torana-scdk"')
    types += HOOK
    project.joinpath("types.mts").write_text(types)
    if not (project / "node_modules/@types").exists():
        (project / "node_modules/@types").symlink_to(home / "node_modules/@types")
        (project / "node_modules/csstype").symlink_to(home / "node_modules/csstype")
    options = STRICT | {"module": "NodeNext" if way == "NodeNext" else "ESNext", "moduleResolution": way}
    project.joinpath("tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": ["types.mts"]}))
    compiler = home / "node_modules/typescript/bin/tsc"

    done = subprocess.run([NODE, compiler, "-p", project], capture_output=True, text=True, timeout=300, check=False)

    assert (done.stdout, done.returncode) == ("", 0)
    row[0] = "compiles"


HOOK = """
import { useTransaction } from "torana-scdk/react";
const options = { gateway: "acme", smallcaseAuthToken: "a.b.c" };
const { step, result, error, trigger } = useTransaction<{ broker: string }>(options);
const broker: string | undefined = result?.broker;
// @ts-expect-error no such step
const no: boolean = step === "confirmd";
// @ts-expect-error it is `brokers`
void trigger({ transactionId: "TRX_1", broker: "acme" });
export { broker, error, no };
"""
