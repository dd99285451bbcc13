"""How the simulated Samco says yes and no."""

from uuid import uuid4

from torana.kit.clock import IST
from torana.sandbox import tables, web
from torana.sandbox.call import Body, Call
from torana.sandbox.models import Reason
from torana.sandbox.order_form import Fault
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

VALIDATION = "validation"
TABLES = tables.of("samco")
TABLE = TABLES.refusals


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


async def body_of(call: Call) -> Body:
    """Raises `Refused` unless it is a JSON object."""
    return await call.json_object(TABLE.of_field("body", Fault.MALFORMED, None))


def told(call: Call, message: str, **fields: object) -> Response:
    """An answer of success: what was asked for stands beside the word."""
    now = call.exchange.now().astimezone(IST)
    head = {"serverTime": f"{now:%d/%m/%y %H:%M:%S}", "msgId": str(uuid4()), "status": "Success"}
    return web.json({**head, "statusMessage": message, **fields})


def success(data: object) -> Response:
    return web.json({"status": "Success", "data": data})
