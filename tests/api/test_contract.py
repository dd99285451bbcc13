"""The running gateway keeps what its API reference promises, whatever it is sent."""

from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
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


@schema.parametrize()
@quiet
def test_a_partner_gets_what_is_documented(case: Any, running: Running) -> None:
    case.path_parameters["name"] = running.gateway.name

    case.call_and_validate(base_url=running.url, headers=running.headers(), checks=CHECKS)


@schema.include(tag="Transactions").parametrize()
@quiet
def test_what_the_reference_forbids_is_refused(case: Any, running: Running) -> None:
    case.path_parameters["name"] = running.gateway.name

    case.call_and_validate(base_url=running.url, headers=running.headers(), checks=[negative_data_rejection])


@schema.parametrize()
@quiet
def test_a_stranger_gets_what_is_documented(case: Any, running: Running) -> None:
    answer = case.call_and_validate(base_url=running.url, checks=CHECKS)

    assert answer.status_code != 200
