"""A wire between us and the simulated brokers that a test can cut and listen to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


def _nothing(_: bytes) -> None:
    pass


class Wire:
    """Passes bytes on. `notice` is shown what goes to the broker, chunk by chunk."""

    def __init__(self, target_port: int, notice: Callable[[bytes], None] = _nothing) -> None:
        self._target_port = target_port
        self._notice = notice
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Wire"]:
        await self.mend()
        try:
            yield self
        finally:
            await self.cut()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """From now on connections are refused; those that stand are closed."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.close()
        await asyncio.sleep(0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._open |= {writer, there_writer}
        await asyncio.gather(self._pass(reader, there_writer, self._notice), self._pass(there_reader, writer, _nothing))
        self._open -= {writer, there_writer}

    @staticmethod
    async def _pass(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, notice: Callable[[bytes], None]
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                notice(data)
                writer.write(data)
                await writer.drain()
        writer.close()
