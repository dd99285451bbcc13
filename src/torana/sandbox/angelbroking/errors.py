"""How the simulated Angel One says yes and no: its codes, its two forms of refusal, its envelope."""

from typing import Any

from torana.sandbox import web
from torana.sandbox.call import Call
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import JSON, Response
from torana.sandbox.world import App

TABLE = Table(rows("""
    AG8001 200 Invalid Token                               | session *
    AG8002 200 Token Expired                               | session expired
    AG8003 200 Token missing                               | session missing
    AG8004 200 Invalid API Key
    AB1000 200 Invalid Email Or Password
    AB1005 200 User Type Must Be USER
    AB1006 200 Client Is Block For Trading                 | reason account_blocked
    AB1007 200                                             | reason *
    AB1008 200 Invalid Order Variety                       | variety *
    AB1009 200 Symbol Not Found                            | reason symbol, exchange *, symboltoken *, tradingsymbol *
    AB1012 200 Invalid Product Type                        | producttype *
    AB1013 200 Order not found                             | reason not_found final
    AB2000 200 Error not specified                         | * *, same 400 401 403 404 405 408
    AB2001 500 Internal Error, Please try after sometime   | status *
    AB2002 200 ROBO order is block                         | variety ROBO
    AB4008 200 ordertag length should be less than 20 characters | ordertag *
    AB8050 200 Invalid Refresh Token
    AG1000 200 You have alreday been registered with CDSL for today.
    AG2001 200 Something went wrong. Please try again
    AB9999 200 The order was refused under rule 7-Q.       | strange
    -      403 Access denied because of exceeding rate limit | status 429
"""))  # fmt: skip
"""Source: SmartAPI documentation, error codes and eDIS; `AG8004` is seen by clients only, `AB9999` is nobody's. What an
answer says of an order stands here; everything else the order system finds later, and the book shows it."""


def _answer(refused: Refused) -> Response:
    if not refused.code:
        return Response(refused.status, refused.text.encode())
    if refused.code.startswith("AG80"):
        body: dict[str, object] = {"success": False, "message": refused.text, "errorCode": refused.code, "data": ""}
    else:
        data = None if refused.field else refused.value
        body = {"status": False, "message": refused.text, "errorcode": refused.code, "data": data}
    return web.json(body, refused.status)


REFUSALS = TABLE.refusals(_answer)


def app_of(call: Call) -> App:
    return call.known_app(call.request.headers.get("x-privatekey", ""), TABLE.refused("AG8004"))


def success(data: object) -> Response:
    """An empty list is null."""
    return web.json({"status": True, "message": "SUCCESS", "errorcode": "", "data": None if data == [] else data})


async def body_of(call: Call) -> dict[str, Any]:
    """Raises `Refused` unless it is a JSON object that says so."""
    wrong = TABLE.refused("AB2000")
    if call.request.content_type != JSON:
        raise wrong
    return await call.json_object(wrong)
