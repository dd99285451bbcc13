"""Where the module of baskets begins: how a create names it, and how its own links do."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from torana.flows.investing.request import ISCID, SCID
from torana.transactions.reading import Faults

TITLE = "Module of baskets"
ENDPOINT = "discovery/all"
ENDPOINTS = "discovery/all, details/<scid or iscid>, investments, pending or orders"
_LONGEST = 100
_FILTERS = frozenset({"count", "minInvest", "q", "risk", "sort", "from"})


class Place(StrEnum):
    """The pages of the module; the value stands in its links."""

    DISCOVER = "discover"
    BASKET = "basket"
    INVESTMENTS = "investments"
    INVESTMENT = "investment"
    RECONCILE = "reconcile"
    PENDING = "pending"
    LEAVE_OUT = "leave_out"
    ORDERS = "orders"


_ALONE = frozenset({Place.INVESTMENTS, Place.PENDING, Place.ORDERS})
"""Pages that are named by one word."""
Where = Mapping[str, str]
"""A page as the query of its link: `at` is a `Place`, `id` a scid or an iscid, the rest filters."""


class ModuleConfig(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the module begins, as the interface names it."""

    endpoint: str = ENDPOINT
    params: dict[str, str] = {}

    @property
    def where(self) -> Where:
        """Its first page."""
        first, _, rest = self.endpoint.partition("/")
        if first == "details":
            place = Place.INVESTMENT if re.fullmatch(ISCID, rest) else Place.BASKET
            return {"at": place, "id": rest, **_known(self.params)}
        if first in _ALONE:
            return {"at": first}
        return {"at": Place.DISCOVER, **_known(self.params)}


def read_module(given: Mapping[str, Any], faults: Faults) -> ModuleConfig:
    """Adds to `faults`."""
    endpoint = given.get("endpoint")
    if endpoint is None or endpoint == "":
        endpoint = ENDPOINT
    endpoint = endpoint.strip("/") if isinstance(endpoint, str) else None
    if endpoint is None or not _is_one(endpoint):
        faults.append(f"endpoint must be {ENDPOINTS}")
        endpoint = ENDPOINT
    return ModuleConfig(endpoint, _params(given.get("params"), faults))


def _is_one(endpoint: str) -> bool:
    first, _, rest = endpoint.partition("/")
    if first == "details":
        return re.fullmatch(SCID, rest) is not None
    return (first == "discovery" and rest in ("", "all")) or (first in _ALONE and not rest)


def _params(given: object, faults: Faults) -> dict[str, str]:
    """As a query or as an object; what the module does not know of them changes nothing."""
    if given is None:
        return {}
    if isinstance(given, str):
        given = dict(parse_qsl(given.lstrip("?"), keep_blank_values=True))
    if not isinstance(given, dict) or not all(isinstance(one, str | int) for one in given.values()):
        faults.append('params must be a query or an object of texts: "count=11&minInvest=0-5000"')
        return {}
    return {str(name): str(value) for name, value in given.items() if len(str(name)) + len(str(value)) <= _LONGEST}


def _known(params: Mapping[str, str]) -> Where:
    return {name: value for name, value in params.items() if name in _FILTERS}


def where_of(query: Mapping[str, str]) -> dict[str, str] | None:
    """The page that a link of the module names; None for any other address of its visit."""
    if query.get("at") not in set(Place):
        return None
    kept = _FILTERS | {"at", "id", "period"}
    return {name: value[:_LONGEST] for name, value in query.items() if name in kept}


def link(home: str, at: Place, **more: str) -> str:
    """The address of a page of the module."""
    return f"{home}?{urlencode({'at': at.value, **{name: value for name, value in more.items() if value}})}"
