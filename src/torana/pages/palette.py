"""Colours that are not ours to choose: the partner's accent and the brokers' hues, made readable.

Contrast is the ratio of WCAG 2 (1 to 21). The surfaces named here are the ones of `static/portal.css`.
"""

import colorsys
import re
from dataclasses import dataclass

LIGHT_SURFACE = "#ffffff"
DARK_SURFACE = "#191a1d"
OUR_ACCENT_LIGHT = "#2f3fa0"
OUR_ACCENT_DARK = "#a9b4ff"
INK = "#14151a"
PAPER = "#ffffff"

SHAPE_CONTRAST = 3.0
"""Least contrast of a button with the surface it lies on."""
TEXT_CONTRAST = 4.5
"""Least contrast of a word with what is behind it."""
LEAST_SATURATION = 0.1
"""Below it a colour is a grey, and made darker or lighter it is nobody's."""
LIGHTNESS_STEP = 0.01

_HEX = re.compile(r"#[0-9a-f]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Accent:
    """The colour of a button and of the words on it, for one of the two schemes."""

    fill: str
    text: str


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def is_colour(text: str) -> bool:
    """Whether this is `#rrggbb` in lower case, the only form that reaches a style sheet."""
    return _HEX.fullmatch(text) is not None


def accents(wanted: str | None) -> tuple[Accent, Accent]:
    """The accent on the light and on the dark surface: the partner's, darker or lighter where it could not be seen
    there; ours where that would leave nothing of its colour."""
    return _accent(wanted, LIGHT_SURFACE, OUR_ACCENT_LIGHT), _accent(wanted, DARK_SURFACE, OUR_ACCENT_DARK)


def accent_sheet(wanted: str) -> str:
    """A small style sheet that sets the accent of `wanted` in both schemes."""
    light, dark = accents(wanted)
    return (
        f":root{{--accent:{light.fill};--on-accent:{light.text}}}"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{dark.fill};--on-accent:{dark.text}}}}}"
    )


def monogram_fill(hue: int) -> str:
    """A colour of this hue (degrees) on which white letters can be read, whatever the hue."""
    for lightness in range(46, 10, -2):
        colour = _hsl(hue, lightness / 100, 0.58)
        if contrast(colour, PAPER) >= TEXT_CONTRAST:
            return colour
    return INK


def _accent(wanted: str | None, surface: str, ours: str) -> Accent:
    fill = ours if wanted is None or not is_colour(wanted) else _visible(wanted, surface) or ours
    return Accent(fill, max((PAPER, INK), key=lambda text: contrast(text, fill)))


def _visible(wanted: str, surface: str) -> str | None:
    """The colour, moved in lightness until it stands out from the surface; None for one without a hue."""
    if contrast(wanted, surface) >= SHAPE_CONTRAST:
        return wanted
    hue, lightness, saturation = colorsys.rgb_to_hls(*(int(wanted[at : at + 2], 16) / 255 for at in (1, 3, 5)))
    if saturation < LEAST_SATURATION:
        return None
    towards = -LIGHTNESS_STEP if luminance(surface) > 0.5 else LIGHTNESS_STEP
    while 0 < lightness + towards < 1:
        lightness += towards
        moved = _hsl(round(hue * 360), lightness, saturation)
        if contrast(moved, surface) >= SHAPE_CONTRAST:
            return moved
    return None


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _hsl(hue: int, lightness: float, saturation: float) -> str:
    channels = colorsys.hls_to_rgb(hue % 360 / 360, lightness, saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
