"""How the simulated Samco says yes and no.

Source: the samples of its documentation. The texts about orders are invented, but for that of an address that is not
registered, of a symbol and of an order number that do not exist.
"""

from typing import Any
from uuid import uuid4

from torana.kit.clock import IST
from torana.sandbox import web
from torana.sandbox.call import Call
from torana.sandbox.models import Reason
from torana.sandbox.order_form import Fault
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

VALIDATION = "validation"
TABLE = Table(rows("""
    -          401 Unauthorised - Invalid token. sessId missing.            | session *
    -          401 Unauthorized - Session token is mandatory. Please provide session token in 'x-session-token' header
               | session missing
    validation 400 Please provide a valid {field}.                          | * *
    -          404 Not Found                                                | status 404
    -          405 Method Not Allowed                                       | status 405
    -          403 The IP is not the registered static IP                   | status 403
    -          429 Too many requests                                        | status 429
    -          400 No Symbol found for the provided symbol name and exchange. | reason symbol
    -          400 Invalid Order number.                                    | reason not_found
    -          400 Order is in final status. Cannot exit/cancel such orders. | reason final too_many_changes
    validation 400 Please provide a valid quantity.                         | reason quantity
    -          400 Your order was rejected.                                 | reason *
    -          500 Something went wrong                                     | status *
    -          400 Your order was refused under rule 7-Q.                   | strange
    EOAUTH001  401 Invalid or inactive API key
    EOAUTH002  400 Redirect URL does not match
    EOAUTH008  401 Invalid API secret
    EOAUTH010  400 code is required
    EOAUTH011  400 Invalid authorization code
    EOAUTH012  400 Authorization code already used. All tokens revoked for security.
    EOAUTH013  400 Authorization code has expired
    EOAUTH015  400 Unsupported grant_type
"""))  # fmt: skip
"""A code `EOAUTH…` is told, `validation` chooses the form."""


def _answer(refused: Refused) -> Response:
    body: dict[str, object] = {"status": "Failure"}
    if refused.code == VALIDATION:
        body["validationErrors"] = [refused.text]
    else:
        body["statusMessage"] = refused.text
        body |= {"errorCode": refused.code} if refused.code else {}
    return web.json(body, refused.status)


REFUSALS = TABLE.refusals(_answer)
NO_SYMBOL = REFUSALS.reasons[Reason.SYMBOL]


async def body_of(call: Call) -> dict[str, Any]:
    """Raises `Refused` unless it is a JSON object."""
    return await call.json_object(TABLE.of_field("body", Fault.MALFORMED, None))


def told(call: Call, message: str, **fields: object) -> Response:
    """An answer of success: what was asked for stands beside the word."""
    now = call.exchange.now().astimezone(IST)
    head = {"serverTime": f"{now:%d/%m/%y %H:%M:%S}", "msgId": str(uuid4()), "status": "Success"}
    return web.json({**head, "statusMessage": message, **fields})


def success(data: object) -> Response:
    return web.json({"status": "Success", "data": data})
