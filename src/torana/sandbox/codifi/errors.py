"""How the platform says no: codes in `status` beside a `message`, and what a member has of its own.

Source: the error codes of both documents, which share most numbers. No document gives HTTP statuses, nor says whether
a refusal stands above the legs or in one: the simulator answers for a leg where one is at fault, with HTTP 200. `EC777`
is nobody's.
"""

from torana.sandbox import web
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refusals, Refused
from torana.sandbox.web import Response

_COMMON = """
    EC003 500 An error occurred. Please try again later.               | status *, same 400 401 403 404 405 408
    EC901 200 'exchange' is not one of the allowed values.             | exchange *
    EC903 200 'quantity' cannot be empty or null.                      | quantity missing
    EC904 200 'quantity' should be a positive number.                  | quantity *, reason quantity
    EC906 200 'product' cannot be empty or null.                       | product missing
    EC907 200 'transactionType' cannot be empty or null.               | transactionType missing
    EC912 200 Failed to place the order.                               | reason *
    EC914 200 'Request parameter' cannot be empty or null.             | * *
    EC916 200 No orders found for this user.
    EC920 200 No positions found for this user.
    EC922 200 No holdings found for this user.
    EC926 200 No trades found for this user.
    EC929 200 'transactionType' should be one of the following values: BUY, SELL. | transactionType *
    EC930 200 'orderType' should be one of the following values: LIMIT, MARKET, SL, SLM. | orderType *
    EC932 200 'validity' should be one of the following values: DAY, IOC. | validity *
    EC934 200 'orderType' cannot be empty or null.                     | orderType missing
    EC941 200 'instrumentId' cannot be empty or null.                  | instrumentId missing
    EC942 200 'orderComplexity' cannot be empty or null.               | orderComplexity missing
    EC944 200 'validity' cannot be empty or null.                      | validity missing
    EC945 200 'brokerOrderId' cannot be empty or null.                 | brokerOrderId *
    EC946 200 Invalid 'instrumentId'. It must contain only numeric characters. | instrumentId *
    EC947 200 'instrumentId' does not exist.                           | reason symbol
    EC948 200 'quantity' cannot exceed 50,000,000.                     | quantity too_large
    EC950 200 'price' is required and cannot be empty or null.         | price missing
    EC957 200 Invalid 'price'.                                         | price *
    EC958 200 'price' cannot be zero or negative.                      | price too_small
    EC971 200 'orderTag' should not exceed 50 characters               | orderTag too_long
    EC972 200 'algoId' should not exceed 12 characters.                | algoId too_long
    EC983 200 Invalid 'algoId'.                                        | algoId *
    EC984 200 Invalid 'orderTag'.                                      | orderTag *
    EC988 200 'marketProtection' should be a positive number.          | marketProtectionPercent *
    EC993 200 Provided 'brokerOrderId' is not in a valid state to modify the order. | modify final
    EC996 200 'validity' of IOC is not allowed for AMO orders.
    EC997 200 The specified order is not available in the order book and cannot be canceled. | reason not_found final
    EC998 200 The specified order is not available in the order book, and order history cannot be retrieved.
    EC999 200 The specified order is not available in the order book and cannot be modified. | modify not_found
    EC777 200 The order was refused under rule 7-Q.                    | strange
    -     429 Too many requests                                        | status 429
"""


def table(own: str) -> Table:
    """`own`: the member's rows; a row for the same case replaces a common one."""
    return Table(rows(_COMMON.rstrip() + own))


def _answer(refused: Refused) -> Response:
    if not refused.code:
        return web.json({"stat": "Not_ok", "emsg": refused.text}, refused.status)
    return web.json({"status": refused.code, "message": refused.text}, refused.status)


def refusals(of: Table) -> Refusals:
    return of.refusals(_answer)


def success(data: object) -> Response:
    return web.json({"status": "Ok", "message": "Success", "result": data})
