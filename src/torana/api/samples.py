"""The same call in curl, Python and JavaScript, made from its description in the API reference."""

import json
from collections.abc import Mapping
from pprint import pformat
from typing import Any
from urllib.parse import quote

import msgspec

LANGUAGES = {"curl": "curl", "python": "Python", "javascript": "JavaScript"}
_FIRST = "basket"
"""The example that says most, where an operation has several."""
_SECRET, _TOKEN = "x-gateway-secret", "x-gateway-authtoken"


class Call(msgspec.Struct, frozen=True):
    """One call as an example. `path` has the gateway's name in it, and what else the path needs still in braces."""

    method: str
    path: str
    signed: bool
    """Whether it takes an auth token."""
    body: Any = msgspec.UNSET


def call_of(method: str, path: str, operation: Mapping[str, Any], gateway: str) -> Call:
    """The call with one of the operation's examples, and the query that it cannot do without."""
    parameters = operation.get("parameters", ())
    query = "&".join(
        f"{one['name']}={quote(str(_sample(one)), safe='{}')}"
        for one in parameters
        if one["in"] == "query" and one.get("required")
    )
    content: Mapping[str, Any] = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {})
    examples = content.get("examples") or {}
    chosen = examples.get(_FIRST) or next(iter(examples.values()), None)
    body = chosen["value"] if chosen else msgspec.UNSET
    signed = any(_TOKEN in one["name"] for one in parameters) or _is_signed(operation)
    return Call(method, path.replace("{name}", gateway) + (f"?{query}" if query else ""), signed, body)


def samples(call: Call, server: str) -> dict[str, str]:
    """The call's code by language."""
    return {"curl": _curl(call, server), "python": _python(call, server), "javascript": _javascript(call, server)}


def _is_signed(operation: Mapping[str, Any]) -> bool:
    security = operation.get("security")
    return security is None or any("authToken" in one for one in security)


def _sample(parameter: Mapping[str, Any]) -> object:
    schema = parameter.get("schema", {})
    values = schema.get("enum") or schema.get("examples") or [schema.get("default")]
    return values[0] if values[0] is not None else f"{{{parameter['name']}}}"


def _curl(call: Call, server: str) -> str:
    quoted = "?" in call.path or "{" in call.path
    address = f"'{server}{call.path}'" if quoted else f"{server}{call.path}"
    lines = [f"curl {address}" if call.method in ("GET", "POST") else f"curl -X {call.method} {address}"]
    if call.method == "POST" and call.body is msgspec.UNSET:
        lines[0] = f"curl -X POST {address}"
    lines.append(f'-H "{_SECRET}: $API_SECRET"')
    if call.signed:
        lines.append(f'-H "{_TOKEN}: $TOKEN"')
    if call.body is not msgspec.UNSET:
        lines += ["-H 'content-type: application/json'", f"-d '{_json(call.body)}'"]
    return " \\\n  ".join(lines)


def _python(call: Call, server: str) -> str:
    token = f', "{_TOKEN}": token' if call.signed else ""
    lines = ["import requests", "", f"answer = requests.{call.method.lower()}(", f'    "{server}{call.path}",']
    lines.append(f'    headers={{"{_SECRET}": api_secret{token}}},')
    if call.body is not msgspec.UNSET:
        written = pformat(call.body, width=76, sort_dicts=False).replace("\n", "\n         ")
        lines.append(f"    json={written},")
    return "\n".join([*lines, ")", 'print(answer.json()["data"])'])


def _javascript(call: Call, server: str) -> str:
    headers = [f'"{_SECRET}": apiSecret']
    if call.signed:
        headers.append(f'"{_TOKEN}": token')
    if call.body is not msgspec.UNSET:
        headers.append('"content-type": "application/json"')
    lines = [f'const answer = await fetch("{server}{call.path}", {{']
    if call.method != "GET":
        lines.append(f'  method: "{call.method}",')
    lines.append(f"  headers: {{ {', '.join(headers)} }},")
    if call.body is not msgspec.UNSET:
        lines.append(f"  body: JSON.stringify({_json(call.body, '  ')}),")
    return "\n".join([*lines, "});", "const { data } = await answer.json();"])


def _json(value: object, indent: str = "") -> str:
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", "\n" + indent)
