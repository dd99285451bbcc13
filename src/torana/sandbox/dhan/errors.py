"""How the simulated Dhan says no: three fields, of prices a numbered text, and the web server's own words."""

from typing import Any

from torana.sandbox import web
from torana.sandbox.call import Call
from torana.sandbox.models import Reason
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLE = Table(rows("""
    DH-901  401 Client ID or user generated access token is invalid or expired. | session expired missing, status 401
    DH-903  400 Errors related to User's Account. | reason account_blocked
    DH-904  429 Too many requests on server from single user breaching rate limits. | status 429
    DH-905  400 Missing required fields, bad values for parameters etc. | * *, reason symbol quantity, same 400 403 408
    DH-906  400 Incorrect request for order and cannot be processed | reason *
    DH-906  400 Invalid Token | session *
    DH-906  400 Market is Closed! Want to place an offline order? | reason market_closed
    DH-906  400 After market orders are not taken in market hours | reason amo_closed
    DH-906  400 Nothing to Cancel . | cancel final
    DH-908  500 Server was not able to process API request. | status *
    DH-1111 500 No holdings available
    804     400 Requested number of instruments exceeds limit
    808     401 Authentication Failed - Client ID or Access Token invalid
    814     400 Invalid Request
    gateway 404 Not Found | status 404
    gateway 405 Method Not Allowed | status 405
    DH-999  400 The order was refused under rule 7-Q. | strange
"""))  # fmt: skip
"""Source: DhanHQ v2 documentation, annexure, and clients of the live API; `DH-999` is nobody's."""

_TYPES = {
    "DH-901": "Invalid_Authentication", "DH-903": "User_Account", "DH-904": "Rate_Limit", "DH-905": "Input_Exception",
    "DH-906": "Order_Error", "DH-908": "Internal_Server_Error", "DH-1111": "HOLDING_ERROR", "DH-999": "Order_Error",
}  # fmt: skip


def _answer(refused: Refused) -> Response:
    if refused.code == "gateway":
        return web.json({"status": refused.status, "error": refused.text, "path": ""}, refused.status)
    if refused.code.isdigit():
        return web.json({"data": {refused.code: refused.text}, "status": "failed"}, refused.status)
    told = {"errorType": _TYPES[refused.code], "errorCode": refused.code, "errorMessage": refused.text}
    return web.json(told, refused.status)


REFUSALS = TABLE.refusals(_answer)
REJECTS_LATER = frozenset(
    {Reason.FUNDS, Reason.HOLDINGS, Reason.NOT_AUTHORISED, Reason.CIRCUIT, Reason.FREEZE, Reason.TICK}
)
"""What the order system finds after an order has its id."""


async def body_of(call: Call) -> dict[str, Any]:
    """Of the client whose token it is, where it names one. Raises `Refused`."""
    body = await call.json_object(wrong := TABLE.refused("DH-905"))
    if body.get("dhanClientId", call.account.user_id) != call.account.user_id:
        raise wrong
    return body
