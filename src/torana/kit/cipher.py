"""Secrets at rest: AES-256-GCM, bound to the place where the secret is kept.

A sealed value names the key that sealed it, so that keys can change while old values stay readable. It opens only for
the `bound_to` that it was sealed for, which `sealed_place` writes: a value that was copied into another row does not
open there.
"""

import base64
import binascii
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from torana.kit.errors import ConfigurationError, ToranaError

FORMAT = 1
"""The first byte of every sealed value."""
_NONCE_BYTES = 12
_KEY_BYTES = 32
_KEY_FILE = "encryption.keys"


class CannotOpen(ToranaError):
    """A sealed value was changed, was moved to another place, or was sealed with a key that is not there."""


class Cipher:
    """Seals and opens with the keys of this installation, written `id:base64key[,id:base64key…]`.

    The first key seals; all of them open. A key is 32 bytes. Raises `ConfigurationError` for keys that cannot be used.
    """

    def __init__(self, keys: str) -> None:
        read = _read_keys(keys)
        self._keys = {key_id: AESGCM(key) for key_id, key in read.items()}
        self._marking = [hmac.digest(key, b"torana marks", "sha256") for key in read.values()]
        self._first = next(iter(self._keys))

    def __repr__(self) -> str:
        return f"Cipher(keys={list(self._keys)})"

    @classmethod
    def from_home(cls, home: Path, keys: str = "") -> "Cipher":
        """The given keys, or those of the key file in `home`, which is made (mode 0600) when there is none."""
        return cls(keys or _key_file(home))

    def seal(self, plain: str | bytes, *, bound_to: str) -> bytes:
        """Format byte, length and id of the key, nonce, ciphertext with its tag. Bytes are UTF-8."""
        head = _head(self._first)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        data = plain.encode() if isinstance(plain, str) else plain
        return head + nonce + self._keys[self._first].encrypt(nonce, data, head + bound_to.encode())

    def open(self, sealed: bytes, *, bound_to: str) -> str:
        """The plain text again. Raises `CannotOpen`."""
        return self.open_bytes(sealed, bound_to=bound_to).decode()

    def open_bytes(self, sealed: bytes, *, bound_to: str) -> bytes:
        """The same as UTF-8, for what goes out as it is. Raises `CannotOpen`."""
        key_id = key_id_of(sealed)
        key = self._keys.get(key_id)
        if key is None:
            raise CannotOpen(f"sealed with the encryption key {key_id!r}, which TORANA_ENCRYPTION_KEYS does not hold")
        head = _head(key_id)
        begin = len(head) + _NONCE_BYTES
        try:
            return key.decrypt(sealed[len(head) : begin], memoryview(sealed)[begin:], head + bound_to.encode())
        except (InvalidTag, ValueError):
            raise CannotOpen("a sealed value was changed or belongs to another place") from None

    def marks(self, plain: str, *, bound_to: str) -> tuple[bytes, ...]:
        """What stands for this text where equal ones have to be found without being read: one mark for each key, that
        of the key that seals first. Nobody without a key can make or try one."""
        return tuple(hmac.digest(key, f"{bound_to}|{plain}".encode(), "sha256")[:16] for key in self._marking)

    @property
    def head(self) -> bytes:
        """How every value begins that the first key seals."""
        return _head(self._first)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Of all keys, the one that seals first."""
        return tuple(self._keys)


def new_key(key_id: str = "1") -> str:
    """A fresh key in the form that `Cipher` reads."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()}"


def _head(key_id: str) -> bytes:
    name = key_id.encode()
    return bytes((FORMAT, len(name))) + name


def sealed_place(gateway_id: str, table: str, row_id: str, column: str) -> str:
    """What a value of this row and column is bound to."""
    return f"{gateway_id}|{table}|{row_id}|{column}"


def key_id_of(sealed: bytes) -> str:
    """The id of the key that sealed it. Raises `CannotOpen` for what is not sealed."""
    if len(sealed) < 2 or sealed[0] != FORMAT:
        raise CannotOpen("not a sealed value")
    return sealed[2 : 2 + sealed[1]].decode(errors="replace")


def nonce_of(sealed: bytes) -> bytes:
    """The beginning of a sealed value, up to the end of its nonce: no other value has the same."""
    return sealed[: 2 + sealed[1] + _NONCE_BYTES]


def _read_keys(keys: str) -> dict[str, bytes]:
    read: dict[str, bytes] = {}
    for number, entry in enumerate(filter(None, (part.strip() for part in keys.split(","))), start=1):
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not key_id or len(key_id.encode()) > 255 or key_id in read or len(key) != _KEY_BYTES:
            # The entry itself is never shown: it may be a key without its id.
            raise ConfigurationError(
                f"encryption key number {number} cannot be used: write id:base64 of {_KEY_BYTES} bytes, each id once"
            )
        read[key_id] = key
    if not read:
        raise ConfigurationError("no encryption key: set TORANA_ENCRYPTION_KEYS or remove the empty key file")
    return read


def _key_file(home: Path) -> str:
    path = home / _KEY_FILE
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = home / f".{_KEY_FILE}.{secrets.token_hex(8)}"
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(new_key() + "\n")
                file.flush()
                os.fsync(file.fileno())
            # Two processes may start at once: the first link wins and both read the same file.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(f"others can read the encryption keys: run chmod 600 {path}")
    return path.read_text().replace("\n", ",")
