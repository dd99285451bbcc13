"""A demo in processes of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from torana.cli.stack import free_port


@dataclass
class Demo:
    """A running demo and what it printed so far."""

    process: asyncio.subprocess.Process
    ports: dict[str, int]
    home: Path
    printed: list[str] = field(default_factory=list)

    @property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['--port']}"

    @property
    def shop_url(self) -> str:
        return f"http://localhost:{self.ports['--shop-port']}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['--sandbox-port']}"

    async def until(self, wanted: str) -> str:
        """The next line that has these words in it."""
        assert self.process.stdout is not None
        async with asyncio.timeout(150):
            while line := (await self.process.stdout.readline()).decode():
                self.printed.append(line)
                if wanted in line:
                    return line
        raise AssertionError(f"the demo ended without saying {wanted!r}: {''.join(self.printed)}")


@asynccontextmanager
async def running_demo(home: Path) -> AsyncIterator[Demo]:
    """Starts it on free ports; it is ended when the block is left."""
    ports = {"--port": free_port(), "--sandbox-port": free_port(), "--shop-port": free_port()}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TORANA_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "torana.cli",
        "demo",
        *(part for name, port in ports.items() for part in (name, str(port))),
        env={**environment, "TORANA_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Demo(process, ports, home)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
