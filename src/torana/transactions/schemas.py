"""The wire form of a create: read what partners send, refuse what cannot be.

Liberal in what is taken: letter case of words does not matter, null is the same as absent, unknown keys are kept. What
an intent takes beside its name, it reads itself (`Intent.read`).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from torana.kit.errors import ApiError
from torana.kit.json_input import InvalidJson, read_json
from torana.transactions.intents import Intents
from torana.transactions.reading import Faults, keep_unknown, storable

MOST_BYTES = 256 * 1024
LONGEST_NOTES = 256
_MOST_BRACKETS = 1000


class Wanted(msgspec.Struct, frozen=True):
    """What a create asks for, in our words. `extra` is what we do not know, by place: `body`, `orderConfig`,
    `orderConfig.securities[0]` …"""

    intent: str
    kind: str | None
    config: msgspec.Struct
    notes: str | None
    extra: dict[str, Any]


def read_create(intents: Intents[Any], body: bytes, *, by_page: bool = False) -> Wanted:
    """A create's body in our words, of a partner's server or a page. Raises `ApiError` (400) that lists everything that
    is wrong with it."""
    given = _read_json(body)
    faults = Faults()
    extra: dict[str, Any] = {}
    intent = intents.asked_for(given, by_page=by_page)
    keep_unknown(extra, "body", given, intent.body_keys)
    config = intent.read(given, faults, extra)
    notes = _notes(given, faults)
    faults.raise_if_any()
    return Wanted(intent.intent, intent.kind, config, notes, storable(extra))


def _read_json(body: bytes) -> dict[str, Any]:
    if body.count(b"{") + body.count(b"[") > _MOST_BRACKETS:
        raise ApiError(f"The body holds more than {_MOST_BRACKETS} objects and lists")
    try:
        given = read_json(body, _decoder)
    except InvalidJson as error:
        raise ApiError(f"The body must be JSON: {error}") from None
    if not isinstance(given, dict):
        raise ApiError("The body must be a JSON object")
    return given


_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


def _notes(given: Mapping[str, Any], faults: Faults) -> str | None:
    config = given.get("orderConfig")
    both = [given.get("notes"), config.get("notes") if isinstance(config, dict) else None]
    for notes in both:
        if notes is not None and not (isinstance(notes, str) and len(notes) <= LONGEST_NOTES):
            faults.append(f"notes must be a text of at most {LONGEST_NOTES} characters")
    return both[1] if both[0] is None else both[0]
