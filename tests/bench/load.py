"""Requests over kept-alive connections, and what they cost the server in CPU seconds."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from tests.bench.meters import cpu_seconds


@dataclass(frozen=True, slots=True)
class Cost:
    """`requests` answered with 200 took the server `cpu` seconds of processor time."""

    requests: int
    cpu: float

    @property
    def per_core(self) -> float:
        """Requests per second that one core could answer."""
        return self.requests / self.cpu


def together(costs: Iterable[Cost]) -> Cost:
    every = list(costs)
    return Cost(sum(cost.requests for cost in every), sum(cost.cpu for cost in every))


async def drive(pid: int, port: int, request: bytes, *, requests: int, connections: int) -> Cost:
    """Send this request so many times, `connections` at a time, to the server with this process id.

    Raises `RuntimeError` for an answer that is not a 200.
    """
    before = cpu_seconds(pid)
    share = requests // connections
    await asyncio.gather(*(_pump(port, request, share) for _ in range(connections)))
    return Cost(share * connections, cpu_seconds(pid) - before)


async def _pump(port: int, request: bytes, count: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode(errors="replace"))
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
    writer.close()
    await writer.wait_closed()
