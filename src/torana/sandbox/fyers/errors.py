"""How the simulated Fyers says yes and no."""

from typing import Any

from torana.sandbox import web
from torana.sandbox.call import Call
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLE = Table(rows("""
    16   401 Could not authenticate the user               | session missing unknown
    17   401 Your token is either invalid or expired       | session *, status 401
    8    401 Your token has expired                        | session expired
    352  400 Please provide valid app id                   | oauth client response_type
    371  400 Please provide sha256 hash of appId and app secret | oauth secret grant_type
    374  400 Please provide authorization code             | oauth code
    50   400 Please provide a valid input for {field}      | * *
    50   400 The input symbol is invalid.                  | symbol *, reason symbol
    50   400 Price not a multiple of tick size             | reason tick
    50   400 Quantity should be in multiples of the lot size | reason quantity
    50   400 This order is not pending                     | reason final too_many_changes
    51   400 Please provide a valid order id               | id *, reason not_found
    300  400 Invalid symbol provided                       | symbols *
    99   400 RED:Margin Shortfall:INR 100.00 Available:INR 0.00 | reason funds
    99   400 RED:RULE:{Check Holdings Including BTST}Eligible Sell:0 | reason holdings
    99   400 RED:RULE:{Check EDIS}Verify your TPIN to sell these shares | reason not_authorised
    99   400 RED:RULE:{Check circuit limit including square off order} | reason circuit
    99   400 RED:RULE:{Check Freeze qty including square off order} | reason freeze
    99   400 ORA:Market is closed                          | reason market_closed
    99   400 ORA:AMO is stopped                            | reason amo_closed
    99   400 RED:Block type:ALL                            | reason account_blocked
    99   400                                               | reason *
    429  429 request limit reached                         | status 429
    50   400 Bad request                                   | same 400 403 404 405 408
    96   500 An unexpected error occurred. Please contact support. | status *
    777  400 The order was refused under rule 7-Q.         | strange
"""))  # fmt: skip
"""Source: the error codes of API v3, of login and server those of API v2; texts that begin with RED or ORA as users
published them, but for those about authorisation, hours and blocked accounts. Codes stand without their minus;
777 is nobody's."""

ORDER_ID = "order id"
"""`Refused.field`: its value is the id of the order that was refused."""


def answer(refused: Refused) -> Response:
    order = {"id": refused.value} if refused.field == ORDER_ID else {}
    return web.json({"s": "error", "code": -int(refused.code), "message": refused.text, **order}, refused.status)


REFUSALS = TABLE.refusals(answer)


async def body_of(call: Call) -> dict[str, Any]:
    """What it says; a null is nothing. Raises `Refused` unless it is a JSON object."""
    given = await call.json_object(TABLE.refused("50", "Bad request"))
    return {name: value for name, value in given.items() if value is not None}


def success(data: object, code: int = 200, message: str = "") -> Response:
    return web.json({"s": "ok", "code": code, "message": message, **(data if isinstance(data, dict) else {})})
