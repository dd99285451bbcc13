"""Who carries a code to its address: the console for test gateways, the operator's provider for live ones."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TextIO
from urllib.parse import quote_plus

import msgspec
import structlog

from torana.kit.errors import ConfigurationError, ToranaError
from torana.kit.http import TransportFailure
from torana.kit.public_client import PublicClient
from torana.one_time_codes.models import Channel, Destination
from torana.partners.models import Mode

_PLACEHOLDER = re.compile(r"\{(to|code|app|minutes)\}")
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
log = structlog.get_logger(__name__)


class NotDelivered(ToranaError):
    """The sender did not take the message. `why` holds neither address nor code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """One code on its way. `app` is the partner's name, `minutes` how long the code is good."""

    to: Destination = field(repr=False)
    code: str = field(repr=False)
    app: str
    minutes: int


class CodeSender(Protocol):
    async def send(self, message: CodeMessage) -> None:
        """Raises `NotDelivered` where it is certain that nothing goes out. Sends once: a second message with the same
        code would only confuse."""
        ...


@dataclass(frozen=True, slots=True)
class ConsoleSender:
    """Writes the message to the console of `torana serve`. For test gateways: their codes open nothing."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)

    async def send(self, message: CodeMessage) -> None:
        to = message.to.masked
        self.stream.write(f"one-time code for {to} (test gateway, not sent): {message.code}\n")
        self.stream.flush()


class HttpSenderSettings(msgspec.Struct, frozen=True):
    """How the operator's provider takes a message. Its repr shows no value.

    `body` is the template of what is posted, with `{to}` (`+919876543210`), `{code}`, `{app}` and `{minutes}`; they are
    escaped as the content type asks. `header` is one header, `Name: value`, with the secret.
    """

    url: str = ""
    body: str = '{"to": "{to}", "text": "{code} is your code for {app}. It is good for {minutes} minutes."}'
    header: str = ""
    content_type: str = _JSON

    def __repr__(self) -> str:
        return f"HttpSenderSettings(set={bool(self.url)})"


class HttpSender:
    """Posts the message to the operator's provider, by the guarded way out. Raises `ConfigurationError` for settings
    that cannot work."""

    def __init__(self, public: PublicClient, settings: HttpSenderSettings) -> None:
        self._public = public
        self._settings = settings
        self._headers = _headers(settings)
        if "{to}" not in settings.body or "{code}" not in settings.body:
            raise ConfigurationError("TORANA_SMS_BODY: the template must hold {to} and {code}")

    async def send(self, message: CodeMessage) -> None:
        body = filled(self._settings, message)
        try:
            answer = await self._public.post(self._settings.url, body.encode(), self._headers)
        except TransportFailure as failure:
            if not failure.sent:
                raise NotDelivered(failure.reason) from None
            # It may be on its way: the code stays good, and another is sent after the usual pause.
            log.warning("one_time_code.unanswered", channel=message.to.channel.value, why=failure.reason)
            return
        if not 200 <= answer.status < 300:
            raise NotDelivered(f"the provider answers {answer.status}")


def filled(settings: HttpSenderSettings, message: CodeMessage) -> str:
    """The body of one message: every placeholder is filled once, and what is filled in cannot leave its place."""
    values = {
        "to": message.to.address,
        "code": message.code,
        "app": message.app,
        "minutes": str(message.minutes),
    }
    return _PLACEHOLDER.sub(lambda found: _escaped(values[found[1]], settings.content_type), settings.body)


def _escaped(value: str, content_type: str) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _FORM:
        return quote_plus(value)
    return json.dumps(value)[1:-1] if kind == _JSON or kind.endswith("+json") else value


def _headers(settings: HttpSenderSettings) -> Mapping[str, str]:
    headers = {"Content-Type": settings.content_type}
    if settings.header:
        name, colon, value = settings.header.partition(":")
        if not colon or not name.strip() or not value.strip() or "\n" in settings.header:
            raise ConfigurationError("TORANA_SMS_HEADER: write it as Name: value")
        headers[name.strip()] = value.strip()
    return headers


@dataclass(frozen=True, slots=True)
class Senders:
    """By mode and channel. A channel without a sender can prove nothing."""

    test: CodeSender
    live: Mapping[Channel, CodeSender] = field(default_factory=dict)

    def of(self, mode: Mode, channel: Channel) -> CodeSender | None:
        return self.test if mode is Mode.TEST else self.live.get(channel)


def senders(public: PublicClient, sms: HttpSenderSettings) -> Senders:
    """As the settings say. Raises `ConfigurationError`."""
    live = {Channel.PHONE: HttpSender(public, sms)} if sms.url else {}
    return Senders(ConsoleSender(), live)
