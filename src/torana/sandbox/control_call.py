"""One call of the control API: what comes in, how it is read, and how it is refused."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import msgspec

from torana.market.models import Security
from torana.sandbox.securities import named
from torana.sandbox.web import Request, Response

T = TypeVar("T")


class Refused(Exception):
    """A request to the control API that cannot be done."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class ControlCall:
    """One request to the control API. `path` is what the route's pattern caught."""

    request: Request
    path: Mapping[str, str]


Handler: TypeAlias = Callable[[ControlCall], Awaitable[Response]]


def security_of(name: str) -> Security:
    """Of a symbol of the NSE, or `BSE:` and one of the BSE. Raises `Refused`."""
    try:
        return named(name)
    except KeyError:
        raise Refused(f"{name} is not listed", 404) from None


async def read(call: ControlCall, kind: type[T], *, may_be_empty: bool = False) -> T:
    """Its body. Raises `msgspec.DecodeError` and `msgspec.ValidationError`."""
    body = await call.request.body()
    return msgspec.json.decode(body or b"{}" if may_be_empty else body, type=kind)
