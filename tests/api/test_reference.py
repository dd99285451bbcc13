"""The API reference: complete, up to date, and without a call to anybody else."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.openapi.spec import Server

from tests.support.clock import HandClock
from tests.support.gateway import api_services_of, calling
from torana import openapi
from torana.api.guide import REFUSALS, REJECTIONS
from torana.api.reference import docs_router, openapi_config
from torana.connectors.registry import BROKERS
from torana.flows.registry import FLOWS
from torana.kit.database import Database
from torana.transactions.outcomes import ALL
from torana.transactions.routes import transactions_router

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def client(database: Database, clock: HandClock) -> Any:
    app = Litestar(
        [transactions_router(api_services_of(database, clock), FLOWS), docs_router],
        openapi_config=openapi_config([Server(url="http://127.0.0.1:8080")]),
        logging_config=None,
    )
    async with calling(app) as client:
        yield client


@pytest.mark.parametrize(
    ("file", "text"), [("openapi.json", openapi.openapi_json), ("errors.md", openapi.errors_markdown)]
)
def test_the_files_in_the_documentation_are_what_the_program_says(file: str, text: Any) -> None:
    written = (ROOT / "docs" / file).read_text("utf-8")

    assert written == text(), "run python -m torana.openapi"


def test_the_check_finds_a_stale_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert openapi.main([str(tmp_path)]) == 0
    assert openapi.main([str(tmp_path), "--check"]) == 0
    (tmp_path / "errors.md").write_text("older")

    assert openapi.main([str(tmp_path), "--check"]) == 1
    assert "errors.md is not up to date" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["/docs", "/docs/errors"])
async def test_the_pages_load_nothing_from_anywhere(client: Any, path: str) -> None:
    page = await client.get(path)

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert re.findall(r'(?:src|href)="(?!/docs|#|data:,)[^"]*"', page.text) == []
    assert "url(" not in page.text
    assert "default-src 'none'" in page.text


async def test_the_page_names_every_operation(client: Any) -> None:
    document = (await client.get("/docs/openapi.json")).json()
    page = (await client.get("/docs")).text

    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == 2
    for operation in operations:
        assert f'id="{operation["operationId"]}"' in page
        assert operation["summary"] in page


async def test_every_answer_of_every_operation_is_documented(client: Any) -> None:
    document = (await client.get("/docs/openapi.json")).json()

    statuses = {
        operation["operationId"]: set(operation["responses"])
        for path in document["paths"].values()
        for operation in path.values()
    }
    assert statuses == {
        "create_transaction": {"200", "400", "401", "404", "409", "413", "422", "429", "500", "503"},
        "transaction_details": {"200", "400", "401", "404", "429", "500", "503"},
    }


def test_every_operation_of_the_whole_application_has_a_schema_and_refusals() -> None:
    document = msgspec.json.decode(openapi.openapi_json())

    for path, methods in document["paths"].items():
        for operation in methods.values():
            success = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert success["properties"]["success"] == {"const": True}, path
            assert {"400", "401", "404", "429", "500", "503"} <= set(operation["responses"]), path


def test_a_refusal_of_one_part_is_told_of_its_operations_alone() -> None:
    """Given refusals that only operations of one tag answer, then no other operation shows them, and what a status
    means everywhere comes first."""
    document = msgspec.json.decode(openapi.openapi_json())
    shown: dict[str, set[str]] = {}
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                for anchor in response["content"]["application/json"].get("examples", ()):
                    if not status.startswith("2"):
                        shown.setdefault(anchor, set()).update(operation["tags"])
    responses = document["paths"]["/gateway/mf/getOtp"]["post"]["responses"]

    for refusal in REFUSALS:
        if refusal.tag:
            assert shown[refusal.anchor] == {refusal.tag}, refusal.anchor
    assert list(responses["500"]["content"]["application/json"]["examples"]) == ["internal", "mf-registrar"]
    assert list(responses["406"]["content"]["application/json"]["examples"]) == ["mf-otp"]


def test_what_two_intents_tell_under_one_name_is_shown_with_both_meanings() -> None:
    """Whether all was authorised, and how far an account opening came, are both called status."""
    document = msgspec.json.decode(openapi.openapi_json())
    (path,) = [path for path in document["paths"] if path.endswith("transactiondetails")]
    content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    success = content["schema"]["properties"]["data"]["properties"]["success"]["properties"]
    imported = content["examples"]["completed_mf_holdings_import"]["value"]["data"]["success"]

    assert [one["type"] for one in success["status"]["anyOf"]] == [["boolean", "null"], ["string", "null"]]
    assert all("null" in success[key]["type"] for key in ("broker", "smallcaseAuthId"))
    assert BROKERS.keys().isdisjoint(map(str, imported.values())), "no broker has a part in it"


def test_every_post_takes_an_idempotency_key() -> None:
    document = msgspec.json.decode(openapi.openapi_json())

    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            takes = "Idempotency-Key" in [parameter["name"] for parameter in operation["parameters"]]
            assert takes == (method == "post") == ({"409", "422"} <= set(operation["responses"])), path


async def test_examples_of_a_create_are_taken(client: Any) -> None:
    from torana.transactions.schemas import read_create

    document = (await client.get("/docs/openapi.json")).json()
    body = document["paths"]["/gateway/{name}/transaction"]["post"]["requestBody"]["content"]["application/json"]

    assert body["examples"].keys() == {name for flow in FLOWS.of_partners for name in flow.examples}
    for example in body["examples"].values():
        assert read_create(FLOWS, msgspec.json.encode(example["value"]))


def test_the_guide_has_a_paragraph_for_every_anchor_in_the_program() -> None:
    used = set()
    for path in (ROOT / "src").rglob("*.py"):
        used |= set(re.findall(r'anchor(?:: str)? ?= ?"([a-z-]+)"', path.read_text("utf-8")))

    assert used <= {refusal.anchor for refusal in REFUSALS}


def test_the_guide_knows_every_way_in_which_a_flow_can_fail() -> None:
    assert {(outcome.code, outcome.name) for outcome in ALL} <= {(item.code, item.name) for item in REJECTIONS}


async def test_every_doc_url_leads_to_a_paragraph(client: Any) -> None:
    page = (await client.get("/docs/errors")).text

    assert all(f'id="{refusal.anchor}"' in page for refusal in REFUSALS)
    assert len({refusal.anchor for refusal in REFUSALS}) == len(REFUSALS)
