"""`torana instruments` against a running sandbox, and what the doctor says of the lists."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from tests.support.clock import ClockFile
from tests.support.processes import Ran, ran, start
from torana.sandbox.server import RunningSandbox, running_sandbox

READ = ("upstox", "kite")
"""Whose files make the lists."""


@dataclass
class Installation:
    """A test installation's commands, as an operator runs them."""

    environment: dict[str, str]
    sandbox: RunningSandbox

    async def run(self, *words: str) -> Ran:
        return await ran("torana.cli", *words, environment=self.environment)

    async def fault(self, kind: str, broker: str) -> None:
        body = {"broker": broker, "operation": "instruments", "kind": kind}
        url = f"{self.sandbox.url}/sandbox/faults"
        async with aiohttp.ClientSession() as http, http.post(url, json=body) as answer:
            assert answer.status < 300, await answer.text()


@pytest.fixture
async def place(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    async with running_sandbox() as sandbox:
        yield Installation(
            {
                "TORANA_DATABASE_URL": fresh_database_url,
                "TORANA_HOME": str(tmp_path),
                "TORANA_SANDBOX_URL": sandbox.url,
            },
            sandbox,
        )


async def test_a_test_installation_reads_its_instruments_from_the_sandbox(place: Installation) -> None:
    before = await place.run("doctor")
    read = await place.run("instruments", "refresh")
    after = await place.run("doctor")

    assert "3,332 of NSE, the packaged list of 01 July 2026" in before.said
    assert "Run: torana instruments refresh" in before.said
    assert read.code == 0, read.said
    assert "upstox: 3,332 of NSE, 4,788 of BSE, 8,122 rows read" in read.said
    assert "kite: 3,332 of NSE, 4,788 of BSE, 8,120 rows read" in read.said
    assert "Instruments: 3,332 of NSE, the refreshed list of" in after.said
    assert "0 days old" in after.said
    assert "Instrument file of kite: read on" in after.said


@pytest.mark.parametrize("kind", ["truncated", "cut", "html", "empty", "status"])
async def test_a_file_that_is_not_whole_changes_nothing_and_the_doctor_knows(place: Installation, kind: str) -> None:
    await place.fault(kind, "upstox")

    read = await place.run("instruments", "refresh")
    told = await place.run("doctor")

    assert read.code == 1
    assert "upstox: the file " in read.said
    assert "nothing was changed" in read.said
    assert "3,332 of NSE, the packaged list of 01 July 2026" in told.said
    assert "Instrument file of upstox: never read; the last attempt changed nothing: the file " in told.said
    assert told.code == 0


async def test_a_security_is_shown_by_any_of_its_names(place: Installation) -> None:
    packaged = await place.run("instruments", "show", "zomato")
    await place.run("instruments", "refresh")
    by_code = await place.run("instruments", "show", "500209")
    by_isin = await place.run("instruments", "show", "INE009A01021")
    nobody = await place.run("instruments", "show", "NOSUCH")

    assert "NSE:ETERNAL  INE758T01015" in packaged.said
    assert "BSE:INFY  INE009A01021" in by_code.said
    assert "NSE:INFY  INE009A01021" in by_isin.said
    assert "kite: INFY  408065" in by_isin.said
    assert "upstox: INFY  NSE_EQ|INE009A01021" in by_isin.said
    assert (nobody.code, "in the lists of NSE" in nobody.said) == (1, True)


async def test_an_operators_file_that_cannot_be_used_is_named(place: Installation, tmp_path: Path) -> None:
    path = tmp_path / "instruments.toml"
    path.write_text('[[instruments]]\nsymbol = "NEWCO"\n')
    place.environment["TORANA_INSTRUMENTS_FILE"] = str(path)

    shown = await place.run("instruments", "show", "TCS")

    assert shown.code == 1
    assert "NSE:NEWCO is not in the list: TORANA_INSTRUMENTS_FILE must give its name" in shown.said


async def test_a_worker_reads_the_files_by_itself(place: Installation, tmp_path: Path) -> None:
    """Given a worker that has settled, when time goes on, then both files are read, and the doctor says when."""
    clock = ClockFile(tmp_path / "clock")
    place.environment["TORANA_CLOCK_FILE"] = str(clock.path)
    log = tmp_path / "worker.log"
    with log.open("wb") as output:
        worker = start("torana.cli", "worker", environment=place.environment, output=output)
    try:
        async with asyncio.timeout(120):
            while not set(READ) <= set(re.findall(r'"broker":"(\w+)".*"instruments.refreshed"', log.read_text())):
                assert worker.returncode is None, log.read_text()
                if "worker.ready" in log.read_text():
                    clock.advance(5)
                await asyncio.sleep(0.05)
        worker.terminate()
        await worker.wait()
    finally:
        worker.end()

    told = await place.run("doctor")
    assert "Instruments: 3,332 of NSE, the refreshed list of" in told.said
    assert worker.returncode == 0
