"""The running gateway keeps what its API reference promises, whatever it is sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.case import Case
from schemathesis.generation.hypothesis.builder import HypothesisTestConfig, HypothesisTestMode, create_test
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.support.examples import examples
from tests.support.gateway import Running

# Whether a ticker exists no schema can say: data that the schema allows may be refused.
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
quiet = settings(
    max_examples=examples(15),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


# The file is what the gateway serves: test_reference.py holds it.
schema = schemathesis.openapi.from_path(Path(__file__).parents[2] / "docs" / "openapi.json")
CALLS = [
    pytest.param(path, method, id=f"{method.upper()} {path}")
    for path in schema
    for method in schema.raw_schema["paths"][path]
]
calls = pytest.mark.parametrize(("path", "method"), CALLS)
about_transactions = pytest.mark.parametrize(
    ("path", "method"),
    [call for call in CALLS if "Transactions" in schema.raw_schema["paths"][call.values[0]][call.values[1]]["tags"]],
)


def holds_for(path: str, method: str, holds: Callable[[Case[Any]], None], *modes: HypothesisTestMode) -> None:
    """Try this with cases that the schema allows and forbids. They are made up here and not when tests are collected,
    as the library's own `parametrize` does it: that takes longer than collecting all other tests."""
    operation = schema[path][method]
    config = HypothesisTestConfig(modes=list(modes or HypothesisTestMode), project=schema.config)

    def try_it(case: Case[Any]) -> None:
        holds(case)

    create_test(operation=operation, test_func=quiet(try_it), config=config)()


@calls
def test_a_partner_gets_what_is_documented(path: str, method: str, running: Running) -> None:
    def holds(case: Case[Any]) -> None:
        case.path_parameters["name"] = running.gateway.name

        case.call_and_validate(base_url=running.url, headers=running.headers(), checks=CHECKS)

    holds_for(path, method, holds)


@about_transactions
def test_what_the_reference_forbids_is_refused(path: str, method: str, running: Running) -> None:
    def holds(case: Case[Any]) -> None:
        case.path_parameters["name"] = running.gateway.name

        case.call_and_validate(base_url=running.url, headers=running.headers(), checks=[negative_data_rejection])

    holds_for(path, method, holds)


@calls
def test_a_stranger_gets_what_is_documented(path: str, method: str, running: Running) -> None:
    def holds(case: Case[Any]) -> None:
        answer = case.call_and_validate(base_url=running.url, checks=CHECKS)

        assert answer.status_code != 200

    holds_for(path, method, holds, HypothesisTestMode.FUZZING)  # refused before anything else of it is read
