"""axe-core finds nothing of any impact on any page of the portal, in test mode and out of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error

from tests.journeys import journey
from tests.portal.browser import HOST, Scheme, opened
from tests.portal.gallery import GALLERY
from tests.support import axe
from tests.support.axe import WHOLE, violations
from tests.support.chromium import chromium
from torana.pages.render import View


def _looked_at() -> Iterator[tuple[str, View, Scheme]]:
    """Every page light in test mode and dark out of it; or one of each kind, in turns."""
    seen: set[type] = set()
    for number, (name, view) in enumerate(GALLERY.items()):
        if WHOLE:
            yield name, _in_mode(view, test=True), "light"
            yield f"{name}-live", _in_mode(view, test=False), "dark"
        elif type(view) not in seen:
            seen.add(type(view))
            yield name, _in_mode(view, test=number % 2 == 0), "light"


def _in_mode(view: Any, *, test: bool) -> View:
    made: View = replace(view, frame=replace(view.frame, test=test))
    return made


async def test_axe_finds_nothing() -> None:
    """WCAG 2.0 to 2.2, A and AA, and best practices. In a window as tall as the longest page: what lies under the foot
    depends on how far one has scrolled; tests/portal/test_gallery.py sees that nothing with the focus does."""
    looked_at = list(_looked_at())
    pages = {name: view for name, view, _ in looked_at}
    found: list[str] = []

    async with chromium() as browser, opened(
        browser, pages, width=390, height=4000, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        for name, _, scheme in looked_at:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await page.goto(f"{HOST}/{name}")
            found += [f"{name}: {one}" for one in await violations(page)]
        await page.evaluate("document.querySelector('h1').outerHTML = '<button></button>'")
        spoilt = await violations(page)

    assert found == []
    assert [one.partition(" ")[0] for one in spoilt] == ["button-name", "page-has-heading-one"]


async def test_a_journey_fails_where_axe_does_and_not_where_a_page_gives_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(journey, "WHOLE", True)
    camera = journey.Camera(tmp_path)

    async with chromium() as browser, opened(
        browser, GALLERY, width=390, height=844, scheme="light", complaints=[]
    ) as page:  # fmt: skip
        await page.goto(f"{HOST}/result")
        monkeypatch.setattr(axe, "_RUN", "/* %s %s */ new Promise(() => { location = '/review'; })")
        await camera.take(page, "gives-way")
        await page.wait_for_url(f"{HOST}/review")
        monkeypatch.setattr(axe, "_RUN", "/* %s %s */ window")  # which no answer can hold
        with pytest.raises(Error):
            await camera.take(page, "fails")
