"""How the simulated Angel One says yes and no: its two forms of refusal, its envelope."""

from torana.sandbox import tables, web
from torana.sandbox.call import Body, Call
from torana.sandbox.refusals import Refused
from torana.sandbox.web import JSON, Response
from torana.sandbox.world import App

TABLES = tables.of("angelbroking")
TABLE = TABLES.refusals


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


async def body_of(call: Call) -> Body:
    """Raises `Refused` unless it is a JSON object that says so."""
    wrong = TABLE.refused("AB2000")
    if call.request.content_type != JSON:
        raise wrong
    return await call.json_object(wrong)
