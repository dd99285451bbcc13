"""The envelope around every body: AES-256-GCM under a key of one call, which the broker's RSA key seals for the header.

Source: the introduction of Axis Direct's collection of RAPID APIs; two clients of others do the same. The key is the
ASCII of 32 hexadecimal digits. A payload is nonce, tag and ciphertext in base64, apart by dots.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from torana.connectors.decoding import Unreadable, decode
from torana.connectors.readings import Data
from torana.kit.http import Answer

_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
_NONCE_BYTES = 16  # as the broker's own lines of code send it; what it sends may have another length
_TAG_BYTES = 16


class _PublicKey(msgspec.Struct, frozen=True, rename="camel"):
    public_key: str


class _Payload(msgspec.Struct, frozen=True):
    payload: str


def public_key(body: bytes) -> str:
    """The broker's RSA key out of a handshake's answer. Raises `ValueError`."""
    told = decode(body, Data[_PublicKey]).data.public_key
    _loaded(told)
    return told


@dataclass(frozen=True, slots=True)
class CallKey:
    """The key of one call and its answer."""

    text: str = field(repr=False, default_factory=lambda: secrets.token_hex(16))

    def header(self, public: str) -> str:
        """The key for `x-api-encryption-key`. Raises `ValueError`."""
        return base64.b64encode(_loaded(public).encrypt(self.text.encode(), _OAEP)).decode()

    def seal(self, plain: bytes, random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
        """The body of a request."""
        nonce = random(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, plain, None)
        parts = (nonce, sealed[-_TAG_BYTES:], sealed[:-_TAG_BYTES])
        return msgspec.json.encode({"payload": ".".join(base64.b64encode(part).decode() for part in parts)})

    def open(self, answer: Answer) -> bytes | None:
        """What is in an answer's envelope, None where it has none. Raises `ValueError` for one that does not open."""
        try:
            payload = decode(answer.body, Data[_Payload]).data.payload
        except Unreadable:
            return None
        try:
            nonce, tag, sealed = (base64.b64decode(part, validate=True) for part in payload.split("."))
            return self._cipher.decrypt(nonce, sealed + tag, None)
        except InvalidTag:
            raise ValueError("an envelope of another key") from None

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.text.encode())


def _loaded(public: str) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_der_public_key(base64.b64decode(public, validate=True))
    except UnsupportedAlgorithm:
        key = None
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("not an RSA key")
    return key
