"""Named parameters: which text is sent, with which values, and what is refused."""

import pytest

from torana.kit.database import Database
from torana.kit.sql import Statement, affected, matching


@pytest.mark.parametrize(
    ("sql", "sent", "names"),
    [
        ("select 1", "select 1", ()),
        ("select :a", "select $1", ("a",)),
        ("select :b, :a", "select $1, $2", ("b", "a")),
        ("select :a, :b, :a", "select $1, $2, $1", ("a", "b")),
        ("select :a::text[]", "select $1::text[]", ("a",)),
        ("select a::text, :a_1", "select a::text, $1", ("a_1",)),
        ("select :ab, :a", "select $1, $2", ("ab", "a")),
        ("select (:a)", "select ($1)", ("a",)),
        ("f(x := :a)", "f(x := $1)", ("a",)),
        ("x := a", "x := a", ()),
        ("select ':a', :b", "select ':a', $1", ("b",)),
        ("select 'it''s :a', :b", "select 'it''s :a', $1", ("b",)),
        (r"select E'\':a', :b", r"select E'\':a', $1", ("b",)),
        (r"select '\', :b, '\'", r"select '\', $1, '\'", ("b",)),
        ('select ":a" from ":b"', 'select ":a" from ":b"', ()),
        ("select $$:a$$, :b", "select $$:a$$, $1", ("b",)),
        ("select $tag$ :a $$ $tag$, :b", "select $tag$ :a $$ $tag$, $1", ("b",)),
        ("select 1 -- :a\n, :b", "select 1 -- :a\n, $1", ("b",)),
        ("select 1 /* :a\n:c */, :b", "select 1 /* :a\n:c */, $1", ("b",)),
        ("select sent[1 : 2], sent[1:2], :a", "select sent[1 : 2], sent[1:2], $1", ("a",)),
        ("select '{}'::text[], :a", "select '{}'::text[], $1", ("a",)),
    ],
)
def test_names_become_numbers_and_the_rest_is_left_alone(sql: str, sent: str, names: tuple[str, ...]) -> None:
    statement = Statement(sql)

    assert (statement.text, statement.names) == (sent, names)
    assert statement(**{name: f"of {name}" for name in names}) == (sent, *(f"of {name}" for name in names))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, r"missing: \['a', 'b'\], not in the statement: \[\]"),
        ({"a": 1}, r"missing: \['b'\], not in the statement: \[\]"),
        ({"a": 1, "b": 2, "c": 3}, r"missing: \[\], not in the statement: \['c'\]"),
        ({"a": 1, "c": 3}, r"missing: \['b'\], not in the statement: \['c'\]"),
    ],
)
def test_a_missing_or_a_surplus_name_is_refused(given: dict[str, int], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        Statement("select :a, :b")(**given)


@pytest.mark.parametrize("sql", ["select $1", "select :a, $2", "select $$ x $$, $3"])
def test_names_and_numbers_do_not_mix(sql: str) -> None:
    with pytest.raises(ValueError, match=r"\$[123] in a statement with named parameters"):
        Statement(sql)


@pytest.mark.parametrize(
    ("columns", "table", "condition"),
    [
        (("a",), "", "a = :a"),
        (("a", "b"), "", "a = :a and b = :b"),
        (("a", "b"), "t", "t.a = :a and t.b = :b"),
    ],
)
def test_a_key_is_matched_by_its_columns(columns: tuple[str, ...], table: str, condition: str) -> None:
    assert matching(columns, table) == condition


@pytest.mark.parametrize(("tag", "count"), [("UPDATE 0", 0), ("DELETE 12", 12), ("INSERT 0 3", 3)])
def test_a_statement_says_how_many_rows_it_changed(tag: str, count: int) -> None:
    assert affected(tag) == count


async def test_one_text_is_prepared_once_whatever_its_values(database: Database) -> None:
    """given a statement / when it is run with other values / then PostgreSQL has prepared one."""
    twice = Statement("select :a::int + :b::int + :a::int as of_named_parameters")
    async with database.connection() as connection:
        sums = [await connection.fetchval(*twice(a=a, b=b)) for a, b in ((1, 2), (3, 4), (5, 6))]
        prepared = await connection.fetchval(
            "select count(*) from pg_prepared_statements where statement like '%of_named_parameters%'"
            " and statement not like '%pg_prepared_statements%'"
        )

    assert sums == [4, 10, 16]
    assert prepared == 1
