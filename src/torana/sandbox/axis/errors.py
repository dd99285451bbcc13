"""How the simulated Axis Direct says yes and no. No refusal of it is documented: all of this is invented in kind."""

from torana.sandbox import web
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLE = Table(rows("""
    400 400 Bad Request                            | same 400
    400 400 {field} is not valid                   | * *
    401 401 Unauthorized                           | session *
    403 403 Forbidden                              | same 403
    404 404 Not Found                              | same 404 405
    408 408 Request Timeout                        | same 408
    429 429 Too Many Requests                      | status 429
    500 500 Internal Server Error                  | status *
    400 400                                        | reason *
    422 422 The order was refused under rule 7-Q.  | strange
"""))  # fmt: skip
"""What is refused of an order is said in the exchange's words."""
_WORDS = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 429: "TOO_MANY_REQUESTS"}


def success(data: object) -> Response:
    return web.json({"statusCode": 200, "status": "OK", "data": data})


def refusal(refused: Refused) -> Response:
    told = {"statusCode": int(refused.code), "status": _WORDS.get(refused.status, "ERROR"), "message": refused.text}
    return web.json(told, refused.status)


REFUSALS = TABLE.refusals(refusal)
