"""How the simulated Kite says yes and no.

Source: Kite Connect v3 documentation, response structure, exceptions and errors. The documentation names the types and
their usual HTTP status; which type a single refusal of an order carries is observed or inferred, and texts are ours.
"""

from torana.sandbox import web
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLE = Table(rows("""
    TokenException   403 Incorrect `api_key` or `access_token`.               | session, status 403
    TokenException   401 Something unexpected happened. Try again.            | status 401
    InputException   400 Missing `{field}`.                                   | * missing
    InputException   400 `{field}` {value} is not simulated.                  | * not_simulated
    InputException   400 Invalid `tag`. It should be alphanumeric, spaces allowed, and not longer than 20 characters.
                                                                              | tag *
    InputException   400 The maximum allowed `quantity` of one order is 100000 shares. | quantity too_large
    InputException   400 Invalid `{field}`.                                   | * *
    InputException   400                                                      | reason tick
    InputException   400 Invalid `quantity`.                                  | reason quantity
    InputException   400 The instrument does not exist or has expired. Check the `tradingsymbol`. | reason symbol
    MarginException  400 Insufficient funds for this order.                   | reason funds
    HoldingException 400 Insufficient stock holding for this sell order.      | reason holdings
    HoldingException 428 * The quantity needs authorisation at depository.    | reason not_authorised
    HoldingException 428 Something unexpected happened. Try again.            | status 428
    OrderException   400 The price is outside the circuit limits of the day.  | reason circuit
    OrderException   400 The quantity is above the freeze quantity of the exchange. | reason freeze
    OrderException   400 Markets are closed right now. Place an after-market order (AMO). | reason market_closed
    OrderException   400 After-market orders (AMO) are not accepted right now. | reason amo_closed
    OrderException   400 Couldn't find that `order_id`.                       | reason not_found
    OrderException   400 The order is complete, rejected or cancelled already. | reason final
    OrderException   400 The order was modified too often.                    | reason too_many_changes
    OrderException   400                                                      | reason *
    OrderException   400 Something unexpected happened. Try again.            | status 400
    UserException    400 The account is blocked from trading.                 | reason account_blocked
    GeneralException 404 Route not found                                      | status 404
    GeneralException 405 Method not allowed                                   | status 405
    GeneralException 500 Something unexpected happened. Try again.            | status *
    NetworkException 429 Too many requests                                    | status 429
    DataException    502 The order system's answer could not be understood    | status 502
    NetworkException 503 The order system cannot be reached                   | status 503
    NetworkException 504 The order system did not answer in time              | status 504
    ComplianceException 400 The order was refused under rule 7-Q.             | strange
"""))  # fmt: skip


def success(data: object) -> Response:
    return web.json({"status": "success", "data": data})


def no_session(text: str | None = None) -> Refused:
    return TABLE.refused("TokenException", text)


def input_error(message: str) -> Refused:
    return TABLE.refused("InputException", message)


def _answer(refused: Refused) -> Response:
    body = {"status": "error", "message": refused.text, "data": None, "error_type": refused.code}
    return web.json(body, refused.status)


REFUSALS = TABLE.refusals(_answer)
