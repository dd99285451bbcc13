"""How the simulated HDFC Sky says yes and no."""

from torana.sandbox import tables, web
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

NO_SESSION = "session"
TABLES = tables.of("hdfcsky")
TABLE = TABLES.refusals
NUMBERS = {
    **dict.fromkeys(("agent", "app", "login"), 40000),
    **dict.fromkeys(("unknown", "final", "funds", "other", "odd"), 45000),
    **dict.fromkeys(("server", "fast", "missing"), 45010),
}
"""The `error_code` of each row; of all others 44000."""


def _answer(refused: Refused) -> Response:
    if refused.code == NO_SESSION:
        return web.json({"error": refused.text}, refused.status)
    number = NUMBERS.get(refused.code, 44000)
    told = {"data": {}, "error_code": number, "message": refused.text, "status": "error"}
    return web.json(told, refused.status)


REFUSALS = TABLE.refusals(_answer)


def success(data: object) -> Response:
    return web.json({"data": data, "message": "", "status": "success"})
