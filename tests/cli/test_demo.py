"""`torana demo` as a person runs it: it comes up, repairs itself, and leaves nothing behind."""

import asyncio
import os
import re
import signal
import socket
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from tests.cli.running_demo import running_demo
from torana.cli.main import main
from torana.cli.stack import free_port

PROCESSES = Path("/proc")


def of_this_home(home: Path) -> list[str]:
    """The command lines of processes that know this home."""
    found = []
    for folder in PROCESSES.iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in command + environment:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def worker_of(home: Path) -> int:
    for folder in PROCESSES.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            is_worker = (folder / "cmdline").read_bytes().split(b"\0")[-2:-1] == [b"worker"]
            if is_worker and str(home).encode() in (folder / "environ").read_bytes():
                return int(folder.name)
        except OSError:
            continue
    raise AssertionError("no worker runs")


@pytest.mark.skipif(not PROCESSES.exists(), reason="looks at the processes in /proc")
async def test_the_demo_comes_up_repairs_itself_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as demo:
        await demo.until("Ctrl-C stops everything")
        shown = "".join(demo.printed)
        addresses = re.findall(r"http://\S+", shown)
        assert {int(address.rsplit(":", 1)[1].split("/")[0]) for address in addresses} == set(demo.ports.values())
        async with aiohttp.ClientSession() as http:
            for address in [*addresses, f"{demo.gateway_url}/readyz"]:
                async with http.get(address) as answer:
                    assert answer.status == 200, address
            async with http.get(addresses[0]) as start:
                front = await start.text()
        leads_to = set(re.findall(r'class="door" href="([^"]+)"', front))
        assert leads_to == {demo.shop_url, f"{demo.sandbox_url}/sandbox/", "/docs", "/readyz"}
        assert "✓ Ready" in front

        killed = worker_of(tmp_path)
        os.kill(killed, signal.SIGKILL)
        await demo.until("worker ended (SIGKILL); started again")
        assert worker_of(tmp_path) != killed

        demo.process.send_signal(signal.SIGINT)
        await demo.until("nothing is left running")
        assert await demo.process.wait() == 0

    assert of_this_home(tmp_path) == []


async def test_a_demo_that_is_ended_while_it_comes_up_leaves_nothing_behind(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as demo:
        log = tmp_path / "demo" / "logs" / "sandbox.log"
        async with asyncio.timeout(30):
            while not log.exists():
                await asyncio.sleep(0.01)

        demo.process.send_signal(signal.SIGTERM)
        assert await demo.process.wait() == 0

    assert of_this_home(tmp_path) == []


@pytest.mark.parametrize("option", ["--port", "--sandbox-port", "--shop-port"])
def test_a_port_that_is_taken_is_named_with_the_option_that_changes_it(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"--port": free_port(), "--sandbox-port": free_port(), "--shop-port": free_port(), option: port}

        refused = CliRunner().invoke(main, ["demo", *(str(part) for pair in ports.items() for part in pair)])

    assert refused.exit_code == 1
    assert f"port {port} " in refused.output
    assert f"torana demo {option} " in refused.output
