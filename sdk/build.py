"""Puts the parts of `src/` together into the files that the gateway serves.

    .venv/bin/python sdk/build.py           writes them
    .venv/bin/python sdk/build.py --check   tells whether they are up to date (exit status 1 if not)
    .venv/bin/python sdk/build.py --package sdk/dist   writes the npm package

The parts are plain ES modules. Here they lose their imports, become one function, and are made small by the minifier of
the development environment (its release stands in `uv.lock`, so that the same source gives the same bytes): one classic
script (`scdk.js`, sets `window.scDK`) and one ES module (`scdk.mjs`).
"""

import argparse
import json
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import minify

SDK = Path(__file__).parent
SERVED = SDK.parent / "src/torana/portal/static/scdk"
PARTS = ("own", "errors", "wire", "memory", "mark", "windows", "notice", "progress", "flow", "run", "leads", "scdk")

BANNER = "/*! Torana web SDK, Apache-2.0. Commented source: sdk/src */\n"
# Two copies on one page, of either kind, are one SDK: the first one loaded. Its name would be lost with all others.
LOADED = """(() => {
"use strict";
%s
Object.defineProperty(scDK, "name", { __proto__: null, value: "scDK" });
const key = Symbol.for("torana.scdk");
return globalThis[key] = globalThis[key] || scDK;
})()"""
SCRIPT = f"globalThis.scDK = {LOADED};"
MODULE = f"const shared = {LOADED}; export {{ shared as default, shared as scDK }};"


def served_files() -> Mapping[str, str]:
    """What has to lie in the served folder: file name -> text."""
    body = "\n".join(_part(SDK.joinpath("src", f"{part}.js").read_text("utf-8")) for part in PARTS)
    body = body.replace('VERSION = "development"', f'VERSION = "{release()}"')
    own_address = "((typeof document === 'object' && document.currentScript) || {}).src"
    return {
        "scdk.js": _small(SCRIPT % body.replace("import.meta.url", own_address)),
        "scdk.mjs": _small(MODULE % body),
        "scdk.d.ts": SDK.joinpath("scdk.d.ts").read_text("utf-8"),
    }


def packed_files() -> Mapping[str, str]:
    """What the npm package is made of: file name -> text."""
    served = served_files()
    ours = {file.name: file.read_text("utf-8") for file in sorted(SDK.joinpath("package").iterdir())}
    about = json.loads(ours["package.json"]) | {"version": release()}
    return ours | {
        "package.json": json.dumps(about, indent=2) + "\n",
        "scdk.mjs": served["scdk.mjs"],
        "scdk.js": served["scdk.js"],
        "scdk.d.mts": served["scdk.d.ts"],
        "LICENSE": SDK.parent.joinpath("LICENSE").read_text("utf-8"),
    }


def release() -> str:
    """The version of Torana that these files are part of."""
    project = tomllib.loads(SDK.parent.joinpath("pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def _part(source: str) -> str:
    source = re.sub(r"^import .*\n", "", source, flags=re.MULTILINE)
    source = re.sub(r"^export ", "", source, flags=re.MULTILINE)
    return re.sub(r"(?<=STYLE = `).*?(?=`)", lambda css: minify.string("text/css", css[0]), source, flags=re.DOTALL)


def _small(script: str) -> str:
    return f"{BANNER}{minify.string('text/javascript', script)}\n"


def main() -> int:
    asked = argparse.ArgumentParser(description="Puts the parts of sdk/src together into the files that are served.")
    way = asked.add_mutually_exclusive_group()
    way.add_argument("--check", action="store_true", help="tell whether they are up to date")
    way.add_argument("--package", type=Path, metavar="FOLDER", help="write the npm package there instead")
    given = asked.parse_args()
    if given.package is not None:
        write(given.package, packed_files())
        return 0
    files = served_files()
    if given.check:
        stale = [name for name, text in files.items() if not _is(SERVED / name, text)]
        sys.stdout.writelines(f"{name} is not what sdk/src says: run .venv/bin/python sdk/build.py\n" for name in stale)
        return 1 if stale else 0
    write(SERVED, files)
    return 0


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Put these files, name -> text, into that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        folder.joinpath(name).write_text(text, "utf-8")


def _is(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
