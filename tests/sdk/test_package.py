"""The npm package: built, packed by npm, unpacked where a project would have it, and imported there."""

import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.judges.installed import NODE, NPM
from tests.sdk.test_files import builder

FILES = {
    *("package.json", "README.md", "LICENSE", "scdk.mjs", "scdk.js", "scdk.d.mts", "react.mjs", "react.d.mts"),
}
IMPORTS = """
import scDK, { scDK as named } from "torana-scdk";
import "torana-scdk/global";
import about from "torana-scdk/package.json" with { type: "json" };
const gateway = new scDK();
const told = [scDK === named, gateway instanceof scDK, globalThis.scDK === scDK, about.version === gateway.version];
console.log(JSON.stringify(told));
"""


def packed(folder: Path) -> Path:
    """A project with the packed package in its `node_modules`. Needs no network."""
    if not NPM.exists():
        pytest.skip("this Node.js comes without npm, which packs the package")
    build = builder()
    build.write(folder / "dist", build.packed_files())
    options: list[str | Path] = ["--json", "--offline", "--cache", folder / "cache", "--pack-destination", folder]
    command = [NODE, NPM, "pack", *options]
    done = subprocess.run(command, cwd=folder / "dist", capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)
    with tarfile.open(folder / told["filename"]) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    home = folder / "project/node_modules/torana-scdk"
    home.parent.mkdir(parents=True)
    (folder / "unpacked/package").rename(home)
    return folder / "project"


def test_the_package_holds_module_types_and_global_and_can_be_imported(tmp_path: Path) -> None:
    project = packed(tmp_path)
    project.joinpath("try.mjs").write_text(IMPORTS)

    done = subprocess.run([NODE, "try.mjs"], cwd=project, capture_output=True, text=True, timeout=60, check=False)

    home = project / "node_modules/torana-scdk"
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True] * 4
    assert {file.name for file in home.iterdir()} == FILES
    about = json.loads(home.joinpath("package.json").read_text())
    named = [
        path for entry in about["exports"].values() for path in ([entry] if isinstance(entry, str) else entry.values())
    ]
    assert all(home.joinpath(path).is_file() for path in named)
    assert about["version"] == builder().release()
