"""Processes of ours: started, watched, started again when they die, ended together."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

_DEATHS_ALLOWED = 5
"""So many within `_DEATHS_WITHIN` seconds, and it is no accident."""
_DEATHS_WITHIN = 30.0

Say = Callable[[str], None]
_direct = build_opener(ProxyHandler({}))


class PartFailed(Exception):
    """A process does not come up or does not stay up; the message says which and ends with its last log lines."""


@dataclass(eq=False)
class Part:
    """One process. `ready_url` answers 200 when it can be used; None: it is ready when it runs."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    log_file: Path
    ready_url: str | None = None
    process: asyncio.subprocess.Process | None = None
    deaths: list[float] = field(default_factory=list)

    async def start(self) -> None:
        # A session of its own: Ctrl-C reaches the parent alone, which then ends the parts in order.
        with self.log_file.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.argv,
                env={**os.environ, **self.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )

    async def stop(self, seconds: float = 5.0) -> None:
        """Ask, wait this many seconds, then insist."""
        process = self.process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            process.kill()
            await process.wait()

    def failure(self, what: str) -> PartFailed:
        lines = self.log_file.read_text(errors="replace").splitlines()[-12:]
        return PartFailed("\n".join([f"{self.name} {what}. The end of {self.log_file}:", *lines]))


class Parts:
    """The parts of one installation, in the order in which they start; they end in the reverse order."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._parts: list[Part] = []
        self._ending = False

    async def start(self, part: Part) -> None:
        self._parts.append(part)
        await part.start()

    async def ready(self, *, seconds: float = 30.0) -> None:
        """Wait until every part answers. Raises `PartFailed`."""
        await asyncio.gather(*(self._ready(part, seconds) for part in self._parts))

    async def _ready(self, part: Part, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + seconds
        while True:
            if part.process is None or part.process.returncode is not None:
                raise part.failure("did not start")
            if part.ready_url is None or await asyncio.to_thread(answers, part.ready_url):
                return
            if loop.time() > give_up_at:
                raise part.failure(f"was not ready after {seconds:.0f} s")
            await asyncio.sleep(0.05)

    async def watch(self) -> None:
        """Start again what dies, for ever. Raises `PartFailed` when one keeps dying."""
        await asyncio.gather(*(self._watch(part) for part in self._parts))

    async def _watch(self, part: Part) -> None:
        loop = asyncio.get_running_loop()
        while part.process is not None:
            code = await part.process.wait()
            if self._ending:
                return
            how = signal.Signals(-code).name if code < 0 else f"status {code}"
            part.deaths = [at for at in part.deaths if at > loop.time() - _DEATHS_WITHIN] + [loop.time()]
            if len(part.deaths) > _DEATHS_ALLOWED:
                raise part.failure(f"keeps ending ({how})")
            await part.start()
            self._say(f"{part.name} ended ({how}); started again")

    async def stop(self) -> None:
        self._ending = True
        for part in reversed(self._parts):
            await part.stop()


def answers(url: str) -> bool:
    """Whether a GET of this address is answered with 200 within a second."""
    try:
        with _direct.open(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (HTTPError, URLError, OSError):
        return False


def _end_with_parent() -> None:
    """In the child, before it becomes the program: Linux sends it SIGTERM should the parent be killed."""
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
