"""`torana connector new`: the files of a broker that nobody has translated yet, and what is left to write in them.

The files are whole: they pass the formatter, the linter and the type check, and the broker is found. Whatever they say
of the broker stands under a mark, and the contract suite fails for as long as one mark is left.
"""

import ast
import keyword
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from string import Template

import click

from torana.kit.errors import ToranaError

MARK = "TO WRITE"
"""Stands in every place of a new connector that has to be written, with what to write there."""
FIXTURES = (
    *("finish_login.200", "place.200", "cancel.200", "orders.200"),
    *("holdings.200", "positions.200", "funds.200"),
)
"""The answers that every broker gives."""
_FOLDERS: Mapping[str, str] = {"connector": "src/torana/connectors/{}", "sandbox": "src/torana/sandbox/{}"}
_TESTS = "tests/brokers/{}.py"
_KEY = re.compile(r"[a-z][a-z0-9]{1,15}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .&-]{0,29}")


class CannotBeMade(ToranaError):
    """A connector of this name cannot be made there."""


@click.group()
def connector() -> None:
    """Tools for adding a broker."""


@connector.command()
@click.argument("key")
@click.option("--name", metavar="NAME", help="As investors know the broker. Default: the key, with a capital.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The checkout to write into. Default: the one that this program runs from.",
)
def new(key: str, name: str | None, into: Path | None) -> None:
    """Make the files for a new broker: its connector, its simulator, and what the tests need.

    KEY is the broker's name in settings, URLs and the API: small letters and digits. Prints what is left to write; the
    contract suite reports the same until nothing is left.
    """
    root = into or checkout()
    made = make(root, key, name or key.capitalize())
    for path in made:
        click.echo(f"made {path.relative_to(root)}")
    click.echo(f"\nLeft to write (docs/connectors.md, Add a broker, goes through it):\n{as_list(left(root, key))}")
    click.echo(f"\nThe same list, until it is empty: pytest tests/contract/test_t00_covered.py -k {key}")


def checkout() -> Path:
    """The checkout that this program runs from. Raises `CannotBeMade` for an installed one."""
    root = Path(__file__).parents[3]
    if not (root / "tests/brokers").is_dir():
        raise CannotBeMade("This is no checkout of the repository: there are no tests. Name one by --into.")
    return root


def make(root: Path, key: str, name: str) -> list[Path]:
    """Write the files; what was written. Raises `CannotBeMade`, and then nothing was."""
    _require_free(root, key, name)
    words = {"key": key, "name": name, "part": key.capitalize(), "monogram": name[0].upper()}
    made = []
    for path, text in _texts(root, key):
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = Template(text).substitute(words)
        path.write_text(_with_sorted_imports(whole) if path.suffix == ".py" else whole, encoding="utf-8")
        made.append(path)
    (root / _FOLDERS["connector"].format(key) / "fixtures").mkdir()
    return made


def left(root: Path, key: str) -> list[str]:
    """What is left to write of this broker: a line for each mark (file, line, what), and for each fixture missing."""
    folders = [root / folder.format(key) for folder in _FOLDERS.values()]
    sources = [path for folder in folders for path in sorted(folder.glob("*")) if path.is_file()]
    lines = [
        f"{path.relative_to(root)}:{number}: {_what(line)}"
        for path in (*sources, root / _TESTS.format(key))
        if path.is_file()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MARK in line
    ]
    answers = folders[0] / "fixtures"
    missing = [name for name in FIXTURES if not list(answers.glob(f"{name}.*"))]
    return lines + [f"{answers.relative_to(root)}/{name}.json: what the broker answers" for name in missing]


def _what(line: str) -> str:
    return line.partition(MARK)[2].strip(": |").removesuffix('"""')


def as_list(lines: list[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)


def _require_free(root: Path, key: str, name: str) -> None:
    if not _KEY.fullmatch(key) or keyword.iskeyword(key):
        raise CannotBeMade(f"{key!r} is no key: 2 to 16 small letters and digits, a letter first, no word of Python's.")
    if not _NAME.fullmatch(name):
        raise CannotBeMade(f"{name!r} is no name: 1 to 30 letters, digits, spaces and . & -")
    for place in (*_FOLDERS.values(), _TESTS.removesuffix(".py")):
        at = root / place.format(key)
        for taken in (at, at.with_suffix(".py")):
            if taken.exists():
                raise CannotBeMade(f"{taken.relative_to(root)} is there already: nothing was written.")


def _texts(root: Path, key: str) -> Iterator[tuple[Path, str]]:
    """Where each template goes, and what it says."""
    templates = files("torana.cli").joinpath("new_connector")
    for kind, place in _FOLDERS.items():
        for template in sorted(templates.joinpath(kind).iterdir(), key=lambda one: one.name):
            path = root / place.format(key) / template.name.removesuffix(".txt")
            yield path, template.read_text(encoding="utf-8")
    yield root / _TESTS.format(key), templates.joinpath("tests", "known.py.txt").read_text(encoding="utf-8")


def _with_sorted_imports(source: str) -> str:
    """Our own imports in the order that the linter wants, which depends on the key."""
    lines = source.splitlines(keepends=True)
    ours = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("torana", "tests"))
    ]
    if not ours:
        return source
    blocks = sorted((node.module or "", "".join(lines[node.lineno - 1 : node.end_lineno])) for node in ours)
    head, tail = lines[: ours[0].lineno - 1], lines[ours[-1].end_lineno :]
    return "".join([*head, *(block for _, block in blocks), *tail])
