"""What is looked at, and what is found."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from torana.connectors.contract import Broker
from torana.connectors.contract.onboarding import NOT_KNOWN
from torana.connectors.egress import Egress
from torana.connectors.serving import Serves
from torana.kit.clock import Clock


class Verdict(StrEnum):
    OK = "OK"
    FAILED = "FAILED"
    NOT_KNOWN = "NOT KNOWN"


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is what was looked at, `text` what was seen, `remedy` what to do, empty where nothing is."""

    subject: str
    verdict: Verdict
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A broker as this installation would use it live, or, where `sandbox_url` is given, its simulator there."""

    broker: Broker
    given: Mapping[str, str] = field(repr=False)
    """What the settings say of it: its keys by name, `mode` and `guess`."""
    public_url: str
    clock: Clock
    sandbox_url: str | None = None
    serves: Serves = Serves.UNSAID
    approval: str = ""
    egress: Egress = field(default_factory=Egress)
    address_service: str | None = None
    """The URL of a service that answers with the address it sees."""

    @property
    def key(self) -> str:
        return self.broker.key

    @property
    def name(self) -> str:
        return self.broker.name

    @property
    def redirect(self) -> str:
        return f"{self.public_url.rstrip('/')}/portal/callback/{self.key}"

    def without_secrets(self, text: str) -> str:
        """The broker's words may repeat what it was sent, as it is or as it stands in an address."""
        secrets = [value for key in self.broker.keys if key.secret and (value := self.given.get(key.name))]
        for secret in sorted(secrets, key=len, reverse=True):
            text = re.sub("".join(map(_written, secret)), "…", text)
        return text


def _written(character: str) -> str:
    """A pattern of a character and of its form in an address."""
    in_address = "".join(f"%{byte:02x}" for byte in character.encode())
    return f"(?:{re.escape(character)}|(?i:{in_address}))"


def known(sentences: str) -> str:
    return "" if sentences == NOT_KNOWN else sentences
