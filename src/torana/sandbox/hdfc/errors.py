"""How the simulated HDFC Securities says yes and no."""

from torana.sandbox import tables, web
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

NO_SESSION = "session"
TABLES = tables.of("hdfc")
TABLE = TABLES.refusals


def _answer(refused: Refused) -> Response:
    if refused.code == NO_SESSION:
        return web.json({"error": refused.text}, refused.status)
    return web.json({"status": "error", "message": refused.text}, refused.status)


REFUSALS = TABLE.refusals(_answer)


def success(data: object) -> Response:
    return web.json({"status": "success", "data": data})
