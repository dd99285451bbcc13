"""Colours that others choose are used where they can be seen, and never where they cannot."""

import pytest

from torana.pages.assets import ASSETS
from torana.pages.palette import (
    DARK_SURFACE,
    LIGHT_SURFACE,
    OUR_ACCENT_DARK,
    OUR_ACCENT_LIGHT,
    accents,
    contrast,
    monogram_fill,
)


def test_a_brand_colour_that_can_be_seen_is_used() -> None:
    light, dark = accents("#0f766e")

    assert light.fill == "#0f766e"
    assert light.text == "#ffffff"
    assert dark.fill == "#0f766e"


@pytest.mark.parametrize(
    ("wanted", "light_fill", "dark_fill"),
    [
        ("#ffffff", OUR_ACCENT_LIGHT, "#ffffff"),
        ("#101010", "#101010", OUR_ACCENT_DARK),
        ("red", OUR_ACCENT_LIGHT, OUR_ACCENT_DARK),
        ("#fff;}", OUR_ACCENT_LIGHT, OUR_ACCENT_DARK),
        (None, OUR_ACCENT_LIGHT, OUR_ACCENT_DARK),
    ],
)
def test_ours_is_used_where_the_brand_colour_fails(wanted: str | None, light_fill: str, dark_fill: str) -> None:
    light, dark = accents(wanted)

    assert (light.fill, dark.fill) == (light_fill, dark_fill)


@pytest.mark.parametrize(
    ("wanted", "light_fill", "dark_fill"), [("#ffeb3b", "#a69500", None), ("#0a1a33", None, "#2663c4")]
)
def test_a_brand_colour_that_cannot_be_seen_is_made_darker_or_lighter(
    wanted: str, light_fill: str | None, dark_fill: str | None
) -> None:
    """A yellow stays a yellow on white, a midnight blue a blue on black."""
    light, dark = accents(wanted)

    assert (light.fill, dark.fill) == (light_fill or wanted, dark_fill or wanted)


@pytest.mark.parametrize("wanted", [None, "#0f766e", "#ffeb3b", "#0a1a33", "#808080", "#e11d48", "#22c55e"])
def test_words_on_a_button_and_the_button_on_the_page_can_be_seen(wanted: str | None) -> None:
    light, dark = accents(wanted)

    for accent, surface in ((light, LIGHT_SURFACE), (dark, DARK_SURFACE)):
        assert contrast(accent.fill, surface) >= 3
        assert contrast(accent.fill, accent.text) >= 4.5


def test_white_letters_can_be_read_on_every_hue() -> None:
    assert min(contrast(monogram_fill(hue), "#ffffff") for hue in range(360)) >= 4.5


def test_the_surfaces_are_those_of_the_style_sheet() -> None:
    sheet = ASSETS.find(ASSETS.path("portal.css").rsplit("/", 1)[1])

    assert sheet is not None
    light, dark = sheet.body.decode().split("@media (prefers-color-scheme:dark)")[:2]
    assert f"--accent:{OUR_ACCENT_LIGHT};" in light
    assert "--surface:#fff;" in light
    assert f"--accent:{OUR_ACCENT_DARK};" in dark
    assert f"--surface:{DARK_SURFACE};" in dark


def test_nothing_but_a_colour_reaches_a_style_sheet() -> None:
    assert ASSETS.sheet("#0f766e}") == ASSETS.path("portal.css")
    assert ASSETS.find("../views.py") is None
