"""Fault points: inert unless armed, and then exactly what was asked."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import torana
from torana.kit import faultpoints
from torana.kit.errors import ConfigurationError
from torana.kit.faultpoints import FaultInjected, armed, names, reach

SCRIPT = """
import asyncio
from torana.kit.faultpoints import reach

async def main():
    for number in range(5):
        print(number, flush=True)
        await reach("tests.somewhere")
    print("end", flush=True)

asyncio.run(main())
"""


def run(faults: str = "", file: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "TORANA_FAULTPOINTS": faults, "TORANA_FAULTPOINT_FILE": str(file or "")}
    return subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, timeout=60)


async def test_nothing_happens_unless_armed() -> None:
    await reach("tests.somewhere")


async def test_only_the_named_point_acts() -> None:
    with armed("tests.here=raise") as passages:
        await reach("tests.elsewhere")
        with pytest.raises(FaultInjected, match=r"tests\.here"):
            await reach("tests.here")

    assert passages == {"tests.elsewhere": 1, "tests.here": 1}
    await reach("tests.here")


async def test_the_nth_passage_alone_acts() -> None:
    with armed("tests.here@3=raise"):
        await reach("tests.here")
        await reach("tests.here")
        with pytest.raises(FaultInjected):
            await reach("tests.here")
        await reach("tests.here")


async def test_several_points_are_armed_at_once() -> None:
    with armed("tests.a=raise; tests.b=sleep:0.01 ;"):
        await reach("tests.b")
        with pytest.raises(FaultInjected):
            await reach("tests.a")


def test_kill_ends_the_process_there_and_then() -> None:
    done = run("tests.somewhere@3=kill")

    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == ["0", "1", "2"]


async def test_stop_holds_the_process_until_it_is_continued() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SCRIPT),
        env={**os.environ, "TORANA_FAULTPOINTS": "tests.somewhere@2=stop"},
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        while not Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].startswith(" T"):
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGCONT)
        output, _ = await process.communicate()

    assert process.returncode == 0
    assert output.decode().split() == ["0", "1", "2", "3", "4", "end"]


def test_unarmed_the_process_runs_through() -> None:
    assert run().stdout.endswith("end\n")


async def test_a_running_process_is_armed_and_disarmed_by_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "faults"
    monkeypatch.setattr(faultpoints, "_plan", None)
    faultpoints.arm_from_environment({"TORANA_FAULTPOINT_FILE": str(file)})

    await reach("tests.here")
    file.write_text("tests.here@2=raise\n")
    await reach("tests.here")
    with pytest.raises(FaultInjected):
        await reach("tests.here")
    file.unlink()
    await reach("tests.here")

    assert (tmp_path / "faults.fired").read_text() == f"tests.here {os.getpid()}\n"


def test_a_killed_process_says_before_where_it_died(tmp_path: Path) -> None:
    file = tmp_path / "faults"
    file.write_text("tests.somewhere=kill")

    assert run(file=file).returncode == -signal.SIGKILL
    assert (tmp_path / "faults.fired").read_text().startswith("tests.somewhere ")


@pytest.mark.parametrize("faults", ["tests.here", "=kill", "tests.here=explode", "tests.here@x=kill", "a=sleep:soon"])
def test_a_text_that_cannot_be_read_is_refused_at_start(faults: str) -> None:
    """T06."""
    with pytest.raises(ConfigurationError, match="fault point"):
        faultpoints.arm_from_environment({"TORANA_FAULTPOINTS": faults})
    assert run(faults).returncode != 0


def test_the_points_of_the_program_are_found_in_its_source() -> None:
    source = Path(torana.__file__).parent if torana.__file__ else Path(next(iter(torana.__path__)))

    found = names(source)

    assert {"webhooks.deliver.before_post", "webhooks.deliver.after_answer"} <= found
    assert all(name.split(".")[0] in {folder.name for folder in source.iterdir()} for name in found)


def test_only_literal_names_of_reach_are_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        'await reach("a.b.c")\nawait faultpoints.reach("d.e.f")\nawait reach(name)\nother("g.h.i")\nx.reach("j.k.l")\n'
    )

    assert names(tmp_path) == {"a.b.c", "d.e.f"}
