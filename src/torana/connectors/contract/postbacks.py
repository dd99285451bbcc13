"""A broker's word that an order changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from torana.connectors.contract.setup import Setup


class PostbackProof(StrEnum):
    """What tells a postback from a forged one."""

    CHECKSUM = "checksum"
    SECRET_URL = "secret_url"
    """Only that it knows the secret part of the URL that was registered at the broker."""


@dataclass(frozen=True, slots=True)
class Postback:
    """A broker's word that something happened: a hint that triggers a read, never a fact."""

    broker_user_id: str | None
    broker_order_id: str
    tag: str | None


def url_proves(url_secret: str | None, secret: str) -> bool:
    """Whether a postback came to the URL with this secret part. Where none was agreed nothing proves anything."""
    return bool(secret) and compare_digest(secret.encode(), (url_secret or "").encode("utf-8", "replace"))


class Postbacks(Protocol):
    proof: ClassVar[PostbackProof]

    def __init__(self, setup: "Setup") -> None: ...

    def read(self, headers: Mapping[str, str], body: bytes, url_secret: str | None) -> Postback:
        """Raises `ValueError` when the body is not a postback of this broker or its proof is wrong."""
        ...
