"""What is declared of a broker: the file `broker.toml` in its folder, whose parts are in Python beside it.

All that is data stands there: names, hosts, keys, rates, words, the fields of its requests, where its instruments are
published, the simulator's apps, what each part was verified against, and what it takes to have the broker live. What a
field means is said in `contract` (`Broker`, `Host`, `Key`, `Rate`, `Onboarding`, `KeyProof`), in `order_fields` and in
`instrument_files.InstrumentFile`.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypedDict

import msgspec

from torana.connectors.contract import (
    AccountOpenings,
    BrokerStatus,
    Calls,
    Evidence,
    ExecutionMode,
    FromKey,
    Host,
    Key,
    KeyProof,
    Keys,
    Onboarding,
    Rate,
)
from torana.connectors.contract.onboarding import MADE_UP
from torana.connectors.contract.setup import ip_address, mac_address, plain_text
from torana.connectors.opening_link import OPENING_KEYS, ROLE, SANDBOX_OPENING, OpeningLink, opening_host
from torana.connectors.order_fields import OrderFields
from torana.connectors.order_words import COMMON, WITH_AFTER_MARKET

_FORMS: Mapping[str, Callable[[str], str]] = {
    "plain text": plain_text,
    "ip address": ip_address,
    "mac address": mac_address,
}


_LIKE: Mapping[str | None, Mapping[str, BrokerStatus]] = {
    None: {},
    "common": COMMON,
    "with after market": WITH_AFTER_MARKET,
}


class Declared(TypedDict):
    """The fields of `Broker` that are data."""

    key: str
    name: str
    other_names: tuple[str, ...]
    monogram: str
    hue: int
    rank: int | None
    hosts: Mapping[str, Host]
    keys: tuple[Key, ...]
    account_opening: type[AccountOpenings] | None
    rates: tuple[Rate, ...]
    default_mode: ExecutionMode
    sandbox_keys: Mapping[ExecutionMode, Keys]
    verified: Mapping[str, Evidence]
    guess: str
    one_client: str
    onboarding: Onboarding
    key_proof: KeyProof | None


class Words(TypedDict):
    """The fields of `RowReader` that are words of a broker's."""

    broker: str
    statuses: Mapping[str, BrokerStatus]
    delivery: Mapping[str, bool]


class Published(TypedDict):
    """The fields of `InstrumentFile` that are data."""

    broker: str
    at: str
    sandbox_path: str
    path: str
    also: tuple[str, ...]
    headers: Mapping[str, str]


class _Host(msgspec.Struct, forbid_unknown_fields=True):
    sandbox_path: str
    real: str = ""
    from_key: str = ""
    """The name of the key that holds the address, in the place of `real`."""
    called: bool = True

    def __post_init__(self) -> None:
        if bool(self.real) is bool(self.from_key):
            raise ValueError("a host has either a `real` address or a key that holds it (`from_key`)")


class _Key(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    help: str
    secret: bool
    required: bool
    form: Literal["plain text", "ip address", "mac address"] = "plain text"
    one_client: str = ""


class _Rate(msgspec.Struct, forbid_unknown_fields=True):
    most: int
    seconds: float


class _Proof(msgspec.Struct, forbid_unknown_fields=True):
    code_field: str = ""
    """The field of the callback in which a made-up code comes back; empty: the beginning of a login is the proof."""
    wrong_keys: frozenset[str] = frozenset()
    wrong_code: frozenset[str] = frozenset()
    wrong_address: frozenset[str] = frozenset()


class _Instruments(msgspec.Struct, forbid_unknown_fields=True):
    at: str
    sandbox_path: str
    path: str
    also: tuple[str, ...] = ()
    headers: dict[str, str] = {}


class _Words(msgspec.Struct, forbid_unknown_fields=True):
    delivery: list[str]
    other_products: list[str] = []
    states_like: Literal["common", "with after market"] | None = None
    """Words for the state of an order that it shares with several brokers (`order_words`). Its own, in small letters,
    stand beside them in `states`, by what they mean; any other word is unknown."""
    states: dict[BrokerStatus, list[str]] = {}

    def __post_init__(self) -> None:
        states = [word for words in self.states.values() for word in words]
        for words in (states, [*self.delivery, *self.other_products]):
            if twice := [word for word, times in Counter(words).items() if times > 1]:
                raise ValueError(f"{twice[0]!r} is told twice: a word means one thing")
        if unread := [word for word in states if word != word.strip().lower()]:
            raise ValueError(f"{unread[0]!r} is never read: words for states are in small letters")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    monogram: str
    hue: int
    hosts: dict[str, _Host]
    keys: list[_Key]
    sandbox_keys: dict[ExecutionMode, dict[str, str]]
    verified: dict[str, Evidence]
    onboarding: dict[str, Any]
    default_mode: ExecutionMode = ExecutionMode.SERVER_API
    other_names: tuple[str, ...] = ()
    rank: int | None = None
    instruments: _Instruments | None = None
    words: _Words | None = None
    requests: dict[str, str] = {}
    """Tables of the fields by which the broker is told of an order (`order_fields`), by what is asked of it."""
    rates: dict[Calls, int | _Rate] = {}
    guess: str = ""
    one_client: str = ""
    key_proof: _Proof | None = None
    account_opening: Literal["link"] | None = None
    """`link`: by the address that the broker gives the operator (`opening_link`)."""

    def __post_init__(self) -> None:
        if unknown := self.onboarding.keys() - {field.name for field in fields(Onboarding)}:
            raise ValueError(f"onboarding has no {', '.join(sorted(unknown))}")
        msgspec.convert(self.onboarding, Onboarding)


def declared(package: str) -> Declared:
    """What the file in this package says. Raises `ValueError` for what is not as it has to be."""
    return _declared(package.rpartition(".")[2], _file(package))


def words_of(broker: str) -> Words:
    """The words in the file of this broker. Raises `ValueError` likewise."""
    return _words(broker, _file(f"torana.connectors.{broker}"))


def request_of(broker: str, name: str) -> OrderFields:
    """What the file of this broker says of this request. Raises `ValueError` likewise."""
    try:
        return OrderFields(_file(f"torana.connectors.{broker}").requests, name)
    except ValueError as error:
        raise ValueError(f"broker.toml of {broker}: {error}") from None


def file_of(broker: str) -> Published:
    """Where the file of this broker says that its instruments are. Raises `ValueError` likewise."""
    told = _file(f"torana.connectors.{broker}").instruments
    if told is None:
        raise ValueError(f"broker.toml of {broker} does not say where its instruments are")
    return Published(
        broker=broker,
        at=told.at,
        sandbox_path=told.sandbox_path,
        path=told.path,
        also=told.also,
        headers=told.headers,
    )


@cache
def _file(package: str) -> _File:
    text = files(package).joinpath("broker.toml").read_text(encoding="utf-8")
    try:
        return _read(text)
    except ValueError as error:
        raise ValueError(f"broker.toml of {package}: {error}") from None


def _read(text: str) -> _File:
    return msgspec.convert(tomllib.loads(text), _File)


def read(broker: str, text: str) -> Declared:
    """The declaration of the broker of this key in a file of this text. Raises `ValueError`."""
    return _declared(broker, _read(text))


def _words(broker: str, told: _File) -> Words:
    if told.words is None:
        raise ValueError(f"broker.toml of {broker} has no words")
    states = {word: status for status, words in told.words.states.items() for word in words}
    delivery = dict.fromkeys(told.words.delivery, True) | dict.fromkeys(told.words.other_products, False)
    return Words(broker=broker, statuses={**_LIKE[told.words.states_like], **states}, delivery=delivery)


def _declared(broker: str, told: _File) -> Declared:
    opens = told.account_opening is not None
    hosts = {role: _host(host) for role, host in told.hosts.items()}
    keys = [Key(one.name, one.secret, one.required, one.help, _FORMS[one.form], one.one_client) for one in told.keys]
    opening = SANDBOX_OPENING if opens else {}
    return Declared(
        key=broker,
        name=told.name,
        other_names=told.other_names,
        monogram=told.monogram,
        hue=told.hue,
        rank=told.rank,
        hosts=hosts | ({ROLE: opening_host(broker)} if opens else {}),
        keys=(*keys, *(OPENING_KEYS if opens else ())),
        account_opening=OpeningLink if opens else None,
        rates=tuple(_rate(calls, rate) for calls, rate in told.rates.items()),
        default_mode=told.default_mode,
        sandbox_keys={mode: Keys({**app, **opening}) for mode, app in told.sandbox_keys.items()},
        verified=told.verified,
        guess=told.guess,
        one_client=told.one_client,
        onboarding=msgspec.convert(told.onboarding, Onboarding),
        key_proof=None if told.key_proof is None else _proof(told.key_proof),
    )


def _host(told: _Host) -> Host:
    return Host(FromKey(told.from_key) if told.from_key else told.real, told.sandbox_path, told.called)


def _rate(calls: Calls, told: int | _Rate) -> Rate:
    return Rate(calls, told) if isinstance(told, int) else Rate(calls, told.most, told.seconds)


def _proof(told: _Proof) -> KeyProof:
    return KeyProof(
        callback={told.code_field: MADE_UP} if told.code_field else {},
        wrong_keys=told.wrong_keys,
        wrong_code=told.wrong_code,
        wrong_address=told.wrong_address,
    )
