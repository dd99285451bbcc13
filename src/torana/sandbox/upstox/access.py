"""Who may call what, and when. Source: Upstox developer API documentation, authentication, service hours, UpLink."""

from datetime import datetime, time

from torana.kit.clock import IST
from torana.sandbox.accounts import Account
from torana.sandbox.front import Call
from torana.sandbox.sessions import Session
from torana.sandbox.upstox.errors import Code, Refused
from torana.sandbox.web import Request

BROKER = "upstox"
USER_ID_FORM = "0AAA00"
"""The shape of a UCC, the stable id of a client."""
MULTI_CLIENT_APPS = frozenset({"sandbox-upstox-multi"})
"""Apps that serve many clients: they may read by API and place by UpLink Business only."""
TOKENS_END = "03:30"
"""Wall time in IST at which every token dies."""
SERVICE_OPENS = time(5, 30)
"""Wall time in IST from which, until midnight, orders and funds can be reached."""


def token_of(request: Request) -> str | None:
    """The access token in the header, None without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def session_of(call: Call, token: str | None = None) -> Session:
    """The login that the request belongs to. Raises `Refused` unless its token is live."""
    given = token or token_of(call.request)
    session = call.sessions.find(given) if given else None
    if session is None or not session.live(call.exchange.now()):
        raise Refused(Code.INVALID_TOKEN)
    return session


def reader(call: Call, closed: Code | None = None) -> Account:
    """The client of a read. `closed` is the code of a service that has hours. Raises `Refused`."""
    session = session_of(call)
    if closed is not None:
        check_hours(call.exchange.now(), closed)
    return session.account


def trader(call: Call) -> Session:
    """The login of a request that changes orders by API. Raises `Refused`."""
    session = session_of(call)
    if session.app in MULTI_CLIENT_APPS:
        raise Refused(Code.UPLINK_ONLY)
    if "x-algo-name" in call.request.headers:
        raise Refused(Code.ALGO_NAME)
    check_hours(call.exchange.now(), Code.ORDERS_CLOSED)
    return session


def check_hours(now: datetime, closed: Code) -> None:
    """Raise `Refused` while the service sleeps."""
    if now.astimezone(IST).time() < SERVICE_OPENS:
        raise Refused(closed)
