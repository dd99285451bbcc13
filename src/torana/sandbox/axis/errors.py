"""How the simulated Axis Direct says yes and no. No refusal of it is documented: all of this is invented in kind."""

from torana.sandbox import web
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLE = Table(rows("""
    400 400 Bad Request                            | same 400, * *
    401 401 Unauthorized                           | session *
    403 403 Forbidden                              | same 403
    404 404 Not Found                              | same 404 405
    408 408 Request Timeout                        | same 408
    429 429 Too Many Requests                      | status 429
    500 500 Internal Server Error                  | status *
    400 400 Insufficient margin                    | reason funds
    400 400 Insufficient holdings                  | reason holdings
    400 400 Verify your TPIN to sell these shares  | reason not_authorised
    400 400 Price is outside the circuit limits    | reason circuit
    400 400 Quantity is above the freeze quantity  | reason freeze
    400 400 Price is not a multiple of the tick size | reason tick
    400 400 Quantity is not a multiple of the lot size | reason quantity
    400 400 Security is not tradable               | reason symbol
    400 400 Market is closed                       | reason market_closed amo_closed
    400 400 Account is blocked for trading         | reason account_blocked
    400 400 Order does not exist                   | reason not_found
    400 400 Order is final already                 | reason final too_many_changes
    400 400                                        | reason *
    422 422 The order was refused under rule 7-Q.  | strange
"""))  # fmt: skip
_WORDS = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 429: "TOO_MANY_REQUESTS"}


def success(data: object) -> Response:
    return web.json({"statusCode": 200, "status": "OK", "data": data})


def refusal(refused: Refused) -> Response:
    word = _WORDS.get(refused.status, "ERROR")
    told = {"statusCode": int(refused.code), "status": word, "message": refused.text}
    return web.json(told, refused.status)


REFUSALS = TABLE.refusals(refusal)
