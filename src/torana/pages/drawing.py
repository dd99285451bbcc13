"""Lines for pictures that are drawn on the server: from numbers to the paths of an SVG. The page brings no library."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_POINTS = 160
"""A line of more is thinned out: no screen shows more of it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Paths in a box of `width` x `height`: the line, what lies below it, and a dot at its end."""

    line: str
    area: str
    end: str


def thinned(count: int, most: int = MOST_POINTS) -> list[int]:
    """The places of at most so many of `count` points, evenly, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(at * (count - 1) / (most - 1)) for at in range(most)})


def drawn(
    values: Sequence[int], width: int, height: int, *, low: int | None = None, high: int | None = None, margin: int = 4
) -> Drawn | None:
    """The values from left to right, `low` and `high` at the edges (their own least and greatest unless given). None
    for fewer than two."""
    if len(values) < 2:
        return None
    least, most = min(values) if low is None else low, max(values) if high is None else high
    places = thinned(len(values))
    across, up = (width - 2 * margin) / (len(values) - 1), height - 2 * margin

    def point(at: int) -> str:
        share = 0.5 if most == least else (values[at] - least) / (most - least)
        return f"{margin + at * across:.1f} {height - margin - share * up:.1f}"

    points = [point(at) for at in places]
    line = f"M{points[0]}L{' '.join(points[1:])}"
    left, right = f"{margin} {height}", f"{width - margin} {height}"
    return Drawn(line, f"M{left}L{' '.join(points)} {right}Z", f"M{points[-1]}h0")
