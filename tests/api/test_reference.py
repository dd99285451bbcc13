"""The API reference: complete, up to date, and without a call to anybody else."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.openapi.spec import Server

from tests.support.clock import HandClock
from tests.support.gateway import api_services_of, calling
from torana import openapi
from torana.api.front_page import front_page
from torana.api.guide import REFUSALS
from torana.api.reference import Demo, docs_router, openapi_config
from torana.api.samples import call_of, samples
from torana.api.sdk_rejections import REJECTIONS
from torana.api.webhook_guide import EVENTS
from torana.connectors.registry import BROKERS
from torana.flows.registry import EVENT_TYPES, FLOWS
from torana.kit.database import Database
from torana.transactions.outcomes import ALL
from torana.transactions.routes import transactions_router

ROOT = Path(__file__).parents[2]
SERVER = "http://127.0.0.1:8080"
DEMO = Demo("http://localhost:8082", "gatewaydemo", "gatewayDemo_secret")
PAGES = ("/docs", "/docs/errors", "/docs/webhooks", "/docs/sdk")


def reference(database: Database, clock: HandClock, demo: Demo | None) -> Litestar:
    return Litestar(
        [transactions_router(api_services_of(database, clock), FLOWS), docs_router(EVENT_TYPES, SERVER)],
        openapi_config=openapi_config([Server(url=SERVER)], demo),
        logging_config=None,
    )


@pytest.fixture
async def client(database: Database, clock: HandClock) -> Any:
    async with calling(reference(database, clock, DEMO)) as client:
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


@pytest.mark.parametrize("path", PAGES)
async def test_the_pages_load_nothing_from_anywhere_else(client: Any, path: str) -> None:
    page = await client.get(path)

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert re.findall(r"<script[^>]*>[^<]", page.text) == []
    assert re.findall(r' (?:style|on\w+)="', page.text) == []
    loaded = re.findall(r'<(?:script|img|link)[^>]* (?:src|href)="([^"]*)"', page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/docs/static/")
        assert (await client.get(address)).status_code == 200
    assert "default-src 'none'; style-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", PAGES)
async def test_the_pages_show_no_raw_backticks_and_no_words_of_the_framework(client: Any, path: str) -> None:
    text = (await client.get(path)).text

    assert "`" not in re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL)
    assert "Request fulfilled" not in text
    assert "anything" not in text


@pytest.mark.parametrize("path", [*PAGES, "/docs/openapi.json"])
async def test_a_browser_that_has_a_page_is_not_sent_it_again(client: Any, path: str) -> None:
    first = await client.get(path, headers={"accept-encoding": "gzip"})
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    other = await client.get(path, headers={"if-none-match": 'W/"older"'})

    assert (first.headers["content-encoding"], first.content) == ("gzip", plain.content)
    assert int(first.headers["content-length"]) < len(plain.content) / 2
    assert "content-encoding" not in plain.headers
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip;q=0", None), ("br, gzip; q=0.0", None), ("br", None), ("deflate, GZIP;q=0.5, *;q=0", "gzip")],
)
async def test_who_refuses_gzip_is_sent_none(client: Any, accepted: str, encoding: str | None) -> None:
    page = await client.get("/docs/errors", headers={"accept-encoding": accepted})

    assert page.headers.get("content-encoding") == encoding
    assert "</html>" in page.text


async def test_every_call_has_samples_of_the_demo_that_can_be_sent_there(client: Any) -> None:
    page = (await client.get("/docs")).text

    assert f'data-gateway="{DEMO.gateway}" data-secret="{DEMO.secret}"' in page
    assert page.count('data-language="curl"') == page.count('data-language="python"') == 2
    assert f"curl {SERVER}/gateway/gatewaydemo/transaction" in page
    assert page.count("data-signed") == 2


async def test_without_a_demo_a_page_offers_no_secret_and_no_sending(database: Database, clock: HandClock) -> None:
    async with calling(reference(database, clock, None)) as client:
        page = (await client.get("/docs")).text

    assert "data-secret" not in page
    assert "/gateway/acme/transaction" in page


def test_samples_are_code() -> None:
    """Given every operation of the application, then its Python compiles, and the JSON of its curl is its example."""
    document: dict[str, Any] = msgspec.json.decode(openapi.openapi_json())
    seen = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            call = call_of(method.upper(), path, operation, "acme")
            code = samples(call, SERVER)
            compile(code["python"], path, "exec")
            words = shlex.split(code["curl"])
            assert words[0] == "curl"
            assert any(word.startswith(f"{SERVER}/") for word in words)
            if "-d" in words:
                assert json.loads(words[words.index("-d") + 1]) == call.body
            assert code["javascript"].count("(") == code["javascript"].count(")")
            seen += 1
    assert seen > 20


async def test_every_event_that_partners_are_told_stands_on_the_page_of_webhooks(client: Any) -> None:
    page = (await client.get("/docs/webhooks")).text

    assert {name for name in EVENT_TYPES if f'id="{name}"' in page} == set(EVENT_TYPES)
    assert {event.name for event in EVENTS} <= set(EVENT_TYPES)


def test_examples_of_webhooks_have_the_keys_of_real_ones() -> None:
    """A batch and a halt are made by the code that makes those of partners; the examples have the same keys."""
    examples = {event.name: event.example for event in EVENTS if event.example}
    named = {"event", "eventId", "sequence", "timestamp", "checksum"}
    halt = {"scope": "gateway", "broker": None, "haltedBy": "partner", "reason": "", "since": ""}
    connection = EVENT_TYPES["connection.ended"].wire(
        {"investor_id": "i", "broker": "b", "lives": False, "since": None, "until": None, "ended_at": None}
        | {"ended_by": None}
    )

    assert examples["orders.halted"].keys() == named | EVENT_TYPES["orders.halted"].wire(halt).keys()
    assert examples["connection.ended"].keys() == named | connection.keys()
    for name, example in examples.items():
        assert example["event"] == name


async def test_the_front_page_says_how_it_stands_and_leads_on_from_a_demo_only() -> None:
    trouble: list[str | None] = [None, "no worker runs: <nothing> is placed"]

    async def told() -> str | None:
        return trouble.pop(0)

    def shown(demo: Demo | None, sandbox_url: str | None) -> Litestar:
        page = front_page(told, {"Version": "1.2.3"}, demo=demo, sandbox_url=sandbox_url)
        return Litestar([page], openapi_config=None, logging_config=None)

    async with calling(shown(DEMO, "http://127.0.0.1:8081")) as client:
        ready = (await client.get("/")).text
    async with calling(shown(None, None)) as client:
        down = (await client.get("/")).text

    assert "✓ Ready" in ready
    assert 'href="http://localhost:8082"' in ready
    assert 'href="http://127.0.0.1:8081/sandbox/"' in ready
    assert DEMO.secret in ready
    assert "no worker runs: &lt;nothing&gt; is placed" in down
    assert "1.2.3" in down
    assert re.findall(r'class="door" href="([^"]+)"', down) == ["/docs", "/readyz"]


def test_the_mark_is_drawn_once() -> None:
    """One file serves every icon and every head of ours; the portal draws the same strokes into its pages."""
    files = [file.relative_to(ROOT / "src/torana") for file in ROOT.glob("src/torana/**/*.svg")]
    strokes = re.findall(r'd="([^"]+)"', (ROOT / "src/torana/kit/static/mark.svg").read_text())
    drawings = (ROOT / "src/torana/pages/templates/icons.html").read_text()

    assert [str(file) for file in files if file.name != "lantern.svg"] == ["kit/static/mark.svg"]
    assert strokes
    assert all(stroke in drawings for stroke in strokes)


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
