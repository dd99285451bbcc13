"""What the API reference says about transactions: bodies, answers, examples, as JSON Schema. What is particular of an
intent it says itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import OpenAPIResponse, Operation, RequestBody

from torana.api.documented import envelope, json_content
from torana.transactions.intents import Intent, Intents
from torana.transactions.models import Status
from torana.transactions.schemas import LONGEST_NOTES

_TRANSACTION_ID = "TRX_0b9f3c1e5a7d4f6282c4e1d0a9b8c7f6"
_INVESTOR_ID = "65f0c0ffee65f0c0ffee65f0"
_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…"  # the beginning of every one
_EXPIRY = "2026-11-18T05:15:00.000Z"
NOTES = {
    "type": ["string", "null"],
    "maxLength": LONGEST_NOTES,
    "description": "Your note; returned in answers and webhooks.",
}
_ERROR = {
    "type": "object",
    "required": ["value", "code", "message"],
    "properties": {
        "value": {"type": "boolean", "description": "Whether there is one."},
        "code": {"type": ["integer", "null"]},
        "message": {"type": ["string", "null"], "description": "The name that the SDK's promise rejects with."},
    },
}


def create_operation(intents: Intents[Any]) -> type[Operation]:
    """The reference of a create."""
    body = {"anyOf": [_body(intent) for intent in intents.of_partners]}
    examples = {name: example for intent in intents.of_partners for name, example in intent.examples.items()}
    data = {
        "type": "object",
        "required": ["transactionId", "expireAt"],
        "properties": {
            "transactionId": {"type": "string", "pattern": "^TRX_[0-9a-f]{32}$"},
            "expireAt": {
                "type": "string",
                "format": "date-time",
                "description": f"Until then the investor can confirm: {_lifetimes(intents)}.",
            },
        },
    }
    created = {"transactionId": _TRANSACTION_ID, "expireAt": _EXPIRY}

    @dataclass
    class CreateOperation(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody(required=True, content=json_content(body, **examples))
            self.responses = {
                **(self.responses or {}),
                "200": OpenAPIResponse(
                    description="The transaction is made: hand its id to the SDK's triggerTransaction.",
                    content=json_content(envelope(data), created={"success": True, "errors": None, "data": created}),
                ),
            }

    return CreateOperation


def details_operation(intents: Intents[Any]) -> type[Operation]:
    """The reference of a look-up."""
    details = _details(intents)
    examples = {
        f"completed_{intent.intent.lower()}": {"success": True, "errors": None, "data": _completed(intent)}
        for intent in intents.of_partners
        if intent.result_example is not None
    }

    @dataclass
    class DetailsOperation(Operation):
        def __post_init__(self) -> None:
            self.responses = {
                **(self.responses or {}),
                "200": OpenAPIResponse(
                    description="Where the transaction is.", content=json_content(envelope(details), **examples)
                ),
            }

    return DetailsOperation


def _body(intent: Intent[Any]) -> dict[str, Any]:
    own = intent.body_schema()
    return {
        "title": intent.title,
        "type": "object",
        "required": ["intent", *own.get("required", ())],
        "properties": {"intent": {"const": intent.intent}, "notes": NOTES, **own["properties"]},
    }


def _lifetimes(intents: Intents[Any]) -> str:
    of = {intent.intent: int(intent.lifetime.total_seconds()) for intent in intents.of_partners}
    return ", ".join(f"{_span(seconds)} for {intent}" for intent, seconds in of.items())


def _span(seconds: int) -> str:
    return f"{seconds} seconds" if seconds % 60 else f"{seconds // 60} minutes"


def _details(intents: Intents[Any]) -> dict[str, Any]:
    particular = _results(intents)
    keys: dict[str, Any] = {
        "transactionId": {"type": "string"},
        "intent": {"enum": list(dict.fromkeys(intent.intent for intent in intents))},
        "status": {
            "enum": [status.value for status in Status],
            "description": "COMPLETED says nothing about fills: look at the orders.",
        },
        "error": _ERROR,
        "success": {
            "type": ["object", "null"],
            "description": "What the SDK's promise resolved with; null until then.",
            "required": ["smallcaseAuthToken", "transactionId", "broker", "signup"],
            "properties": {
                "smallcaseAuthToken": {
                    "type": "string",
                    "description": "A fresh token of the investor, for one hour.",
                },
                "smallcaseAuthId": {"type": ["string", "null"], "description": "Null for a guest who did not log in."},
                "transactionId": {"type": "string"},
                "broker": {"type": ["string", "null"], "description": "Null where no broker is involved."},
                "signup": {"type": "boolean"},
                "notes": {"type": "string"},
                **particular,
            },
        },
        "broker": {"type": ["string", "null"]},
        "smallcaseAuthId": {"type": ["string", "null"], "description": "The investor, once they have logged in."},
        "authToken": {"type": ["string", "null"], "description": "A fresh token of this investor."},
        "signup": {"type": "boolean"},
        "notes": {"type": ["string", "null"]},
        "orderConfig": {"type": ["object", "null"], "description": "What was asked for."},
        "createdAt": {"type": "string", "format": "date-time"},
        "expireAt": {"type": "string", "format": "date-time"},
        "expired": {"type": "boolean"},
    }
    both = {"type": "object", "required": list(keys), "properties": keys}
    return {
        **both,
        "required": ["transactionDetails", *keys],
        "properties": {"transactionDetails": {**both, "description": "The same keys once more."}, **keys},
    }


def _results(intents: Intents[Any]) -> dict[str, Any]:
    """What the success of any intent may carry; a key that has another meaning in another intent has both."""
    meanings: dict[str, list[Any]] = {}
    for intent in intents:
        for key, schema in intent.result_schema.items():
            known = meanings.setdefault(key, [])
            if schema not in known:
                known.append(schema)
    return {key: known[0] if len(known) == 1 else {"anyOf": known} for key, known in meanings.items()}


def _completed(intent: Intent[Any]) -> dict[str, Any]:
    """An example: a guest's where no broker has a part in it."""
    investor, broker = (_INVESTOR_ID, "kite") if intent.needs else (None, None)
    inner: Mapping[str, Any] = {
        "transactionId": _TRANSACTION_ID,
        "intent": intent.intent,
        "status": "COMPLETED",
        "error": {"value": False, "code": None, "message": None},
        "success": {
            "smallcaseAuthToken": _TOKEN,
            "smallcaseAuthId": investor,
            "transactionId": _TRANSACTION_ID,
            "broker": broker,
            "signup": False,
            **(intent.result_example or {}),
        },
        "broker": broker,
        "smallcaseAuthId": investor,
        "authToken": _TOKEN if investor else None,
        "signup": False,
        "notes": None,
        "orderConfig": None,
        "createdAt": "2026-11-18T05:10:00.000Z",
        "expireAt": _EXPIRY,
        "expired": False,
    }
    return {"transactionDetails": inner, **inner}
