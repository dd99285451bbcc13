"""How the simulated Motilal Oswal says yes and no, and what it reads."""

from collections.abc import Callable

from torana.sandbox import tables, web
from torana.sandbox.call import Body, Call
from torana.sandbox.dialect import Handler
from torana.sandbox.refusals import Refused
from torana.sandbox.web import JSON, Response

TABLES = tables.of("motilal")
TABLE = TABLES.refusals
_OF_ORDERS = range(1050, 1091)
"""The codes of what changes orders: their status is another word."""


def _answer(refused: Refused) -> Response:
    number = refused.code.removeprefix("MO")
    status = "ERROR" if number.isdigit() and int(number) in (1013, *_OF_ORDERS) else "FAILURE"
    return web.json({"status": status, "message": refused.text, "errorcode": refused.code}, refused.status)


REFUSALS = TABLE.refusals(_answer)


def told(message: str, **fields: object) -> Response:
    return web.json({"status": "SUCCESS", "message": message, "errorcode": "", **fields})


def success(data: object) -> Response:
    return told("SUCCESS", data=data)


async def body_of(call: Call) -> Body:
    """Of the client whose token it is, where it names one. Raises `Refused` unless it is a JSON object."""
    wrong = TABLE.refused("MO2002")
    if call.request.content_type != JSON:
        raise wrong
    given = await call.json_object(wrong)
    if given.get("clientcode") not in (None, "", call.account.user_id):
        raise TABLE.refused("MO1001")
    return given


def listed(message: str, read: Callable[[Call], object], empty: str = "") -> Handler:
    """A read. `empty`: the code that says that there is nothing."""

    def answer(call: Call) -> Response:
        found = read(call)
        if empty and not found:
            raise TABLE.refused(empty)
        return told(message, data=found)

    return answer
