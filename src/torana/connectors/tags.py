"""Tags on a broker's rows: ours, somebody else's, and words that the broker itself writes there.

Kite puts words of its own between the tags: an order under market protection shows `"tag": null, "tags": ["mktp",
"mktp:2.00"]`, a sliced one `autoslice`. Source: Kite Connect forum and order books; not in its documentation.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from torana.kit.ids import TAG_DIGITS

MARKERS = frozenset({"mktp", "autoslice", "iceberg", "amo", "gtt", "basket", "sip", "auction"})
"""A word of the broker's may carry a value behind a colon, which no client's tag can hold."""

_OURS = re.compile(rf"[1-9][0-9]{{{TAG_DIGITS - 1}}}")
_OURS_WITHIN = re.compile(rf"(?<![0-9]){_OURS.pattern}(?![0-9])")


class Tags(NamedTuple):
    """`ours`: the tag in the form that we give; `foreign`: there is none, and another client's tag is."""

    ours: str | None
    foreign: bool


def read_tags(tag: object, tags: object = None) -> Tags:
    """What a row's `tag` and `tags`, of whatever shape, say together."""
    words = [str(one).strip() for one in (tag, *_listed(tags)) if one is not None and not isinstance(one, bool)]
    ours = next((word for word in words if _OURS.fullmatch(word)), None)
    return Tags(ours, ours is None and any(word and not is_marker(word) for word in words))


def is_marker(word: str) -> bool:
    return ":" in word or word.lower() in MARKERS


def may_be_ours(row: object, known: Collection[str]) -> bool:
    """Whether a row that cannot be read carries a tag of our form, or the id of an order that is known to be ours."""
    if not isinstance(row, Mapping):
        return False
    tags = (row.get("tag"), row.get("tags"))
    return any(_OURS_WITHIN.search(str(one)) for one in tags) or str(row.get("order_id")).strip() in known


def _listed(tags: object) -> list[Any]:
    return list(tags) if isinstance(tags, list | tuple) else [tags]
