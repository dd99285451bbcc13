"""The bodies of publishing and of news, for the reference of the API."""

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPIResponse, Operation, RequestBody

from torana.api.documented import envelope, json_content
from torana.baskets.dividends import DividendsBody
from torana.baskets.schemas import BasketBody, NewsChange

EXAMPLE: dict[str, Any] = {
    "scid": "LANTERN_0001",
    "name": "Night light",
    "shortDescription": "From the mine to the socket: what keeps a lamp burning.",
    "rationale": "Power is used in any weather. The basket holds who digs, who burns and who carries.",
    "publisherName": "Lantern",
    "registration": {"number": "INH000000000"},
    "benchmark": {"name": "Nifty 50", "method": "Price index, from the close of the day of publication."},
    "rebalanceSchedule": "quarterly",
    "constituents": [
        {"ticker": "COALINDIA", "weight": 0.3},
        {"ticker": "NTPC", "weight": 0.3},
        {"ticker": "POWERGRID", "weight": 0.4},
    ],
}


@dataclass
class PublishOperation(Operation):
    """The reference of publishing: its body is read by ourselves, once the caller has proven who they are."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            content=json_content(schema_without_references(BasketBody), basket=EXAMPLE), required=True
        )


@dataclass
class NewsOperation(Operation):
    """The reference of supplying news."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            content=json_content(schema_without_references(NewsChange), none={"news": []}), required=True
        )


@dataclass
class DividendsOperation(Operation):
    """The reference of supplying dividends."""

    def __post_init__(self) -> None:
        example = {"dividends": [{"ticker": "NTPC", "exDate": "2026-11-13", "perShare": 2.5}]}
        body = json_content(schema_without_references(DividendsBody), interim=example)
        self.request_body = RequestBody(content=body, required=True)


@dataclass
class DividendsListOperation(Operation):
    """The reference of the dividends that were supplied."""

    def __post_init__(self) -> None:
        row = {"ticker": "NTPC", "exchange": "NSE", "isin": "INE733E01010", "exDate": "2026-11-13", "perShare": 2.5}
        rows = {"type": "array", "items": {"type": "object", "required": list(row)}}
        numbers = {name: {"type": "integer"} for name in ("count", "offset")}
        data = {"type": "object", "required": ["dividends", *numbers], "properties": {"dividends": rows, **numbers}}
        told = {"dividends": [row], "count": 1, "offset": 0}
        answer = {"success": True, "errors": None, "data": told}
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(
                description="One entry a security and ex-date.", content=json_content(envelope(data), supplied=answer)
            ),
        }


def schema_without_references(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of a body, without references: it stands in one place."""
    (_, parts) = msgspec.json.schema_components([kind], ref_template="{name}")

    def whole(value: Any) -> Any:
        if isinstance(value, list):
            return [whole(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return whole(parts[value["$ref"]])
        if value.get("format") == "decimal":
            return {"type": "number"}
        return {key: whole(each) for key, each in value.items()}

    found: dict[str, Any] = whole(parts[kind.__name__])
    return found
