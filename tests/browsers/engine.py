"""One browser as a story drives it, whatever its engine: windows, pages, real clicks, JavaScript."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

PATIENCE = 60.0

FIND = """((words) => {
  const inside = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? inside(e.shadowRoot) : [])]);
  const name = (e) => (e.getAttribute("aria-label") || e.textContent).replace(/\\s+/g, " ").trim();
  return inside(document).filter((e) => e.matches("button, a, h1, h2") && name(e) === words && e.getClientRects().length).pop();
})"""  # noqa: E501
"""The button, link or heading of these words, in the page or in the notice of the SDK."""


AT_REST = """((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const there = element.getRootNode().elementFromPoint(x + width / 2, y + height / 2);
  return element === there || element.contains(there);
})"""
"""Whether a click in its middle would meet the element."""


class Gone(Exception):
    """The window is not there any more."""


class Engine(Protocol):
    """`evaluate` gives the value of an expression, of what JSON can say; `click` presses the element that an expression
    gives, as a mouse does. Both raise `Gone` for a window that was closed, `LookupError` where a page is changing."""

    name: str
    version: str

    async def windows(self) -> list[str]: ...
    async def goto(self, window: str, url: str) -> None: ...
    async def evaluate(self, window: str, expression: str) -> Any: ...
    async def click(self, window: str, expression: str) -> None: ...
    async def close(self, window: str) -> None: ...


class Window:
    """One window of that browser."""

    def __init__(self, engine: Engine, handle: str) -> None:
        self.engine = engine
        self.handle = handle

    async def goto(self, url: str) -> None:
        await self.engine.goto(self.handle, url)

    async def evaluate(self, expression: str) -> Any:
        return await self.engine.evaluate(self.handle, expression)

    async def shows(self, words: str) -> None:
        """Wait for the button, link or heading of these words."""
        await self.until(f"!!{FIND}({words!r})", f"shows {words!r}")

    async def until(self, expression: str, what: str) -> None:
        async def holds() -> bool:
            return bool(await self.evaluate(expression))

        try:
            await until(holds, what)
        except AssertionError as error:
            words = await self.evaluate("location.href + ' ' + document.body.innerText")
            raise AssertionError(f"{error}; there is {words}") from None

    async def press(self, words: str) -> None:
        """Wait for that button or link and press it. A page may be changing under the mouse."""
        await self.shows(words)
        await self.press_element(f"{FIND}({words!r})")

    async def press_element(self, expression: str) -> None:
        await self.until(f"document.readyState === 'complete' && !!{expression}", f"has {expression}")
        middle = "{block: 'center', behavior: 'instant'}"  # out from under the page's foot
        await self.until(f"({expression}?.scrollIntoView({middle}), {AT_REST}({expression}))", "comes to rest")
        await self.engine.click(self.handle, expression)

    async def close(self) -> None:
        await self.engine.close(self.handle)

    async def gone(self) -> None:
        async def holds() -> bool:
            return self.handle not in await self.engine.windows()

        await until(holds, "closes")


async def until(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until it holds. Fails with `what` when that takes too long."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            if await holds():
                return
        except LookupError:
            pass  # between two pages
        assert asyncio.get_running_loop().time() < deadline, f"it never {what}"
        await asyncio.sleep(0.05)
