"""How the simulated Dhan says no: three fields, of prices a numbered text, and the web server's own words."""

from torana.sandbox import tables, web
from torana.sandbox.call import Body, Call
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLES = tables.of("dhan")
TABLE = TABLES.refusals

_TYPES = {
    "DH-901": "Invalid_Authentication", "DH-903": "User_Account", "DH-904": "Rate_Limit", "DH-905": "Input_Exception",
    "DH-906": "Order_Error", "DH-908": "Internal_Server_Error", "DH-1111": "HOLDING_ERROR", "DH-999": "Order_Error",
}  # fmt: skip


def _answer(refused: Refused) -> Response:
    if refused.code == "gateway":
        return web.json({"status": refused.status, "error": refused.text, "path": ""}, refused.status)
    if refused.code.isdigit():
        return web.json({"data": {refused.code: refused.text}, "status": "failed"}, refused.status)
    told = {"errorType": _TYPES[refused.code], "errorCode": refused.code, "errorMessage": refused.text}
    return web.json(told, refused.status)


REFUSALS = TABLE.refusals(_answer)


async def body_of(call: Call) -> Body:
    """Of the client whose token it is, where it names one. Raises `Refused`."""
    body = await call.json_object(wrong := TABLE.refused("DH-905"))
    if body.get("dhanClientId", call.account.user_id) != call.account.user_id:
        raise wrong
    return body
