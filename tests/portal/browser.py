"""A real browser for the portal's pages, and what a page is measured by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from playwright.async_api import Browser, Page, Route

from torana.pages.assets import ASSETS, PREFIX
from torana.pages.render import View, render
from torana.portal.page_response import page_headers

Scheme = Literal["light", "dark"]
HOST = "http://portal.test"

STAND_STILL = """
window.setTimeout = window.setInterval = () => 0;
window.fetch = () => new Promise(() => {});
window.EventSource = class {
  told = {};
  constructor() { window.stream = this; }
  addEventListener(type, act) { this.told[type] = act; }
};
"""
"""Nothing happens by itself; `stream` is the page's stream, by which a test tells it what is new."""

SMALL_TARGETS = """
[...document.querySelectorAll('a, button, summary, input:not([type=hidden]), .switch label')]
  .filter((element) => element.checkVisibility())
  .map((element) => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
  .filter(([, box]) => box.width < 43.9 || box.height < 43.9)
  .map(([html, box]) => `${html} is ${box.width} x ${box.height}`)
"""

PALE_TEXTS = """
(() => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const seen = new Map();
  const painted = (colour) => {
    context.clearRect(0, 0, 1, 1); context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const channels = (colour) => seen.get(colour) ?? (seen.set(colour, painted(colour)), seen.get(colour));
  const linear = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const pale = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const words = walker.currentNode.textContent.trim();
    if (!words || !element.checkVisibility() || element.closest('svg, noscript, .unseen')) continue;
    const ink = light(channels(getComputedStyle(element).color));
    const [dark, bright] = [ink, light(ground(element))].sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < 4.5) pale.push(`${words.slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return pale;
})()
"""

FOCUS = """
(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const outlined = (node) => {
    const style = node && getComputedStyle(node);
    return style && style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 2;
  };
  const shown = [element, element.nextElementSibling, element.parentElement].some(outlined);
  const { x, y, width, height } = element.getBoundingClientRect();
  const there = (at) => {
    const top = document.elementFromPoint(x + width / 2, y + at);
    return element.contains(top) || top?.contains(element) || element.closest("label")?.contains(top);
  };
  return [element.outerHTML.slice(0, 90), shown, [2, height / 2, height - 2].every(there)];
})()
"""
"""What has the focus: its beginning, whether that can be seen, whether nothing lies over it. Null: nothing has it."""


@asynccontextmanager
async def opened(
    browser: Browser, pages: dict[str, View], *, width: int, height: int, scheme: Scheme, complaints: list[str]
) -> AsyncIterator[Page]:
    """A tab in which `/{name}` shows that page, with the headers of production, and with time standing still."""
    context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda line: complaints.append(f"{page.url}: {line.text}") if line.type in ("error", "warning") else None,
    )

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HOST)
        asset = ASSETS.find(path.rsplit("/", 1)[-1]) if path.startswith(PREFIX) else None
        if asset is not None:
            await route.fulfill(body=asset.body, content_type=asset.content_type)
        elif path[1:] in pages:
            await route.fulfill(body=render(pages[path[1:]]), content_type="text/html", headers=page_headers())
        else:
            complaints.append(f"{page.url} asked for {route.request.url}")
            await route.abort()

    await page.route("**/*", answer)
    await page.add_init_script(STAND_STILL)
    yield page
    await context.close()
