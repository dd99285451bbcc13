"""How a call to a broker gets what the broker wants beside the call itself, as an `httpx.Auth` does it: headers, an
envelope, a handshake before it, secrets that the answer renews.

A signer is a generator. It says what is to be done next and is told what came of it; the core does it
(`connectors/transport.py`). So a signer does no I/O, and is tested by rows.

    def sign(setup, request, session):
        key = yield from read("app key")                                     # of the vault
        if key is None:
            hello = yield from handshake(Request("POST", f"{setup.hosts['api']}/hello"))
            key = yield from keep("app key", hello.headers["app-key"], was=None)
        answer = yield from send(request, {"app-key": key.value})
        if renewed := answer.headers.get("app-key"):
            yield from keep("app key", renewed, was=key)
        return answer

The call itself is sent once (`send`); a second `send` is an error of the signer's. What goes before it changes nothing
at the broker. The answer that a signer returns is what the connector reads: decrypted, if it came in an envelope.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from msgspec import structs

from torana.connectors.contract.login import Session
from torana.kit.http import Answer, Request

if TYPE_CHECKING:
    from torana.connectors.contract.setup import Setup


@dataclass(frozen=True, slots=True)
class Entry:
    """A secret of the vault as it was read. `mark` tells it from every other one that stood under its name."""

    value: str = field(repr=False)
    mark: bytes = field(repr=False)


class VaultUnavailable(Exception):
    """The vault did not answer, or its value cannot be opened with the keys of this installation."""


class Vault(Protocol):
    """Secrets that belong to one vendor at one broker and not to one investor (a session that all investors share, a
    key that changes with each answer), sealed, shared by all processes. One for each mode and broker."""

    async def read(self, name: str) -> Entry | None:
        """None where there is none. Raises `VaultUnavailable`."""
        ...

    async def keep(self, name: str, value: str | None, was: Entry | None, *, of_login: bool) -> Entry | None:
        """Put the value in the place of `was` (None: of nothing), or take it away (a value of None); returns what
        stands there now. Where something else stood by then that stays, and is returned. An entry `of_login` leaves by
        itself when no login can live any more. Raises `VaultUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Read:
    name: str
    login: Session | None


@dataclass(frozen=True, slots=True)
class Keep:
    name: str
    value: str | None = field(repr=False)
    was: Entry | None
    login: Session | None


@dataclass(frozen=True, slots=True)
class Handshake:
    request: Request


@dataclass(frozen=True, slots=True)
class Send:
    request: Request


Step = Read | Keep | Handshake | Send
Flow: TypeAlias = Generator[Step, Any, Answer]
Signer: TypeAlias = Callable[["Setup", Request, Session | None], Flow]
"""Given the connector's setup, the call as the connector made it, and whose login it is for (None: before a login).

It raises `NotSent` or one of its kinds where the call cannot be sent, before a login also `LoginRefused`; `ValueError`
where a handshake or an envelope cannot be read. After the call was sent `NotSent` and `ValueError` become `Unknown`."""


def read(name: str, login: Session | None = None) -> Generator[Step, Any, Entry | None]:
    """What the vault holds by this name. With `login` it is that login's own."""
    found: Entry | None = yield Read(name, login)
    return found


def keep(name: str, value: str, was: Entry | None, login: Session | None = None) -> Generator[Step, Any, Entry]:
    """Keep it, unless somebody else kept another meanwhile: then that is returned, and is the one to use."""
    kept: Entry | None = yield Keep(name, value, was, login)
    return kept or Entry(value, b"")  # somebody took it away meanwhile: this call has a value of its own


def forget(name: str, was: Entry, login: Session | None = None) -> Generator[Step, Any, None]:
    """The broker does not take it any more: the next call begins anew."""
    yield Keep(name, None, was, login)


def handshake(request: Request) -> Generator[Step, Any, Answer]:
    """Ask the broker for something that the call needs. Its failure says that the call was not sent."""
    answer: Answer = yield Handshake(request)
    return answer


def send(request: Request, headers: Mapping[str, str] = MappingProxyType({})) -> Generator[Step, Any, Answer]:
    """Send the call itself, with these headers beside its own."""
    answer: Answer = yield Send(structs.replace(request, headers={**request.headers, **headers}))
    return answer


def as_it_is(_: "Setup", request: Request, __: Session | None) -> Flow:
    """The signer of a broker that wants nothing beside the call."""
    return (yield from send(request))


def with_token(
    header: str,
    form: Callable[["Setup", str], str] = lambda setup, token: token,
    beside: Mapping[str, str] = MappingProxyType({"Accept": "application/json"}),
) -> Signer:
    """The signer of a broker that wants the same headers with every call, and behind a login its token in one more, in
    this form."""

    def sign(setup: "Setup", request: Request, session: Session | None) -> Flow:
        own = {} if session is None else {header: form(setup, session.secrets["token"])}
        return (yield from send(request, {**beside, **own}))

    return sign


def bearer(_: "Setup", token: str) -> str:
    return f"Bearer {token}"
