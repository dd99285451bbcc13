"""Every statement on a gateway's table names the gateway: another tenant's row is out of its reach, and a PostgreSQL
that is split by `gateway_id` knows where to look.

All statements of the program are read, those that are made for a kind of due work, a column or a move included.
"""

import ast
import importlib
import itertools
import pkgutil
import re
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

import torana
from tests.scale.recorder import SOURCE
from torana.events import log
from torana.flows.registry import FLOWS
from torana.holdings import store as holdings
from torana.keys import store as keys
from torana.keys.sealed import marked_columns, sealed_columns
from torana.kit import due
from torana.kit.database import Database
from torana.kit.sql import Statement
from torana.kit.tables import Age, PersonalTable
from torana.leads import store as leads
from torana.orders import invariants
from torana.orders.store import cancel, save
from torana.portal import store as visits
from torana.retention.store import tables
from torana.retention.store.person import TRANSACTIONS
from torana.transactions import life_cycle
from torana.webhooks.store.delivery_rows import _deliveries

MOVES = tuple((one.sets, one.when) for one in [*vars(life_cycle).values(), log.TELL] if isinstance(one, log.Update))
BESIDE = (
    ("", ()),
    ("", save._PLAN),
    (save._FENCE, save._WRITE),
    (save._UNLESS_HALTED, save._WRITE),
    ("", (("settled", cancel._SETTLED),)),
    (leads._UNCHANGED, leads._SAVE),
    (visits._HAS_NO_VISIT, (("visit_made", f"{visits._VISIT} from changed"),)),
)
MADE: dict[str, Callable[[], list[Statement]]] = {
    "torana.kit.due._claim": lambda: [due._claim(kind) for kind in _kinds()],
    "torana.kit.due._waiting": lambda: [due._waiting(kind) for kind in _kinds()],
    "torana.kit.due._renew": lambda: [due._renew(kind) for kind in _kinds()],
    "torana.kit.due._release": lambda: [due._release(kind) for kind in _kinds()],
    "torana.events.log._statement": lambda: [
        *(log._statement(move, fence, parts) for move, (fence, parts) in itertools.product((*MOVES, None), BESIDE)),
        log._statement(None, save._FENCE, save._WRITE, tells=False),
    ],
    "torana.keys.store._heads": lambda: [keys._heads(column) for column in sealed_columns()],
    "torana.keys.store._sealed_otherwise": lambda: [
        keys._sealed_otherwise(column, first=first) for column in sealed_columns() for first in (True, False)
    ],
    "torana.keys.store._marked": lambda: [keys._marked(column) for column in marked_columns()],
    "torana.keys.store._replace_mark": lambda: [keys._replace_mark(column) for column in marked_columns()],
    "torana.holdings.store._forget": lambda: [holdings._forget(table) for table in FLOWS.tables],
    "torana.retention.store.tables.deletion": lambda: [tables.deletion(table) for table in FLOWS.tables],
    "torana.retention.store.tables.erasure": lambda: [tables.erasure(table) for table in FLOWS.tables],
    "torana.retention.store.tables.old": lambda: [tables.old(*one) for one in _ages()],
    "torana.retention.store.tables._reap": lambda: [tables._reap(*one) for one in _ages()],
    "torana.retention.store.tables._rows": lambda: [tables._rows(table) for table in (TRANSACTIONS, *FLOWS.tables)],
    "torana.keys.store._replace": lambda: [keys._replace(column) for column in sealed_columns()],
    "torana.webhooks.store.delivery_rows._deliveries": lambda: [
        _deliveries(100, *wanted)
        for wanted in ((), ("transaction_id",), ("endpoint_id",), ("transaction_id", "endpoint_id"))
    ],
    "torana.orders.invariants._statement": lambda: [
        invariants._statement(sql, recent=recent)
        for sql in (*(rule.sql for rule in invariants.RULES), invariants._OPEN, invariants._CONFIRMED)
        for recent in (False, True)
    ],
    "torana.orders.store.read._finished": list,  # its three statements stand in the module
}
"""Functions that make statements, with all that they make."""

OF_ALL_GATEWAYS = {
    "torana.kit.due._waiting": "the net: which gateways have something due",
    "torana.orders.invariants._statement": "the doctor's, who reads all gateways in one look",
    "torana.baskets.invariants._DIFFERENT": "the doctor's, likewise",
    "torana.baskets.invariants._WAITING": "the doctor's, likewise",
    "torana.baskets.invariants._UNASKED": "the doctor's, likewise",
    "torana.baskets.invariants._UNPLANNED": "the doctor's, likewise",
    "torana.baskets.invariants._UNRECONCILED": "the doctor's, likewise",
    "torana.baskets.invariants._UNSUMMED": "the doctor's, likewise",
    "torana.baskets.invariants._UNTRADED": "the doctor's, likewise",
    "torana.transactions.store._GATEWAYS": "the interface's OTP calls, whose paths name a transaction and no gateway",
    "torana.orders.store.halts._ALL": "the operator's, who looks at the halts of the installation",
    "torana.orders.store.hints._HINT": "a broker's postback, which knows an order and no gateway",
}
"""Statements that cannot name a gateway, and why."""


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(torana.__path__, "torana."):
        if not found.name.startswith(("torana.sandbox", "torana.migrations")) and "__main__" not in found.name:
            yield importlib.import_module(found.name)


def _kinds() -> frozenset[due.Kind]:
    """Every kind of due work."""
    return frozenset(value for module in _modules() for value in vars(module).values() if isinstance(value, due.Kind))


def _ages() -> list[tuple[PersonalTable, Age]]:
    """Of the tables of intents."""
    return [(table, age) for table in FLOWS.tables for age in table.ages]


def _statements_in(value: object) -> Iterator[Statement]:
    if isinstance(value, Statement):
        yield value
    elif isinstance(value, tuple):
        yield from (one for one in value if isinstance(one, Statement))
    elif isinstance(value, dict):
        yield from (one for one in value.values() if isinstance(one, Statement))


def _all_statements() -> dict[str, list[Statement]]:
    found = {
        f"{module.__name__}.{name}": statements
        for module in _modules()
        for name, value in vars(module).items()
        if (statements := list(_statements_in(value)))
    }
    return found | {name: make() for name, make in MADE.items()}


def _makers() -> Iterator[str]:
    """Functions in which a statement is made."""
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(("torana", *path.relative_to(SOURCE).with_suffix("").parts))
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
                if any(isinstance(call.func, ast.Name) and call.func.id == "Statement" for call in calls):
                    yield f"{module}.{function.name}"


def _queries(sql: str) -> list[str]:
    """The queries of a statement, each without those inside it; what stands in other brackets stays where it is."""
    found: list[str] = []
    open_: list[tuple[bool, list[str]]] = [(True, [])]
    for at, character in enumerate(sql):
        if character == "(":
            is_query = re.match(r"\(\s*(select|with|insert|update|delete)\b", sql[at:]) is not None
            open_.append((is_query, []))
        elif character == ")":
            is_query, text = open_.pop()
            if is_query:
                found.append("".join(text))
                open_[-1][1].append("(…)")
            else:
                open_[-1][1].append(f"({''.join(text)})")
        else:
            open_[-1][1].append(character)
    return [*found, "".join(open_[0][1])]


_NAMED = re.compile(r"gateway_id\s*(=|in\s*\()|using\s*\(\s*gateway_id\b|insert into \w+( as \w+)?\s*\(\s*gateway_id\b")
"""By a condition, a join, or as the first column of what is written; that it is read is not enough."""


def unnamed(statement: Statement, tables: frozenset[str]) -> list[str]:
    """The queries of a statement that read or write a gateway's table without a condition on the gateway; the whole
    statement, if it is given no gateway."""
    touches = re.compile(rf"\b(?:from|join|update|into|using|,)\s+(?:{'|'.join(sorted(tables))})\b")
    queries = [query for query in _queries(statement.text) if touches.search(query)]
    if queries and "gateway_id" not in statement.names:
        return [statement.text]
    return [query for query in queries if _NAMED.search(query) is None]


TABLES = frozenset({"orders", "batches"})


OF_GATEWAY = "gateway_id = :gateway_id"


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (f"select 1 from orders where {OF_GATEWAY}", 0),
        ("select 1 from workers", 0),
        ("select 1 from orders where order_id = :id", 1),
        ("select gateway_id from orders where order_id = :id and :gateway_id <> ''", 1),
        ("update orders set state = :state where order_id = :id", 1),
        ("delete from orders where order_id = :id", 1),
        ("insert into orders (gateway_id, order_id) values (:gateway_id, :id)", 0),
        ("insert into orders (order_id) values (:id)", 1),
        (f"select 1 from orders o join batches b using (gateway_id, batch_id) where o.{OF_GATEWAY}", 0),
        ("select 1 from orders o join batches b using (gateway_id, batch_id) where o.state = :state", 1),
        (f"with b as (select 1 from batches where batch_id = :id) select 1 from orders where {OF_GATEWAY}", 1),
        (f"select 1 from orders where {OF_GATEWAY} and exists (select from batches where batch_id = :id)", 1),
        (f"select 1 from orders where {OF_GATEWAY} and exists (select from batches b where b.{OF_GATEWAY})", 0),
    ],
)
def test_a_query_without_its_gateway_is_found(sql: str, found: int) -> None:
    assert len(unnamed(Statement(sql), TABLES)) == found


def test_every_maker_of_statements_is_read() -> None:
    assert set(_makers()) == MADE.keys()


async def test_every_statement_on_a_gateways_table_names_the_gateway(database: Database) -> None:
    tables = await database.value(
        "select array_agg(table_name::text) from information_schema.columns"
        " where table_schema = 'public' and column_name = 'gateway_id' and table_name <> 'gateways'"
    )
    statements = _all_statements()
    found = {
        name: wrong
        for name, of_name in statements.items()
        if (wrong := [query for one in of_name for query in unnamed(one, frozenset(tables))])
    }

    assert len(_kinds()) >= 7
    assert len(tables) >= 12
    assert sum(len(of_name) for of_name in statements.values()) > 120
    assert found.keys() == OF_ALL_GATEWAYS.keys(), {
        name: wrong for name, wrong in found.items() if name not in OF_ALL_GATEWAYS
    }


async def test_every_key_of_a_gateways_table_begins_with_the_gateway(database: Database) -> None:
    """Primary, unique and foreign ones. What refers to such a table refers to it by the same gateway."""
    async with database.connection() as connection:
        keys = await connection.fetch("""
            with of_gateways as (
                select attrelid from pg_attribute join pg_class c on c.oid = attrelid
                where attname = 'gateway_id' and c.relkind = 'r' and relnamespace = 'public'::regnamespace
                  and relname <> 'gateways'
            ),
            keys as (
                select indrelid as of_table, indexrelid::regclass::text as name, indkey[0] as first
                from pg_index where indisunique and indrelid in (select attrelid from of_gateways)
                union all
                select conrelid, conname, conkey[1] from pg_constraint
                where contype = 'f' and (conrelid in (select attrelid from of_gateways)
                                         or confrelid in (select attrelid from of_gateways))
            )
            select k.name, a.attname as first from keys k
            join pg_attribute a on a.attrelid = k.of_table and a.attnum = k.first
        """)

    assert len(keys) >= 50
    assert not [row["name"] for row in keys if row["first"] != "gateway_id"]
