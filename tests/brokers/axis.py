"""Axis Direct."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.brokers import Known
from torana.connectors.contract import Keys, LoginRefused, RateLimited, SessionEnded, Unknown
from torana.connectors.registry import Client
from torana.kit.http import Answer, Request

_KEY = "x-api-encryption-key"
_NONCE = b"a nonce of12"


@cache
def _private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@dataclass(frozen=True)
class Enveloped:
    """Stands between a connector and answers that are given by hand: shakes hands, opens requests, seals answers."""

    client: Client

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        if request.url.endswith("/handshake"):
            form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            public = base64.b64encode(_private_key().public_key().public_bytes(*form)).decode()
            return _json(200, {"data": {"publicKey": public}})
        headers = {name: value for name, value in request.headers.items() if name != _KEY}
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        cipher = AESGCM(_private_key().decrypt(base64.b64decode(request.headers[_KEY]), oaep))
        payload = msgspec.json.decode(request.json or b"")["payload"]
        nonce, tag, sealed = map(base64.b64decode, payload.split("."))
        plain = cipher.decrypt(nonce, sealed + tag, None)
        answer = await self.client.send(msgspec.structs.replace(request, json=plain, headers=headers), seconds=seconds)
        if not answer.body:
            return answer
        told = cipher.encrypt(_NONCE, answer.body, None)
        parts = (_NONCE, told[-16:], told[:-16])
        body = {"data": {"payload": ".".join(base64.b64encode(part).decode() for part in parts)}}
        return replace(answer, body=msgspec.json.encode(body))

    async def close(self) -> None:
        await self.client.close()


def _json(status: int, told: object) -> Answer:
    return Answer(status, {"content-type": "application/json"}, msgspec.json.encode(told))


def _book(rows: Sequence[object]) -> dict[str, object]:
    return {"statusCode": 200, "status": "OK", "data": list(rows)}


def _says_no(told: Any) -> bool:
    return isinstance(told, dict) and told.get("statusCode") in range(400, 600)


KNOWN = Known(
    line=Enveloped,
    keys=Keys({"api_key": "axis-client-id", "api_secret": "axis-authorization-key"}),
    callback={"ssoId": "sso-id-1"},
    refusals={
        "begin_login.400": (LoginRefused, None),
        "begin_login.200.elsewhere": (Unknown, None),
        "finish_login.400.expired": (LoginRefused, None),
        "finish_login.200.several": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.400.input": (Unknown, None),
        "place.400.margin": (Unknown, None),
        "place.200.margin": (Unknown, None),
        "place.400.closed": (Unknown, None),
        "place.400.timed-out": (Unknown, None),
        "place.401.session": (SessionEnded, None),
        "place.200.server": (Unknown, None),
        "place.429.too-fast": (Unknown, None),
        "place.422.unseen": (Unknown, None),
        "place.500": (Unknown, None),
        "orders.401.session": (SessionEnded, None),
        "orders.200.session": (SessionEnded, None),
        "orders.200.null": (Unknown, None),
        "orders.429.too-fast": (RateLimited, None),
        "orders.500": (Unknown, None),
        "holdings.401.session": (SessionEnded, None),
        "funds.401.session": (SessionEnded, None),
        "cancel.400.final": (Unknown, None),
        "cancel.401.session": (SessionEnded, None),
    },
    unmapped=frozenset(
        {
            "place.400.input", "place.400.margin", "place.200.margin", "place.400.closed", "place.422.unseen",
            "cancel.400.final",
        }
    ),
    plain_refusal="place.400.input",
    proves_nothing={"statusCode": 500, "status": "ERROR", "message": "Internal server error"},
    before={"cancel": ("orders.200",)},
    book=_book,
    says_no=_says_no,
    price_rows=list,
    names={
        "order_id": "omsOrderId", "tag": "orderRefId", "tags": "orderRefId", "transaction_type": "transactionType",
        "product": "productType", "quantity": "totalQty", "filled_quantity": "tradedQty",
        "average_price": "averagePrice", "exchange_order_id": "exchangeOrderId", "status": "orderStatus",
        "status_message": "rejectionReason", "order_timestamp": "orderDateTime", "last_price": "lastTradedPrice",
        "available_margin": "availableCash", "net": "averagePrice",
    },
)  # fmt: skip
