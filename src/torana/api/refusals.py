"""One form for everything that goes wrong, whoever noticed it: a route, the framework, the database, or nobody."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types.internal_types import PathParameterDefinition

from torana.api.answers import JSON, encode, error_body
from torana.api.request_ids import request_id
from torana.kit.errors import ApiError

log = structlog.get_logger(__name__)

Handler = Callable[[Request[Any, Any, Any], Any], Response[bytes]]

DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    OSError,
    TimeoutError,
)
"""What a request meets while the database is away, full, out of connections or a standby."""

UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
"""What the database says to a text with U+0000, wherever in a request it stood."""

_BY_STATUS = {
    401: ("AccessDenied", "access", "Authenticate: send the headers x-gateway-secret and x-gateway-authtoken."),
    403: ("AccessDenied", "access", "This caller may not do this."),
    404: ("InputException", "not-found", "There is nothing at this path: compare it with the API reference."),
    405: (
        "InputException",
        "method",
        "This path does not accept this method: the Allow header names those that it does.",
    ),
    413: ("InputException", "too-large", "The body is too large: send less at once."),
    415: ("InputException", "input", "Send JSON with the header content-type: application/json."),
}


def error_handlers(guide_url: str) -> Mapping[Any, Handler]:
    """For `Litestar(exception_handlers=…)`. `guide_url` is where the error guide is; a `#` and the anchor follow."""

    def refused(_request: Request[Any, Any, Any], error: ApiError) -> Response[bytes]:
        return _answer(error, guide_url)

    def http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        if error.status_code >= 500:
            return failed(request, error)
        error_type, anchor, message = _BY_STATUS.get(
            error.status_code, ("InputException", "input", error.detail or "The request cannot be used.")
        )
        errors: tuple[str, ...] = (HTTPStatus(error.status_code).phrase,)
        if isinstance(error, ValidationException):
            errors = _faults(error)
            message = errors[0] + (f" (and {len(errors) - 1} more, see errors)" if len(errors) > 1 else "")
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["allow"] = ", ".join(sorted(_methods(request.app, request.scope["path"])))
        refusal = ApiError(
            message,
            status=error.status_code,
            error_type=error_type,
            anchor=anchor,
            headers=headers,
            errors=errors,
        )
        return _answer(refusal, guide_url)

    def unstorable(_request: Request[Any, Any, Any], _error: Exception) -> Response[bytes]:
        return _answer(ApiError("The request must not contain the character U+0000"), guide_url)

    def away(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        log.warning("api.database_away", error=repr(error))
        return _answer(
            ApiError(
                "The database cannot be reached at the moment. Send the same request again, with the same "
                "Idempotency-Key if it had one.",
                status=503,
                error_type="InternalError",
                anchor="unavailable",
                headers={"retry-after": "2"},
                errors=("Service Unavailable",),
            ),
            guide_url,
        )

    def failed(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        log.error("api.failed", method=request.method, path=request.scope["path"], exc_info=error)
        return _answer(
            ApiError(
                "Something went wrong on our side. Give the operator the requestId: it finds the cause in the log.",
                status=500,
                error_type="InternalError",
                anchor="internal",
                errors=("Internal Error",),
            ),
            guide_url,
        )

    return {
        ApiError: refused,
        HTTPException: http,
        **dict.fromkeys(UNSTORABLE, unstorable),
        **dict.fromkeys(DATABASE_AWAY, away),
        Exception: failed,
    }


def refusal_body(error: ApiError, guide_url: str) -> bytes:
    """The body of the answer to a refused request."""
    return encode(
        error_body(
            errors=error.errors,
            error_type=error.error_type,
            message=error.message,
            request_id=request_id(),
            doc_url=f"{guide_url}#{error.anchor}",
        )
    )


def _answer(error: ApiError, guide_url: str) -> Response[bytes]:
    return Response(refusal_body(error, guide_url), status_code=error.status, headers=error.headers, media_type=JSON)


def _faults(error: ValidationException) -> tuple[str, ...]:
    """What the framework found wrong with parameters or body, one sentence each."""
    found = error.extra if isinstance(error.extra, list) else []
    faults = [
        f"{fault['key']}: {fault['message']}" if "key" in fault else str(fault["message"])
        for fault in found
        if isinstance(fault, dict) and "message" in fault
    ]
    return tuple(faults) or (error.detail,)


def _methods(app: Litestar, path: str) -> set[str]:
    """The methods that some route takes at this path."""
    parts = [part for part in path.split("/") if part]
    found: set[str] = set()
    for route in app.routes:
        wanted = route.path_components
        if len(wanted) == len(parts) and all(
            isinstance(want, PathParameterDefinition) or want == part for want, part in zip(wanted, parts, strict=True)
        ):
            found.update(getattr(route, "methods", ()))
    return found
