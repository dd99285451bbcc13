"""The envelope: a body sealed with AES-256-GCM under the key that the request's header carries, sealed for this server.

Source: the introduction of Axis Direct's collection. Nonces of answers have 12 bytes, those of its lines of code 16.
"""

import base64
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from torana.sandbox import web
from torana.sandbox.order_form import decoded
from torana.sandbox.web import Request, Response

HEADER = "x-api-encryption-key"
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
_HEX = frozenset(b"0123456789abcdef")
_KEY_LENGTH = 32
_TAG = 16
_AT_THE_DOOR = frozenset({404, 405, 408, 429})
"""Said in front of the broker's own program, in no envelope; so is everything from 500 on."""


@cache
def private_key() -> rsa.RSAPrivateKey:
    """This server's, made anew with each process."""
    return rsa.generate_private_key(65537, 2048)


def public_key() -> str:
    """DER in base64, without the lines around it."""
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(private_key().public_key().public_bytes(*form)).decode()


def key_of(request: Request) -> bytes | None:
    """The key of a call: the ASCII of 32 hexadecimal digits; None for a header that has none for this server."""
    try:
        told = base64.b64decode(request.headers.get(HEADER, ""), validate=True)
        key = private_key().decrypt(told, _OAEP)
    except ValueError:
        return None
    return key if len(key) == _KEY_LENGTH and _HEX.issuperset(key) else None


async def opened(request: Request) -> dict[str, object]:
    """The JSON object in a request's envelope. Raises `ValueError`."""
    key, body = key_of(request), decoded(await request.body())
    if key is None or not isinstance(body, dict) or not isinstance(body.get("payload"), str):
        raise ValueError("no envelope")
    nonce, tag, sealed = (base64.b64decode(part, validate=True) for part in body["payload"].split("."))
    if len(tag) != _TAG:
        raise ValueError("no tag")
    try:
        plain = decoded(AESGCM(key).decrypt(nonce, sealed + tag, None))
    except InvalidTag:
        raise ValueError("an envelope of another key") from None
    if not isinstance(plain, dict):
        raise ValueError("no object")
    return plain


def sealed(request: Request, response: Response) -> Response:
    """An answer for whoever sent the key; as it is where that is nobody, and what is said in front of the program."""
    said = response.content_type == web.JSON and response.status < 500 and response.status not in _AT_THE_DOOR
    key = key_of(request) if said and response.body else None
    if key is None:
        return response
    nonce = secrets.token_bytes(12)
    whole = AESGCM(key).encrypt(nonce, response.body, None)
    parts = (nonce, whole[-_TAG:], whole[:-_TAG])
    return web.json({"data": {"payload": ".".join(base64.b64encode(one).decode() for one in parts)}}, response.status)
