"""axe-core: what a page has that keeps people out of it, whatever its impact."""

import json
import os
from contextlib import suppress

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import CDPSession, Error, Page

WHOLE = bool(os.environ.get("TORANA_WHOLE"))
"""`make campaign` looks at every page, light and dark; `make test` at one of each kind, without the contrast, which
tests/portal/test_gallery.py measures."""

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """
axe.run(%s, %s).then(({ violations }) => violations.flatMap(({ id, impact, nodes }) =>
  nodes.map(({ html, failureSummary }) => `${id} (${impact}): ${html.slice(0, 120)}: ${failureSummary.replace(/\\s+/g, " ")}`)))
"""  # noqa: E501


class PageLeft(Exception):
    """The page gave way to another while it was looked at."""


async def violations(page: Page, *, within: str | None = None) -> list[str]:
    """Each violation with its impact and its element; in what this CSS selector names, or in the whole page. Raises
    `PageLeft`; whatever else goes wrong with axe is a fault of the test.

    It runs in a world of its own, as a debugger does: the page's policy needs no hole, and its script, its clock and
    its names stay as they are.
    """
    try:
        session = await page.context.new_cdp_session(page)
        frame = await _frame(session)
    except Error:
        if page.is_closed():
            raise PageLeft(page.url) from None
        raise
    try:
        return await _found(session, frame["id"], within)
    except Error:
        if await _is_left(session, frame["loaderId"]):
            raise PageLeft(page.url) from None
        raise
    finally:
        with suppress(Error):  # it ends with its page
            await session.detach()


async def _frame(session: CDPSession) -> dict[str, str]:
    told = await session.send("Page.getFrameTree")
    frame: dict[str, str] = told["frameTree"]["frame"]
    return frame


async def _is_left(session: CDPSession, loader: str) -> bool:
    try:
        return (await _frame(session))["loaderId"] != loader
    except Error:
        return True  # closed


async def _found(session: CDPSession, frame: str, within: str | None) -> list[str]:
    where = {"frameId": frame, "worldName": "axe"}
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
    result = told["result"]
    assert isinstance(result, dict)
    return list(result["value"])
