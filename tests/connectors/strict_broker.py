"""A small broker that wants everything a signer can do, over real HTTP, and a connector for it.

A vendor logs in once for all investors. Each answer brings the app key and the investor's token to use next; the ones
before the last are not taken any more. Bodies travel in envelopes, each with a key of its own that only the broker can
open (RSA-OAEP, AES-GCM), as Axis Direct's do.

`python -m tests.connectors.strict_broker DATABASE_URL KEYS BROKER_URL` reads the book once, as another process of the
installation, and prints it.
"""

import asyncio
import base64
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.support.servers import Exchange
from torana.connectors.contract import ExecutionMode, Flow, Hosts, Keys, NotSent, Session, Setup
from torana.connectors.contract.signing import forget, handshake, keep, read, send
from torana.connectors.decoding import decode
from torana.connectors.error_table import Purpose
from torana.connectors.kite.mapping import DIALECT
from torana.connectors.readings import Envelope, OrderId
from torana.connectors.transport import Part
from torana.connectors.vault import DatabaseVault
from torana.kit.cipher import Cipher
from torana.kit.clock import SystemClock
from torana.kit.database import Database
from torana.kit.http import Request
from torana.kit.outbound import BrokerClient

PASSWORD = "vendor-password"
SESSION = Session("AB1234", {"token": "token-0"})
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
_NONCE = b"a nonce of12"


def seal(key: bytes, plain: bytes) -> bytes:
    """One envelope; its key is used for one call and its answer, with a mark that tells the two apart."""
    return msgspec.json.encode({"payload": base64.b64encode(AESGCM(key).encrypt(_NONCE, plain, None)).decode()})


def unseal(key: bytes, body: bytes) -> bytes:
    """Raises `ValueError`."""
    try:
        return AESGCM(key).decrypt(_NONCE, base64.b64decode(decode(body, dict[str, str])["payload"]), None)
    except (InvalidTag, KeyError) as error:
        raise ValueError("not an envelope of this key") from error


def sign(setup: Setup, request: Request, session: Session | None) -> Flow:
    """What this broker wants with each call."""
    assert session is not None
    vendor, app_key = (yield from read("vendor")), (yield from read("app key"))
    token = yield from read("token", session)
    if vendor is None or app_key is None:
        password = {"vendor-password": setup.keys["api_secret"]}
        told = yield from handshake(Request("POST", f"{setup.hosts['api']}/vendor", password))
        if told.status != 200:
            raise NotSent("the broker gave the vendor no session")
        vendor = yield from keep("vendor", told.body.decode(), was=vendor)
        app_key = yield from keep("app key", told.headers["app-key"], was=app_key)
    known = decode(vendor.value.encode(), dict[str, str])
    public = serialization.load_pem_public_key(known["public_key"].encode())
    assert isinstance(public, rsa.RSAPublicKey)
    key, answers_key = AESGCM.generate_key(128), AESGCM.generate_key(128)
    headers = {
        "vendor-session": known["session"],
        "app-key": app_key.value,
        "authorization": token.value if token else session.secrets["token"],
        "envelope-key": base64.b64encode(public.encrypt(key + answers_key, _OAEP)).decode(),
    }
    answer = yield from send(msgspec.structs.replace(request, json=seal(key, request.json or b"{}")), headers)
    if answer.status == 401:
        yield from forget("vendor", vendor)
        return answer
    yield from keep("app key", answer.headers["app-key"], was=app_key)
    yield from keep("token", answer.headers["authorization"], token, session)
    return replace(answer, body=unseal(answers_key, answer.body))


@dataclass
class StrictBroker:
    """`answer` plays one request. It counts what it was asked, by path."""

    private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    placed: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    app_keys: list[str] = field(default_factory=lambda: ["key-0"])
    tokens: list[str] = field(default_factory=lambda: ["token-0"])
    meeting: asyncio.Barrier | None = None
    """So many calls have to be there before any is answered."""
    after_placing: Callable[[Exchange], Awaitable[None]] | None = None
    """Instead of the answer to an order."""

    async def answer(self, exchange: Exchange) -> None:
        self.asked.append(exchange.target)
        if exchange.target == "/vendor":
            await self._vendor(exchange)
            return
        if self.meeting is not None:
            await self.meeting.wait()
        if (why := self._why_not(exchange.headers)) is not None:
            self.refused.append(why)
            body = msgspec.json.encode({"status": "error", "error_type": "TokenException", "message": why})
            await exchange.answer("401 Unauthorized", body, "Content-Type: application/json\r\n")
            return
        keys = self.private.decrypt(base64.b64decode(exchange.headers["envelope-key"]), _OAEP)
        plain = msgspec.json.decode(unseal(keys[:16], exchange.body))
        if exchange.target == "/orders":
            self.placed.append(plain)
            if self.after_placing is not None:
                await self.after_placing(exchange)
                return
        self.app_keys.append(f"key-{len(self.app_keys)}")
        self.tokens.append(f"token-{len(self.tokens)}")
        renewed = f"app-key: {self.app_keys[-1]}\r\nauthorization: {self.tokens[-1]}\r\n"
        told = {"status": "success", "data": {"order_id": f"B{len(self.placed)}"}}
        body = seal(keys[16:], msgspec.json.encode(told))
        await exchange.answer(body=body, headers=f"Content-Type: application/json\r\n{renewed}")

    async def _vendor(self, exchange: Exchange) -> None:
        if exchange.headers.get("vendor-password") != PASSWORD:
            await exchange.answer("403 Forbidden")
            return
        self.sessions.append(f"session-{len(self.sessions)}")
        pem = self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        body = msgspec.json.encode({"session": self.sessions[-1], "public_key": pem.decode()})
        await exchange.answer(body=body, headers=f"app-key: {self.app_keys[-1]}\r\n")

    def _why_not(self, headers: dict[str, str]) -> str | None:
        """The newest of each is right, and the one before it, which a call at the same time still carries."""
        wanted = {"vendor-session": self.sessions[-1:], "app-key": self.app_keys, "authorization": self.tokens}
        return next((name for name, known in wanted.items() if headers.get(name) not in known[-2:]), None)


class StrictOrders(Part):
    dialect = DIALECT

    async def place(self, quantity: int) -> str:
        return await self._ask("/orders", {"quantity": quantity}, Purpose.ORDER)

    async def book(self) -> str:
        return await self._ask("/book", {}, Purpose.READ)

    async def _ask(self, path: str, body: object, purpose: Purpose) -> str:
        request = Request("POST", self.url(path), json=msgspec.json.encode(body))
        return (await self.ask(request, Envelope[OrderId], SESSION, purpose)).data.order_id


def orders(client: Any, url: str, database: Database, cipher: Cipher, *, password: str = PASSWORD) -> StrictOrders:
    """The connector of one process."""
    vault = DatabaseVault(database, cipher, SystemClock(), "test", "strict")
    hosts, keys = Hosts({"api": url}, frozenset({url})), Keys({"api_secret": password})
    setup = Setup(client, hosts, keys, "https://torana.example", ExecutionMode.SERVER_API, vault, sign, "strict")
    return StrictOrders(setup)


async def main(database_url: str, keys: str, url: str) -> None:
    database = Database(database_url, size=1)
    await database.open()
    async with BrokerClient("strict", [url]) as client:
        print(await orders(client, url, database, Cipher(keys)).book())
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
