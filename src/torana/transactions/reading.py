"""Reading what a partner sends: every fault at once, and what we do not know is kept."""

import math
from collections.abc import Mapping, Set
from decimal import Decimal
from typing import Any

import msgspec

from torana.kit.errors import ApiError
from torana.kit.letter_case import lower

_DEEPEST = 32
_LARGEST_INTEGER = 2**63


class Faults(list[str]):
    """Every fault of a body, so that a developer mends them all at once."""

    def raise_if_any(self) -> None:
        if self:
            more = f" (and {len(self) - 1} more, see errors)" if len(self) > 1 else ""
            raise ApiError(self[0] + more, errors=self)


def keep_unknown(extra: dict[str, Any], place: str, given: Mapping[str, Any], known: Set[str]) -> None:
    """Put the keys that are not `known` into `extra`."""
    unknown = {key: value for key, value in given.items() if key not in known}
    if unknown:
        extra[place] = unknown


def refuse_order_config(given: Mapping[str, Any], intent: str, faults: Faults) -> None:
    """Of an intent that asks for no orders."""
    if given.get("orderConfig") not in (None, {}):
        faults.append(f"orderConfig has no place in a {intent}: leave it out")


def object_at(given: Mapping[str, Any], key: str, faults: Faults, *, example: str = "") -> Mapping[str, Any]:
    """The object under a key, such as `example`; an empty one where it is left out."""
    found = given.get(key)
    if found is None or isinstance(found, dict):
        return found or {}
    faults.append(f"{key} must be an object" + (f": {example}" if example else ""))
    return {}


_TRUTH = {"true": True, "false": False}


def truth_at(given: Mapping[str, Any], place: str, key: str, faults: Faults) -> bool | None:
    """Whether `place.key` is true, as JSON or as a word in any letter case; None where it is left out."""
    found = given.get(key)
    if found is None or isinstance(found, bool):
        return found
    if isinstance(found, str) and lower(found) in _TRUTH:
        return _TRUTH[lower(found)]
    faults.append(f"{place}.{key} must be true or false")
    return None


def storable(value: Any, depth: int = 0) -> Any:
    """The same JSON with numbers that every reader takes: nobody counts money with what we do not know. A number that
    is too large for them is kept as the text that it was."""
    if depth > _DEEPEST:
        raise ApiError(f"The body is nested deeper than {_DEEPEST} levels")
    if isinstance(value, dict):
        return {key: storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, Decimal) or (isinstance(value, int) and abs(value) >= _LARGEST_INTEGER):
        number = float(Decimal(value))
        return number if math.isfinite(number) else str(value)
    return value


def schema_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of a wire type, whole: what it is made of stands where it is used."""
    schema = msgspec.json.schema(kind)
    named = schema.pop("$defs", {})

    def whole(part: Any) -> Any:
        if isinstance(part, list):
            return [whole(one) for one in part]
        if not isinstance(part, dict):
            return part
        rest = {key: whole(value) for key, value in part.items() if key not in ("$ref", "default")}
        return whole(named[part["$ref"].removeprefix("#/$defs/")]) | rest if "$ref" in part else rest

    inlined: dict[str, Any] = whole(schema)
    return inlined
