"""Checks with mypy what `torana connector new` makes, in a folder that goes away."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from torana.cli.connectors import make

ROOT = Path(__file__).parents[1]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        made = [str(path) for path in make(Path(folder), "examplebroker", "Example") if path.suffix == ".py"]
        looked_in = {"MYPYPATH": f"{ROOT / 'src'}:{ROOT}:{folder}/src:{folder}"}
        command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), *made]
        return subprocess.run(command, cwd=ROOT, env=os.environ | looked_in, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
