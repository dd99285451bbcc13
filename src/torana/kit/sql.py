"""Statements with named parameters.

    FIND = Statement("select * from visits where gateway_id = :gateway_id and visit_id = :visit_id")
    row = await connection.fetchrow(*FIND(gateway_id=gateway_id, visit_id=visit_id))

PostgreSQL and asyncpg number parameters. A name gets its number where it stands first, once, when the statement is
made; what is sent is always the same text, so that what asyncpg and PostgreSQL keep for a text (the prepared statement,
its plan) is kept.
"""

import re
from typing import Any

_TOKEN = re.compile(
    r"""
      (?P<other> [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"   # literals, quoted names
               | \$(?P<quote>[A-Za-z_]*)\$.*?\$(?P=quote)\$                      # $$ … $$
               | --[^\n]* | /\*.*?\*/ | :: | := )
    | :(?P<name>[a-z_][a-z0-9_]*)
    | (?P<number>\$[0-9]+)
    """,
    re.VERBOSE | re.DOTALL,
)


class Statement:
    """One statement. `:name` is a parameter; `::cast`, `:=`, literals, quoted names and comments are left alone. An
    array's slice is written with a space or a bracket behind its colon: `sent[1 : n]`."""

    __slots__ = ("_names", "names", "text")

    def __init__(self, sql: str) -> None:
        """Raises `ValueError` for a numbered parameter: names and numbers do not mix."""
        numbers: dict[str, int] = {}

        def numbered(token: re.Match[str]) -> str:
            if token["number"]:
                raise ValueError(f"{token['number']} in a statement with named parameters: {sql}")
            if token["other"]:
                return token[0]
            return f"${numbers.setdefault(token['name'], len(numbers) + 1)}"

        self.text = _TOKEN.sub(numbered, sql)
        """As PostgreSQL gets it, with `$1`, `$2` …"""
        self.names = tuple(numbers)
        """Of its parameters, by number."""
        self._names = numbers.keys()

    def __call__(self, **values: object) -> tuple[Any, ...]:
        """The text and the values in the order of their numbers, for asyncpg. Raises `TypeError` for a name that is
        missing and for one that the statement does not have."""
        if values.keys() != self._names:
            missing, surplus = sorted(self._names - values.keys()), sorted(values.keys() - self._names)
            raise TypeError(f"missing: {missing}, not in the statement: {surplus}; {self.text}")
        return self.text, *(values[name] for name in self.names)

    def __repr__(self) -> str:
        return f"Statement({' '.join(self.text.split())!r})"


def matching(columns: tuple[str, ...], table: str = "") -> str:
    """The condition that each of these columns is the parameter of its name."""
    prefix = f"{table}." if table else ""
    return " and ".join(f"{prefix}{column} = :{column}" for column in columns)


def affected(tag: str) -> int:
    """How many rows a statement changed, by what PostgreSQL says of it (`UPDATE 3`)."""
    return int(tag.rsplit(" ", 1)[-1])
