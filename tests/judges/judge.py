"""A broker's official JavaScript client in a process of its own, called from a test."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.judges.installed import HERE, NODE

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

    async def __call__(self, call: str, *args: Any) -> Any:
        """Call a method by its name (`getOrders`, `OrderApi.getOrderBook`). Raises `Refusal` when the client does."""
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
async def judge(client: str, **options: str) -> AsyncIterator[Judge]:
    """`client` is `kite` or `upstox`; `options` are what judge.cjs makes it of. It is to be installed before."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        HERE / "judge.cjs",
        client,
        json.dumps(options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LONGEST_ANSWER,
    )
    assert process.stdin is not None
    try:
        yield Judge(process)
    finally:
        process.stdin.close()
        await process.wait()
