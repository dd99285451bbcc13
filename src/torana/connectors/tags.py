"""Tags on a broker's rows: ours, somebody else's, and words that the broker itself writes there.

Kite puts words of its own between the tags: an order under market protection shows `"tag": null, "tags": ["mktp",
"mktp:2.00"]`, a sliced one `autoslice`. Source: Kite Connect forum and order books; not in its documentation.
"""

import re
import string
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from torana.connectors.contract import OrderRequest, TagEcho, TagRule
from torana.kit.ids import TAG_DIGITS

MARKERS = frozenset({"mktp", "autoslice", "iceberg", "amo", "gtt", "basket", "sip", "auction"})
"""A word of the broker's may carry a value behind a colon, which no client's tag can hold."""

TAG_FIELDS, ID_FIELD = ("tag", "tags"), "order_id"
"""The fields of a row, as most brokers name them."""

_OURS = re.compile(rf"[1-9][0-9]{{{TAG_DIGITS - 1}}}")
_OURS_WITHIN = re.compile(rf"(?<![0-9]){_OURS.pattern}(?![0-9])")


class Tags(NamedTuple):
    """`ours`: the tag in the form that we give; `foreign`: there is none, and another client's tag is."""

    ours: str | None
    foreign: bool


PLAIN = TagRule(TAG_DIGITS)
"""15 digits, shown again as they were sent."""
_LETTERS = string.digits + string.ascii_lowercase
_SHORT = 10
"""Characters of a base of 36 that hold 15 digits."""
_SHORT_FORM = re.compile(rf"[0-9a-z]{{{_SHORT}}}")


def on_wire(tag: str, rule: TagRule) -> str:
    """Our tag as this broker takes it. Raises `ValueError` for a field that is too short for any form of it."""
    if rule.max_length >= TAG_DIGITS:
        return tag
    if rule.max_length < _SHORT:
        raise ValueError(f"a tag needs {_SHORT} characters, this broker's field holds {rule.max_length}")
    number, letters = int(tag), ""
    for _ in range(_SHORT):
        number, at = divmod(number, len(_LETTERS))
        letters = _LETTERS[at] + letters
    return letters


def as_sent(order: OrderRequest, rule: TagRule) -> OrderRequest:
    """The order with its tag as this broker takes it."""
    tag = on_wire(order.tag, rule)
    return order if tag == order.tag else replace(order, tag=tag)


def off_wire(word: str, rule: TagRule) -> str | None:
    """Our tag in a word that this broker shows, None where it is none of ours."""
    short = rule.max_length < TAG_DIGITS
    if not rule.is_shown:
        return None
    if rule.echo is TagEcho.PREFIXED:
        word = word[-(_SHORT if short else TAG_DIGITS) :]
    if not short:
        return word if _OURS.fullmatch(word) else None
    if rule.echo is TagEcho.CASELESS:
        word = word.lower()
    tag = str(int(word, len(_LETTERS))) if _SHORT_FORM.fullmatch(word) else ""
    return tag if _OURS.fullmatch(tag) else None


def read_tags(tag: object, tags: object = None, rule: TagRule = PLAIN) -> Tags:
    """What a row's `tag` and `tags`, of whatever shape, say together, at a broker of this rule."""
    words = [str(one).strip() for one in (tag, *_listed(tags)) if one is not None and not isinstance(one, bool)]
    ours = next((found for word in words if (found := off_wire(word, rule)) is not None), None)
    return Tags(ours, ours is None and any(word and not is_marker(word) for word in words))


def is_marker(word: str) -> bool:
    return ":" in word or word.lower() in MARKERS


def may_be_ours(
    row: object,
    known: Collection[str],
    *,
    rule: TagRule = PLAIN,
    tag_fields: Collection[str] = TAG_FIELDS,
    id_field: str = ID_FIELD,
) -> bool:
    """Whether a row that cannot be read carries a tag of our form, or the id of an order that is known to be ours. The
    fields are named as the broker names them. Of a broker that shows no tags any row may be ours."""
    if not isinstance(row, Mapping):
        return False
    if not rule.is_shown:
        return True
    tags = [row.get(name) for name in tag_fields]
    carried = any(_OURS_WITHIN.search(str(one)) for one in tags) or read_tags(None, tags, rule).ours is not None
    return carried or str(row.get(id_field)).strip() in known


def _listed(tags: object) -> list[Any]:
    return list(tags) if isinstance(tags, list | tuple) else [tags]
