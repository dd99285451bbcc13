"""How the simulated Nuvama says yes and no, and the keys that travel with each answer."""

import hmac
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from inspect import isawaitable

from torana.kit.clock import IST
from torana.sandbox import web
from torana.sandbox.call import Call
from torana.sandbox.dialect import Handler
from torana.sandbox.faults import Operation
from torana.sandbox.models import OrderRefused
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLE = Table(rows("""
    EGN0011   401 Session Expired                                       | session *
    ETRD00036 401 Invalid Source Token. Session Expired
    EGN0009   401 Login failed. Invalid Vendor Details
    ETRD0002  222 Seems like there are no trades in your trade book.
    ESIM0002  222 Seems like there are no orders in your order book.
    ESIM0003  222 Seems like there are no holdings in your account.
    ESIM0004  222 Seems like there are no charts of this symbol.
    ESIM0005  222 Request Id Expired
    ESIM0010  406 The order is not complete, or has a value that is not allowed. | * *, reason *
    ESIM0011  500 Order is not open                                     | reason final too_many_changes
    ESIM0012  406 There is no such order                                | reason not_found
    ESIM0020  500 Internal Server Error                                 | status *, same 400 401 403 404 405 408
    ESIM0021  429 Too many requests                                     | status 429
    ESIM0777  406 The order was refused under rule 7-Q.                 | strange
"""))  # fmt: skip
"""`EGN…` and `ETRD…` are Nuvama's own; the others are invented, and only their statuses were seen."""

_KEY = b"of the simulated Nuvama: it protects nothing"
APP, VENDOR = "app", "vendor"
VENDOR_LIVES = timedelta(hours=24)


def _error(refused: Refused) -> Response:
    told = {"actCd": "52", "errCd": refused.code, "errMsg": refused.text}
    return web.json({"config": {}, "error": told, **_closing(datetime.now(UTC))}, refused.status)


REFUSALS = TABLE.refusals(_error)


def _closing(now: datetime) -> dict[str, object]:
    return {"msgID": str(uuid.uuid4()), "srvTm": int(now.timestamp() * 1000)}


def success(data: object) -> Response:
    now = datetime.now(UTC)
    config = {"app": 1, "exp": int(now.timestamp() * 1000), "info": 4}
    app = md5(_KEY, usedforsecurity=False).hexdigest()
    return web.json({"appID": app, "config": config, "data": data, **_closing(now)})


def issued(kind: str, app: str, until: datetime) -> str:
    """A key that tells by itself whose it is and how long it is good, as a JWT does."""
    text = f"{kind}.{app}.{int(until.timestamp())}.{secrets.token_hex(6)}"
    return f"{text}.{_mark(text)}"


def owner_of(kind: str, key: str, now: datetime) -> str | None:
    """The app that a live key of this kind was made for."""
    text, _, mark = key.rpartition(".")
    parts = text.split(".")
    known = len(parts) == 4 and parts[0] == kind and hmac.compare_digest(mark.encode(), _mark(text).encode())
    return parts[1] if known and now.timestamp() < int(parts[2]) else None


def _mark(text: str) -> str:
    return hmac.new(_KEY, text.encode(), sha256).hexdigest()[:32]


def with_app_key(call: Call, app: str, response: Response) -> Response:
    """The answer with the AppIdKey that is to come with the next call."""
    midnight = call.exchange.now().astimezone(IST).replace(hour=0, minute=0, second=0) + timedelta(days=1)
    response.headers.append(("AppIdKey", issued(APP, app, midnight)))
    return response


def served(operation: Operation, answer: Callable[[Call], object]) -> Handler:
    """A handler of a logged-in call: whose it is stands in the path, too, and the answer brings new keys, whatever it
    says: the client goes on without any where one brings none."""

    async def handle(call: Call) -> Response:
        try:
            if call.path.get("uid", call.account.user_id) != call.account.user_id:
                raise TABLE.refused("EGN0011")
            told = answer(call)
            told = await told if isawaitable(told) else told
            response = told if isinstance(told, Response) else success(told)
        except (Refused, OrderRefused) as refused:
            response = _error(call.refused(refused, operation))
        token = call.request.headers["authorization"].partition(".")[0]
        response.headers.append(("Authorization", f"{token}.{secrets.token_hex(4)}"))
        return with_app_key(call, call.session.app, response)

    return handle
