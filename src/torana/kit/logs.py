"""One log line per thing that happened, as JSON or for the eye, without secrets.

Bind what identifies a piece of work with `structlog.contextvars.bound_contextvars(request_id=…, transaction_id=…)`;
every line written inside carries it.
"""

import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from torana.kit.errors import ConfigurationError

HIDDEN = "[hidden]"
_lines_are_json = False

_SECRET_KEY = re.compile(
    r"secret|passw|passphrase|token|authorization|authtoken|cookie|checksum|signature|private.?key|api.?key|credential"
    r"|^(otp|totp|pin|mpin|tpin|csrf)$",
    re.IGNORECASE,
)
_SECRET_TEXT = re.compile(
    r"""
      (?P<jwt> eyJ[\w-]{4,}\.[\w-]+\.[\w-]*)
    | (?P<webhook> whsec_[A-Za-z0-9+/=_-]+)
    | (?P<scheme> \b(?:bearer|basic|token)\s+)(?=[^\s"',]*[\d:._=-])[^\s"',]{8,}
    | (?P<userinfo> ://)[^\s/@"']+@
    | (?P<name> \b[\w-]*(?:secret|password|token|signature|checksum|api_?key|otp|m?pin)["']?\s*[=:]\s*["']?)
        [^\s&"',;}\])]+
    | (?P<query> [?&](?:code|state)=)[^\s&"']+
    """,
    re.IGNORECASE | re.VERBOSE,
)


_PLAIN_TEXT = re.compile(r"(?!.*(?:eyj|whsec_))[\w/.-]*", re.ASCII | re.IGNORECASE)
"""An id, a word, a path: nothing that `_SECRET_TEXT` could find. Most texts are, and this is seen sooner."""


def redact(text: str) -> str:
    """The text without what looks like a secret: tokens, signatures, `secret=…` pairs, user names in URLs."""
    return text if _PLAIN_TEXT.fullmatch(text) else _SECRET_TEXT.sub(_hide, text)


def _hide(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "userinfo":
            return f"://{HIDDEN}@"
        case "scheme" | "name" | "query":
            return f"{found[found.lastgroup]}{HIDDEN}"
    return HIDDEN


def without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: hides values by their key and what looks like a secret in every text."""
    for key, value in event.items():
        event[key] = _clean(key, value)
    return event


def _clean(key: object, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(key, str) and _SECRET_KEY.search(key) and key != "event":
        return HIDDEN
    match value:
        case str():
            return redact(value)
        case bytes() | bytearray() | memoryview():
            return f"[{len(value)} bytes]"
        case Mapping():
            return {_plain_key(name): _clean(name, part) for name, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(None, part) for part in value]
    return redact(str(value))


def _plain_key(key: object) -> str:
    return redact(key if isinstance(key, str) else str(key))


def set_up_logging(format: str = "json", *, level: int = logging.INFO) -> None:  # noqa: A002
    """Send our log lines and those of the libraries to standard error. `format` is `json` or `console`.

    Raises `ConfigurationError` for another format.
    """
    global _lines_are_json
    renderer: Processor
    match format:
        case "json":
            renderer = structlog.processors.JSONRenderer(serializer=_to_json)
        case "console":
            renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)
        case _:
            raise ConfigurationError(f"TORANA_LOG_FORMAT is json or console, not {format!r}")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _lines_are_json = format == "json" and level <= logging.INFO
    handler = _ToStandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shared, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)


def log_exchange(event: str, **fields: str | int | float | None) -> None:
    """The line of an exchange, in or out, that went as it should. The caller vouches that no field holds a secret: none
    is looked for, because this stands on the path of every request (measured: a tenth of the work of a create)."""
    if _lines_are_json:
        line = {
            **structlog.contextvars.get_contextvars(),
            **fields,
            "event": event,
            "level": "info",
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }
        sys.stderr.write(_to_json(line) + "\n")
    else:
        structlog.get_logger(__name__).info(event, **fields)


class _ToStandardError(logging.StreamHandler[TextIO]):
    """Writes to what `sys.stderr` is at that moment, as our own loggers do."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _to_json(event: EventDict, **_options: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
