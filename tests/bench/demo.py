"""The demo as it starts on an installed machine: seconds until it can be used, memory of its gateway."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time

import psutil

from tests.bench.installation import free_port, ready


async def measure() -> tuple[float, float]:
    """Seconds from `torana demo` to ready, with its database made already; resident MB of the gateway process."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as home:
        seconds, memory = 0.0, 0.0
        for _ in range(2):  # the first makes the database
            seconds, memory = await _start(home)
        return seconds, memory


async def _start(home: str) -> tuple[float, float]:
    ports = [free_port() for _ in range(3)]
    began = time.perf_counter()
    demo = subprocess.Popen(
        [sys.executable, "-m", "torana.cli", "demo", "--port", str(ports[0]), "--sandbox-port", str(ports[1]),
         "--shop-port", str(ports[2])],
        env={**os.environ, "TORANA_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await asyncio.gather(ready(f"http://127.0.0.1:{ports[0]}/readyz"), ready(f"http://127.0.0.1:{ports[2]}/"))
        seconds = time.perf_counter() - began
        gateway = next(
            child for child in psutil.Process(demo.pid).children(recursive=True) if "serve" in child.cmdline()
        )
        return seconds, gateway.memory_info().rss / 1e6
    finally:
        demo.terminate()
        demo.wait(30)
