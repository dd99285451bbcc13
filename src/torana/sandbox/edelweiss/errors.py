"""How the simulated Nuvama says yes and no, and the keys that travel with each answer."""

import hmac
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256

from torana.kit.clock import IST
from torana.sandbox import tables, web
from torana.sandbox.call import Call
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLES = tables.of("edelweiss")
TABLE = TABLES.refusals
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


def answered(call: Call, told: object) -> Response:
    """The answer to a logged-in call brings new keys, whatever it says: the client goes on without any where one brings
    none."""
    if isinstance(told, Refused):
        told = _error(told)
    response = told if isinstance(told, Response) else success(told)
    token = call.request.headers["authorization"].partition(".")[0]
    response.headers.append(("Authorization", f"{token}.{secrets.token_hex(4)}"))
    return with_app_key(call, call.session.app, response)
