"""How the simulated Fyers says yes and no."""

from torana.sandbox import tables, web
from torana.sandbox.call import Body, Call
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLES = tables.of("fyers")
TABLE = TABLES.refusals

ORDER_ID = "order id"
"""`Refused.field`: its value is the id of the order that was refused."""


def answer(refused: Refused) -> Response:
    order = {"id": refused.value} if refused.field == ORDER_ID else {}
    return web.json({"s": "error", "code": -int(refused.code), "message": refused.text, **order}, refused.status)


REFUSALS = TABLE.refusals(answer)


async def body_of(call: Call) -> Body:
    """What it says; a null is nothing. Raises `Refused` unless it is a JSON object."""
    given = await call.json_object(TABLE.refused("50", "Bad request"))
    return {name: value for name, value in given.items() if value is not None}


def success(data: object, code: int = 200, message: str = "") -> Response:
    return web.json({"s": "ok", "code": code, "message": message, **(data if isinstance(data, dict) else {})})
