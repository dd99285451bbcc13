"""The files that are served."""

import gzip
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.sdk.fake_gateway import FILES
from tests.sdk.pages import PartnerPage
from torana.flows.registry import FLOWS
from torana.transactions import outcomes

SDK = Path(__file__).parents[2] / "sdk"


def builder() -> ModuleType:
    specification = importlib.util.spec_from_file_location("sdk_build", SDK / "build.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_served_files_are_what_the_source_says() -> None:
    files: dict[str, str] = dict(builder().served_files())

    assert {name: FILES.joinpath(name).read_text("utf-8") for name in files} == files
    assert {file.name for file in FILES.iterdir()} == set(files)


def test_every_part_is_built_in() -> None:
    assert {file.stem for file in SDK.joinpath("src").glob("*.js")} == set(builder().PARTS)


@pytest.mark.parametrize("name", ["scdk.js", "scdk.mjs"])
def test_the_sdk_is_small(name: str) -> None:
    assert len(gzip.compress(FILES.joinpath(name).read_bytes(), 9)) < 8000


@pytest.mark.parametrize("name", ["scdk.js", "scdk.mjs"])
def test_the_sdk_evaluates_no_strings_and_names_no_host(name: str) -> None:
    text = FILES.joinpath(name).read_text("utf-8")

    assert (
        re.findall(r"\beval\b|new Function|innerHTML|outerHTML|document\.write|document\.cookie|postMessage", text)
        == []
    )
    assert set(re.findall(r"https?://[\w.]+", text)) == {"http://www.w3.org"}


def test_the_mark_is_that_of_the_gateways_pages() -> None:
    drawn = re.findall(r'"(M[^"]+)"', SDK.joinpath("src/mark.js").read_text("utf-8"))
    mark = Path(SDK.parent / "src/torana/kit/static/mark.svg").read_text("utf-8")

    assert drawn == re.findall(r' d="([^"]+)"', mark)


def test_the_types_name_every_error() -> None:
    declared = re.search(r"export type ErrorName =\n(.*?);", SDK.joinpath("scdk.d.ts").read_text("utf-8"), re.DOTALL)
    assert declared is not None
    names = re.findall(r'"(\w+)"', declared[1])

    ours = re.findall(r"failure\(\s*\"(\w+)\"", "".join(file.read_text("utf-8") for file in SDK.glob("src/*.js")))
    assert ours
    assert {error.name for error in outcomes.ALL} | set(ours) <= set(names)
    assert names == sorted(set(names))


def test_the_types_have_what_every_intent_results_in() -> None:
    """Given what each intent says of its result, then a type has every key of it, and says where it may be null."""
    declared = re.findall(
        r"export interface (?:TransactionResult|LeadResult) \{(.*?)\n\}",
        SDK.joinpath("scdk.d.ts").read_text("utf-8"),
        re.DOTALL,
    )
    types = [dict(re.findall(r"^  (\w+)\??: (.*);$", members, re.MULTILINE)) for members in declared]

    assert len(types) == 2
    for flow in FLOWS:
        keys = {
            key: "null" in schema.get("type", "") or None in schema.get("enum", ())
            for key, schema in flow.result_schema.items()
        }
        assert any(
            all(key in known and known[key].endswith("| null") >= null for key, null in keys.items()) for known in types
        ), flow.intent


@pytest.mark.asyncio(loop_scope="session")
async def test_the_types_declare_what_is_there(buyer: PartnerPage) -> None:
    declared = re.search(
        r"export declare class scDK \{(.*?)\n\}", SDK.joinpath("scdk.d.ts").read_text("utf-8"), re.DOTALL
    )
    assert declared is not None
    members = set(re.findall(r"^  (?:readonly )?(\w+)[<(:]", declared[1], re.MULTILINE))
    await buyer.visit("module")

    real = await buyer.page.evaluate("() => Object.getOwnPropertyNames(SDK.prototype)")
    statics = await buyer.page.evaluate("() => Object.getOwnPropertyNames(SDK)")

    assert members == set(real)
    assert set(statics) == {"length", "name", "prototype"}
    assert await buyer.page.evaluate("SDK.name") == "scDK"
