"""What transactions know of an intent: data, how its body is read, and what its success carries. Which intents there
are, the registry above this folder says (`flows/registry.py`)."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec

from torana.connectors.contract import Capabilities
from torana.connectors.registry import Connectors
from torana.events.types import EventType
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.kit.errors import ApiError, ConfigurationError
from torana.kit.letter_case import upper
from torana.kit.tables import PersonalTable
from torana.partners.access import Access
from torana.transactions.models import Transaction
from torana.transactions.reading import Faults, refuse_order_config

C = TypeVar("C", bound=msgspec.Struct)
I = TypeVar("I", bound="Intent[Any]")  # noqa: E741  # an intent

INTERFACE_INTENTS = frozenset(
    {
        "CONNECT",
        "TRANSACTION",
        "HOLDINGS_IMPORT",
        "MF_HOLDINGS_IMPORT",
        "FETCH_FUNDS",
        "AUTHORISE_HOLDINGS",
        "SIP_SETUP",
        "IMR_SETUP",
        "CANCEL_AMO",
        "CANCEL_ORDER",
        "SUBSCRIPTION",
        "ONBOARDING",
    }
)
"""Every intent of the interface. What of them is not registered is known and not supported."""
INTERFACE_KINDS = frozenset(
    {
        "SECURITIES",
        "BUY",
        "INVESTMORE",
        "FIX",
        "REPAIR",
        "REBALANCE",
        "SIP",
        "MANAGE",
        "EXIT",
        "PARTIALEXIT",
        "DUMMY",
        "RECONCILIATION",
    }
)
"""Every `orderConfig.type` of the interface."""


class Audience(StrEnum):
    """Whose token may ask for an intent."""

    GUEST = "guest"
    CONNECTED = "connected"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Need:
    """What an intent needs of a broker, and how a broker's capabilities say that it is there. What one intent alone
    needs stands in its own file."""

    name: str
    offered_by: Callable[[Capabilities], bool] = field(compare=False, repr=False)


LOGIN = Need("login", lambda _: True)
"""Every broker logs in."""
ORDERS = Need("orders", lambda known: bool(known.order_types))


class NoConfig(msgspec.Struct, frozen=True):
    """An intent that is asked for by its name alone."""


class Intent(ABC, Generic[C]):
    """One intent, or one kind of it, as data. `config` is the type of what its body asks for."""

    intent: str
    kind: str | None = None
    """The `orderConfig.type` that tells it from other kinds of the same intent."""
    aliases: frozenset[str] = frozenset()
    """Other words for the same kind."""
    title: str
    """In the API reference."""
    body_keys: frozenset[str] = frozenset({"intent", "notes", "orderConfig"})
    """The keys of its body that we know."""
    audience: Audience
    lifetime: timedelta
    """How long the investor has until their confirmation, or until the result where nothing is confirmed."""
    needs: frozenset[Need]
    """Empty where no broker has a part in it: then nobody chooses one or logs in."""
    opens_before_login: bool = False
    """Its pages come first, and one of them may ask for the login at a broker that has what it `needs`."""
    config: type[C]
    by_partner: bool = True
    """Whether a partner's server may create it; otherwise a page does (`by_page`), or this program alone."""
    resolves_always: bool = False
    """Whether the promise resolves with `result` however it ended, and never rejects."""
    events: tuple[EventType, ...] = ()
    """What partners are told of it by webhook."""
    tables: tuple[PersonalTable, ...] = ()
    """What its folder keeps of a person in tables of its own."""
    by_page: bool = False
    """Whether a page may ask for it by itself, through the SDK: nothing in it needs the partner's server."""
    examples: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    """Bodies of a create, by name, for the API reference."""
    result_schema: Mapping[str, Any] = MappingProxyType({})
    """JSON Schema of the keys that `result` gives."""
    result_example: Mapping[str, Any] | None = None
    """What `result` may give, for the API reference; None where no example is shown."""

    @abstractmethod
    def read(self, given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> C:
        """What the body of a create asks for. Adds to `faults`, or raises `ApiError` where reading on makes no sense;
        what it does not know goes into `extra`, by place."""

    @abstractmethod
    def body_schema(self) -> dict[str, Any]:
        """JSON Schema of the keys of the body beside `intent` and `notes`: `properties`, `required`."""

    async def check_subject(
        self, database: Database, connectors: Connectors, access: Access, config: C, now: datetime
    ) -> None:
        """Whether what the body names is there for this investor, and can be asked for now. Raises `ApiError` that says
        what is not; nothing was stored by then."""

    def order_config(self, config: C) -> dict[str, Any] | None:
        """What was asked for, in the wire form of a look-up."""
        return None

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        """What its success carries beside what every success does: the same in promise, look-up and webhook. Amounts
        are `Decimal` rupees, for JSON numbers."""
        return {}

    async def kept_result(self, database: Database, cipher: Cipher, transaction: Transaction) -> dict[str, Any]:
        """The part of its success that stands sealed until it is told."""
        return {}

    def parted(self, config: C) -> tuple[C, str]:
        """What a create asks for without what it says of the person, and that: it is stored sealed. Empty: nothing."""
        return config, ""

    def config_of(self, transaction: Transaction) -> C:
        """What this transaction asks for."""
        return msgspec.convert(transaction.config, self.config)

    @property
    def name(self) -> str:
        """`CONNECT`, `TRANSACTION of type SECURITIES`."""
        return self.intent if self.kind is None else f"{self.intent} of type {self.kind}"


class WithoutConfig(Intent[NoConfig]):
    """An intent whose body holds nothing but its name and notes."""

    config = NoConfig

    def read(self, given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> NoConfig:
        refuse_order_config(given, self.intent, faults)
        return NoConfig()

    def body_schema(self) -> dict[str, Any]:
        return {"properties": {"orderConfig": {"type": ["object", "null"], "maxProperties": 0}}}


class Intents(Generic[I]):
    """The registered intents."""

    def __init__(self, intents: Sequence[I]) -> None:
        self._by_name = {(one.intent, one.kind): one for one in intents}
        if len(self._by_name) != len(intents):
            raise ValueError("an intent is registered twice")
        self._kinds_by_partner = self._kinds_of(one for one in intents if one.by_partner)
        self._kinds_by_page = self._kinds_of(one for one in intents if one.by_partner or one.by_page)

    @staticmethod
    def _kinds_of(intents: Iterable[I]) -> dict[str, dict[str | None, I]]:
        """Those that a create may name, by intent and kind."""
        found: dict[str, dict[str | None, I]] = {}
        for one in intents:
            found.setdefault(one.intent, {})[one.kind] = one
        return found

    def __iter__(self) -> Iterator[I]:
        return iter(self._by_name.values())

    def living(self, seconds: Mapping[str, int]) -> "Intents[I]":
        """The same, with other lifetimes by intent, in lower case. Raises `ConfigurationError` for one that there is
        not."""
        names = list(dict.fromkeys(one.intent for one in self))
        if unknown := seconds.keys() - {name.lower() for name in names}:
            known = ", ".join(f"TORANA_EXPIRES_{name}" for name in names)
            raise ConfigurationError(f"no such intent: TORANA_EXPIRES_{min(unknown).upper()}; there are {known}")
        return Intents([_living(one, seconds.get(one.intent.lower())) for one in self])

    @property
    def tables(self) -> list[PersonalTable]:
        """Those of all intents, each once."""
        return list(dict.fromkeys(table for one in self for table in one.tables))

    @property
    def of_partners(self) -> list[I]:
        """Those that a partner's backend may create."""
        return [one for one in self if one.by_partner]

    @property
    def names(self) -> list[str]:
        """The intents by the name that a create gives, each once."""
        return list(dict.fromkeys(one.intent for one in self.of_partners))

    def of(self, transaction: Transaction) -> I:
        """Raises `LookupError` for an intent of a newer or an older program."""
        return self.registered(transaction.intent, transaction.kind)

    def registered(self, intent: str, kind: str | None) -> I:
        """Raises `LookupError`."""
        found = self._by_name.get((intent, kind))
        if found is None:
            raise LookupError(f"no intent {intent} of kind {kind}")
        return found

    def asked_for(self, given: Mapping[str, Any], *, by_page: bool = False) -> I:
        """The intent of a create's body; `by_page`: those count, too, that only a page asks for. Raises `ApiError`
        (400)."""
        kinds = self._kinds(given.get("intent"), by_page=by_page)
        if None in kinds:
            return kinds[None]
        config = given.get("orderConfig")
        if not isinstance(config, dict):
            example = next(iter(next(iter(kinds.values())).examples.values()), {}).get("orderConfig", {})
            raise ApiError(f"orderConfig is missing: {msgspec.json.encode(example).decode()}")
        word = _word(config.get("type"))
        for kind, one in kinds.items():
            if word == kind or word in one.aliases:
                return one
        taken = _listed([kind or "" for kind in kinds])
        if word in INTERFACE_KINDS:
            raise ApiError(
                f"Orders of type {word} are not supported by this version: use {taken}", anchor="not-supported"
            )
        raise ApiError(f"orderConfig.type must be {taken}")

    def _kinds(self, given: object, *, by_page: bool) -> dict[str | None, I]:
        word = _word(given)
        kinds = (self._kinds_by_page if by_page else self._kinds_by_partner).get(word)
        if kinds:
            return kinds
        if word in INTERFACE_INTENTS:
            raise ApiError(
                f"The intent {word} is not supported by this version: use {_listed(self.names)}",
                anchor="not-supported",
                errors=("InvalidIntent",),
            )
        raise ApiError(f"intent must be {_listed(self.names)}", errors=("InvalidIntent",))


def _living(intent: I, seconds: int | None) -> I:
    if seconds is None:
        return intent
    other = copy(intent)
    other.lifetime = timedelta(seconds=seconds)
    return other


def _word(given: object) -> str:
    return upper(given) if isinstance(given, str) else ""


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
