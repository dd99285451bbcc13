"""How the simulated Kite says yes and no."""

from torana.sandbox import tables, web
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLES = tables.of("kite")
TABLE = TABLES.refusals


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
