"""Who may call what when: service hours, and apps that may not place by API.

Source: Upstox developer API documentation, service hours, UpLink.
"""

from datetime import time

from torana.kit.clock import IST
from torana.sandbox.call import Call
from torana.sandbox.upstox.errors import Code, refused

MULTI_CLIENT_APPS = frozenset({"sandbox-upstox-multi"})
"""Apps that serve many clients: they may read by API and place by UpLink Business only."""
SERVICE_OPENS = time(5, 30)
"""Wall time in IST from which, until midnight, orders and funds can be reached."""


def check_orders_open(call: Call) -> None:
    _check(call, Code.ORDERS_CLOSED)


def check_funds_open(call: Call) -> None:
    _check(call, Code.FUNDS_CLOSED)


def check_trader(call: Call) -> None:
    """For requests that change orders by API."""
    if call.session.app in MULTI_CLIENT_APPS:
        raise refused(Code.UPLINK_ONLY)
    if "x-algo-name" in call.request.headers:
        raise refused(Code.ALGO_NAME)
    check_orders_open(call)


def _check(call: Call, closed: Code) -> None:
    """Raise `Refused` while the service sleeps."""
    if call.exchange.now().astimezone(IST).time() < SERVICE_OPENS:
        raise refused(closed)
