"""A small proxy before a gateway, as nginx is one: it passes on what comes, answers 502 as in a restart, or loses one
answer."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_BODY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_REFUSAL = b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"


@dataclass
class Proxy:
    """`refused` are the request lines that were answered with 502, `lost` those whose answer never came through."""

    target: tuple[str, int]
    url: str = ""
    is_down: bool = False
    refused: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    _loses: bytes | None = None
    _tunnels: set[asyncio.StreamWriter] = field(default_factory=set)

    def break_down(self) -> None:
        """From now on 502; what is on its way breaks off."""
        self.is_down = True
        for writer in self._tunnels:
            writer.transport.abort()

    def come_back(self) -> None:
        self.is_down = False

    def lose_answer(self, method: str, path_end: str) -> None:
        """The next request of that kind reaches the target, and its answer breaks off before the first byte."""
        self._loses = rb"%s \S+%s HTTP" % (method.encode(), re.escape(path_end).encode())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.is_down:
                await self._refuse(reader, writer)
            else:
                await self._pass_on(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # one of the two sides went away: so does the other
        finally:
            writer.close()

    async def _refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.refused.append(head.split(b"\r\n", 1)[0].decode())
        writer.write(_REFUSAL % (len(_BODY), _BODY))
        await writer.drain()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_target, to_target = await asyncio.open_connection(*self.target)
        self._tunnels |= {writer, to_target}
        try:
            if self.is_down:  # it broke down while we connected
                writer.transport.abort()
                return
            cut = asyncio.Event()
            await asyncio.gather(self._copy_requests(reader, to_target, cut), _copy(from_target, writer, cut))
        finally:
            self._tunnels -= {writer, to_target}
            to_target.close()

    async def _copy_requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        while part := await reader.read(65536):
            found = re.match(self._loses, part) if self._loses else None
            if found is not None:
                self._loses = None
                self.lost.append(found[0].decode())
                cut.set()
            writer.write(part)
            await writer.drain()
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
    while part := await reader.read(65536):
        if cut.is_set():
            writer.transport.abort()
            return
        writer.write(part)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def proxy_before(target: tuple[str, int]) -> AsyncIterator[Proxy]:
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        proxy.break_down()
        server.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 2)
