"""Puts the parts of `src/` together into the files that the gateway serves.

    python sdk/build.py           writes them
    python sdk/build.py --check   tells whether they are up to date (exit status 1 if not)

The parts are plain ES modules. Here they lose their imports, comments and blanks, and become one classic script
(`scdk.js`, sets `window.scDK`) and one ES module (`scdk.mjs`). No tool beyond Python is needed.
"""

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

SDK = Path(__file__).parent
SERVED = SDK.parent / "src/torana/portal/static/scdk"
PARTS = ("errors", "wire", "memory", "windows", "notice", "progress", "flow", "run", "leads", "scdk")

BANNER = "/*! Torana web SDK, Apache-2.0. Commented source: sdk/src */\n"
# Two copies on one page, of either kind, are one SDK: the first one loaded.
SHARED = 'globalThis[Symbol.for("torana.scdk")]'
SCRIPT = f"""{BANNER}(() => {{
"use strict";
%s
window.scDK = {SHARED} = {SHARED} || scDK;
}})();
"""
MODULE = f"""{BANNER}%s
const shared = ({SHARED} = {SHARED} || scDK);
export {{ shared as default, shared as scDK }};
"""


def served_files() -> Mapping[str, str]:
    """What has to lie in the served folder: file name -> text."""
    sources = [SDK.joinpath("src", f"{part}.js").read_text("utf-8") for part in PARTS]
    body = "\n".join(map(_plain, sources))
    body = body.replace('VERSION="development"', f'VERSION="{release()}"')
    own_address = "(document.currentScript || {}).src"
    return {
        "scdk.js": SCRIPT % body.replace("import.meta.url", own_address),
        "scdk.mjs": MODULE % body,
        "scdk.d.ts": SDK.joinpath("scdk.d.ts").read_text("utf-8"),
    }


def release() -> str:
    """The version of Torana that these files are part of."""
    project = tomllib.loads(SDK.parent.joinpath("pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def _plain(source: str) -> str:
    source = re.sub(r"^import .*\n", "", source, flags=re.MULTILINE)
    source = re.sub(r"^export ", "", source, flags=re.MULTILINE)
    source = re.sub(r"^ */\*\*.*?\*/\n", "", source, flags=re.MULTILINE | re.DOTALL)
    source = re.sub(r"(^ *| )// .*$", "", source, flags=re.MULTILINE)
    source = re.sub(r"(?<=STYLE = `).*?(?=`)", lambda css: _plain_css(css[0]), source, flags=re.DOTALL)
    lines = re.sub(r"\n\s*", "\n", source).strip().split("\n")
    return re.sub(r"(?<=[;{,])\n|\n(?=})", "", "\n".join(map(_plain_line, lines)))


_TEXT = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)""")


def _plain_line(line: str) -> str:
    """Without the blanks that mean nothing. Texts stay as they are, and so do lines that may hold a pattern or half a
    text."""
    parts = _TEXT.split(line)
    is_whole = all(text.count("{") == text.count("}") for text in parts[1::2])
    if not is_whole or any(re.search("[/`]", code) for code in parts[::2]):
        return line
    parts[::2] = [re.sub(r" *([^\w\s$+-]) *", r"\1", code) for code in parts[::2]]
    return "".join(parts)


def _plain_css(css: str) -> str:
    return re.sub(r"\s*([{};,])\s*|(?<=:) ", r"\1", css).replace(";}", "}").strip()


def main() -> int:
    files = served_files()
    if "--check" in sys.argv[1:]:
        stale = [name for name, text in files.items() if not _is(SERVED / name, text)]
        sys.stdout.writelines(f"{name} is not what sdk/src says: run python sdk/build.py\n" for name in stale)
        return 1 if stale else 0
    SERVED.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        SERVED.joinpath(name).write_text(text, "utf-8")
    return 0


def _is(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
