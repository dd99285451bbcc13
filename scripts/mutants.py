"""Mutates what decides about money and access (`[tool.mutmut]` in pyproject.toml), tests each mutant.

    python scripts/mutants.py                                        everything: more than half an hour on 2 cores
    python scripts/mutants.py --tests tests/orders/test_judge.py torana.orders.judge.x__doubtful   a slice

Works in a copy under .torana/mutants. Prints the share that was killed and every survivor; fails below 95 %.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPY = ROOT / ".torana" / "mutants"
COPIED = (
    "src",
    "tests",
    "docs",
    "sdk",
    "scripts",
    "README.md",
    "CHANGELOG.md",
    "pyproject.toml",
    "uv.lock",
    "Makefile",
)
AIM = 95.0
"""Per cent."""
LEFT_OUT = {
    "torana.orders.cancel": ("confirm", "ask", "_ask", "settle", "_tell"),
    "torana.orders.compare": ("compare", "_recorded", "_read"),
    "torana.baskets.investments": ("at_end", "write", "_instalment"),
    "torana.baskets.missing": ("notice", "_differs", "ask"),
}
"""Functions that read and write what others decide. Stories with a database tell of them, which take too long for each
mutant."""


def copy(tests: str | None, functions: list[str]) -> None:
    """The tree anew. With `tests` only these run, and every mutant does: nothing is asked of the type check. With
    `functions` only their files are mutated."""
    shutil.rmtree(COPY, ignore_errors=True)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, COPY / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        else:
            shutil.copy(ROOT / name, COPY / name)
    settings = COPY / "pyproject.toml"
    text = settings.read_text()
    if tests is not None:
        text = re.sub(r"(?s)(pytest_add_cli_args_test_selection = )\[.*?\]", rf'\1["{tests}"]', text, count=1)
        text = re.sub(r"(?m)^type_check_command = .*\n", "", text)
    if functions:
        files = {f"src/{name.rpartition('.')[0].replace('.', '/')}.py" for name in functions}
        text = re.sub(r"(?s)(only_mutate = )\[.*?\]", rf"\1{json.dumps(sorted(files))}", text, count=1)
    settings.write_text(text)


def mutmut(*words: str) -> str:
    tools = Path(sys.executable).parent
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(  # noqa: S603  # our own words
        [tools / "mutmut", *words],
        cwd=COPY,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("functions", nargs="*", help="mutants of these functions only, as mutmut names them")
    parser.add_argument("--tests", help="only these tests")
    asked = parser.parse_args()
    copy(asked.tests, asked.functions)
    printed = mutmut(
        "run", "--max-children", str(os.cpu_count() or 2), *(f"{name}__mutmut_*" for name in asked.functions)
    )
    results = dict(re.findall(r"^\s*(\S+): (.+)$", mutmut("results", "--all", "true"), re.MULTILINE))
    left_out = {f"{module}.x_{function}" for module, functions in LEFT_OUT.items() for function in functions}
    tried = {
        name: end
        for name, end in results.items()
        if end not in ("not checked", "caught by type check", "skipped")
        and name.partition("__mutmut_")[0] not in left_out
    }
    if not tried:
        print(printed[-3000:])
        print("No mutant was tried: a test fails, or needs something that the copy does not have.")
        return 1
    survivors = [name for name, end in tried.items() if end in ("survived", "no tests")]
    for name in survivors:
        changed = [line for line in mutmut("show", name).splitlines() if re.match(r"[-+] ", line)]
        print(f"{name}: {tried[name]}", *changed, sep="\n    ")
    share = 100 * (len(tried) - len(survivors)) / len(tried)
    print(f"{len(tried)} mutants, {len(survivors)} survived, {share:.1f} % killed (aim {AIM:g} %)")
    (COPY / "summary.json").write_text(json.dumps({"tried": len(tried), "survived": survivors}))
    return 0 if share >= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
