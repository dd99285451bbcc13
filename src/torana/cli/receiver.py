"""A webhook receiver on a port of its own."""

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import msgspec
import uvicorn

from torana.cli.demo_partner.proof import Checks, check_webhook

_NO_CHECKS = Checks(checksum=False, signature=False)


class Received(msgspec.Struct, frozen=True):
    """One webhook as it came, and whether it proved itself."""

    event: dict[str, Any]
    checks: Checks


class Receiver:
    """Listens on 127.0.0.1 and answers 401 to what proves nothing. `arrived` is called in the loop that made it."""

    def __init__(self, api_secret: str, arrived: Callable[[Received], None]) -> None:
        self.signing_secret = ""
        """Set it when the endpoint is registered; until then nothing passes."""
        self._api_secret = api_secret
        self._arrived = arrived
        self._loop = asyncio.get_running_loop()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(self._receive, interface="asgi3", log_config=None, lifespan="off"))
        # In a thread the server leaves Ctrl-C to the command.
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/webhook"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(5)

    async def _receive(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        received = self._check(body, headers)
        self._loop.call_soon_threadsafe(self._arrived, received)
        status = 200 if received.checks.passed else 401
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    def _check(self, body: bytes, headers: dict[str, str]) -> Received:
        try:
            event = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            return Received({}, _NO_CHECKS)
        if not self.signing_secret:
            return Received(event, _NO_CHECKS)
        return Received(
            event,
            check_webhook(body, headers, event, api_secret=self._api_secret, signing_secret=self.signing_secret),
        )
