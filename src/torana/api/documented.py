"""What the API reference says beyond what the framework finds in the handlers.

A handler's owner describes its body, its parameters and its success (`json_content`, an own `Operation` class); what
holds for every route is added to all of them here: its refusals and, to a POST, the Idempotency-Key.
"""

from collections.abc import Collection, Mapping
from copy import deepcopy
from http import HTTPStatus
from typing import Any, cast

from litestar.openapi.spec import OpenAPIMediaType

from torana.api.guide import REFUSALS

ENVELOPE: Mapping[str, Any] = {
    "type": "object",
    "required": ["success", "errors", "data"],
    "properties": {"success": {"const": True}, "errors": {"type": "null"}, "data": {}},
}
REFUSAL: Mapping[str, Any] = {
    "type": "object",
    "required": ["success", "errors", "error", "errorType", "message", "data", "requestId", "docUrl"],
    "properties": {
        "success": {"const": False},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string"},
            "description": "names of errors, or sentences that say what is wrong",
        },
        "error": {"type": "array", "items": {"type": "string"}, "description": "the same as errors"},
        "errorType": {"enum": ["InputException", "AccessDenied", "InternalError", "MFCException"]},
        "message": {"type": "string", "description": "what to do, for people"},
        "data": {"type": "null"},
        "requestId": {"type": ["string", "null"]},
        "docUrl": {"type": "string", "format": "uri"},
    },
}
IDEMPOTENCY_KEY: Mapping[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": (
        "A request that is repeated with the same key takes effect only once: the first answer is sent again, "
        "with the header idempotency-replayed. A key is kept for 24 hours."
    ),
    "required": False,
    "deprecated": False,
}
_PHRASES = frozenset({status.description for status in HTTPStatus})
"""What the framework says of an answer that nobody described."""
_EVERY_ROUTE = (400, 401, 404, 429, 500, 503)
_POST_ROUTES = (409, 413, 422)
_HEADERS: Mapping[str, Any] = {
    "x-request-id": {"description": "Quote it when you ask for help.", "schema": {"type": "string"}},
    "ratelimit-limit": {"description": "Requests allowed in a minute.", "schema": {"type": "integer"}},
    "ratelimit-remaining": {"description": "How many of them are left.", "schema": {"type": "integer"}},
    "ratelimit-reset": {"description": "Seconds until the next minute begins.", "schema": {"type": "integer"}},
}
_REPLAYED: Mapping[str, Any] = {
    "idempotency-replayed": {
        "description": "true when this is the answer to the first request with this Idempotency-Key, sent again.",
        "schema": {"const": "true"},
    }
}
_RETRY_AFTER: Mapping[str, Any] = {"retry-after": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_WITH_RETRY_AFTER = frozenset({409, 429, 503})


def json_content(schema: Mapping[str, Any], **examples: object) -> dict[str, OpenAPIMediaType]:
    """The content of a JSON body: its JSON Schema and examples by name."""
    named = {name: {"value": value} for name, value in examples.items()}
    return {"application/json": OpenAPIMediaType(schema=cast(Any, schema), examples=cast(Any, named) or None)}


def envelope(data: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a success that brings `data`."""
    return {**ENVELOPE, "properties": {**ENVELOPE["properties"], "data": data}}


def completed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The framework's OpenAPI document with every answer that a route can give."""
    document = cast(dict[str, Any], deepcopy(schema))
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Refusal"] = REFUSAL
    for path in document.get("paths", {}).values():
        for method in path.keys() & {"get", "post", "put", "patch", "delete"}:
            _complete(path[method], method)
    return document


def _complete(operation: dict[str, Any], method: str) -> None:
    responses = operation["responses"]
    posts = method == "post"
    if posts:
        operation["parameters"] = [*operation.get("parameters", ()), IDEMPOTENCY_KEY]
    for code, response in responses.items():
        if code.startswith("2"):
            _describe_success(response, {**_HEADERS, **(_REPLAYED if posts else {})})
    tags = operation.get("tags", ())
    statuses = {*_EVERY_ROUTE, *(_POST_ROUTES if posts else ()), *(_own_statuses(tags) if posts else ())}
    for status in statuses:
        responses[str(status)] = _refusal(status, tags)
    operation["responses"] = dict(sorted(responses.items()))


def _describe_success(response: dict[str, Any], headers: Mapping[str, Any]) -> None:
    if response.get("description") in _PHRASES:
        response["description"] = "Success"
    response["headers"] = {**headers, **response.get("headers", {})}
    content = response.setdefault("content", {}).setdefault("application/json", {})
    if content.get("schema", {}).get("type", "string") == "string":
        content["schema"] = dict(ENVELOPE)  # a handler that encodes its own answer: the framework sees bytes


def _own_statuses(tags: Collection[str]) -> set[int]:
    """What operations of these tags answer beside what every one does."""
    return {status for refusal in REFUSALS if refusal.tag in tags for status in refusal.statuses}


def _refusal(status: int, tags: Collection[str]) -> dict[str, Any]:
    """What this status may mean in an operation of these tags: first what it means everywhere."""
    everywhere = [refusal for refusal in REFUSALS if status in refusal.statuses and not refusal.tag]
    own = [refusal for refusal in REFUSALS if status in refusal.statuses and refusal.tag in tags]
    found = [*everywhere, *own]
    examples = {
        refusal.anchor: {
            "summary": refusal.title,
            "value": {
                "success": False,
                "errors": list(refusal.errors[:1]) or [refusal.title],
                "error": list(refusal.errors[:1]) or [refusal.title],
                "errorType": refusal.error_type,
                "message": refusal.do,
                "data": None,
                "requestId": "req_01a2030000000000000000000000000",
                "docUrl": f"https://gateway.example/docs/errors#{refusal.anchor}",
            },
        }
        for refusal in found
    }
    return {
        "description": f"{HTTPStatus(status).phrase}: {found[0].means}",
        "headers": {**_HEADERS, **(_RETRY_AFTER if status in _WITH_RETRY_AFTER else {})},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}, "examples": examples}},
    }
