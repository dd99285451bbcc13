"""Every page of the gallery in one language, as pictures, and what does not fit there:

    .venv/bin/python -m tests.pages.pictures_in hi

A program of its own: the language is there before anything that knows English is read. It needs a font of the language.
"""

import asyncio
import sys
from pathlib import Path

from torana.pages.texts import languages

SCREENS = Path(__file__).parents[2] / "artefacts"
WIDTHS = (320, 390, 1280)
LETTERS = (16, 32)
"""What the browser's settings say, in px."""
MISFITS = """
() => [document.documentElement, ...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && !one.closest("svg, .unseen, input"))
  .filter((one) => one === document.documentElement || getComputedStyle(one).overflow !== "visible")
  .map((one) => [one, one.scrollWidth - one.clientWidth, one.scrollHeight - one.clientHeight])
  .filter(([one, wider, taller]) => wider > 0 || (taller > 1 && one !== document.documentElement))
  .map(([one, wider, taller]) => `${one.outerHTML.slice(0, 80)} is ${wider} px too wide, ${taller} px too tall`)
"""


async def main(language: str, *names: str) -> None:
    languages.ENGLISH = languages.LANGUAGES[language]
    from tests.portal.browser import HOST, SMALL_TARGETS, opened
    from tests.portal.gallery import GALLERY
    from tests.support.chromium import chromium

    folder, complaints = SCREENS / f"screens-{language}", list[str]()
    folder.mkdir(parents=True, exist_ok=True)
    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=complaints
    ) as page:  # fmt: skip
        settings = await page.context.new_cdp_session(page)
        for name in names or GALLERY:
            await page.goto(f"{HOST}/{name}")
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 844})
                for letters in LETTERS:
                    await settings.send("Page.setFontSizes", {"fontSizes": {"standard": letters}})
                    misfits = [*await page.evaluate(MISFITS), *await page.evaluate(SMALL_TARGETS)]
                    complaints += [f"{name} ({width}, {letters} px): {misfit}" for misfit in misfits]
                    for scheme in ("light", "dark") if (width, letters) == (390, 16) else ("light",):
                        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                        # Not of the full page: to take that one takes the letters back.
                        await page.screenshot(path=folder / f"{name}.{width}.{letters}.{scheme}.png")
    sys.stdout.writelines(f"{one}\n" for one in complaints)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
