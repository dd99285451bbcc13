"""axe-core: what a page has that keeps people out of it, whatever its impact."""

import json
import os

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

WHOLE = bool(os.environ.get("TORANA_WHOLE"))
"""`make campaign` looks at every page, light and dark; `make test` at one of each kind, without the contrast, which
tests/portal/test_gallery.py measures."""

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """
axe.run(%s, %s).then(({ violations }) => violations.flatMap(({ id, impact, nodes }) =>
  nodes.map(({ html, failureSummary }) => `${id} (${impact}): ${html.slice(0, 120)}: ${failureSummary.replace(/\\s+/g, " ")}`)))
"""  # noqa: E501


async def violations(page: Page, *, within: str | None = None) -> list[str]:
    """Each violation with its impact and its element; in what this CSS selector names, or in the whole page.

    It runs in a world of its own, as a debugger does: the page's policy needs no hole, and its script, its clock and
    its names stay as they are.
    """
    session = await page.context.new_cdp_session(page)
    try:
        tree = await session.send("Page.getFrameTree")
        where = {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "axe"}
        world = (await session.send("Page.createIsolatedWorld", where))["executionContextId"]
        options = {
            "resultTypes": ["violations"],
            "runOnly": {"type": "tag", "values": _RULES},
            "rules": {} if WHOLE else {"color-contrast": {"enabled": False}},
        }
        context = "document" if within is None else json.dumps(within)
        told: dict[str, object] = {}
        for expression in (AXE_SCRIPT, _RUN % (context, json.dumps(options))):
            asked = {"expression": expression, "contextId": world, "awaitPromise": True, "returnByValue": True}
            told = await session.send("Runtime.evaluate", asked)
            if "exceptionDetails" in told:
                raise AssertionError(f"axe did not run: {told['exceptionDetails']}")
    finally:
        await session.detach()
    result = told["result"]
    assert isinstance(result, dict)
    return list(result["value"])
