"""Tables in the docs that a run of tests writes, so that no result there is written by hand."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def write_table(document: str, name: str, head: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
    """Put the table between the marks of that name in a document of ours. Raises `LookupError` without them."""
    lines = [head, ["---"] * len(head), *([first, *rest] for first, rest in rows.items())]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    file = ROOT / document
    text, found = re.subn(
        rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- end of {name} -->)",
        lambda marks: marks[1] + table + marks[2],
        file.read_text("utf-8"),
        flags=re.DOTALL,
    )
    if not found:
        raise LookupError(f"{document} has no place for {name}")
    file.write_text(text, "utf-8")
