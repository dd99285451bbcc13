"""The envelope `{success, errors, data}` and how values look in it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response

JSON = "application/json"

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: object) -> bytes:
    """JSON with decimals as numbers, exactly as they are."""
    return _encoder.encode(value)


def encode_success(data: object) -> bytes:
    """The body of an answer that brings `data`."""
    return _encoder.encode({"success": True, "errors": None, "data": data})


def success(data: object) -> Response[bytes]:
    """A 200 that brings `data`."""
    return Response(encode_success(data), media_type=JSON)


def error_body(
    *, errors: tuple[str, ...], error_type: str, message: str, request_id: str | None, doc_url: str
) -> Mapping[str, Any]:
    """What a refused request gets. `error` repeats `errors` for clients of the interface's older form."""
    return {
        "success": False,
        "errors": errors,
        "error": errors,
        "errorType": error_type,
        "message": message,
        "data": None,
        "requestId": request_id,
        "docUrl": doc_url,
    }


def iso(moment: datetime) -> str:
    """A moment on the wire: ISO 8601 in UTC with milliseconds, `2026-11-18T05:15:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def takes_gzip(accepted: str) -> bool:
    """Whether this `accept-encoding` takes gzip: it is named, and not with the quality 0, which refuses it (RFC 9110,
    12.5.3)."""
    for part in accepted.lower().split(","):
        coding, _, quality = part.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return quality.strip("0.") != "" or not quality
    return False
