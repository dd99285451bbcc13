"""A broker's official JavaScript client in a process of its own, called from a test."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.judges.installed import HERE, NODE
from tests.judges.judged import ForeignClient

LONGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of one line of output."""


class Refusal(Exception):
    """The client raised. `told` is what it raised, as JSON."""

    def __init__(self, told: Any) -> None:
        super().__init__(str(told))
        self.told = told


@dataclass
class Judge:
    process: asyncio.subprocess.Process
    client: ForeignClient

    async def methods(self) -> list[str]:
        """Every public method of the client, by the names with which it is called."""
        told: list[str] = await self._answer("methods")
        return told

    async def __call__(self, call: str, *args: Any) -> Any:
        """Call a method by its name (`getOrders`, `OrderApi.getOrderBook`). Raises `Refusal` when the client does."""
        told = await self._answer(call, *args)
        self.client.noted(call)
        return told

    async def _answer(self, call: str, *args: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"call": call.split("."), "args": args}).encode() + b"\n")
        await self.process.stdin.drain()
        line = await self.process.stdout.readline()
        assert line, "the client's process ended"
        answer = json.loads(line)
        if "error" in answer:
            raise Refusal(answer["error"])
        return answer.get("value")


@asynccontextmanager
async def judge(client: ForeignClient, **options: str) -> AsyncIterator[Judge]:
    """`client` is that of `kite` or `upstox`; `options` are what judge.cjs makes it of. It is installed before."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        HERE / "judge.cjs",
        client.broker,
        json.dumps(options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_ANSWER,
    )
    assert process.stdin is not None
    try:
        yield Judge(process, client)
    finally:
        process.stdin.close()
        await process.wait()
