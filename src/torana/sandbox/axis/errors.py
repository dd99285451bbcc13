"""How the simulated Axis Direct says yes and no. No refusal of it is documented: their form is invented."""

from torana.sandbox import tables, web
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLES = tables.of("axis")
TABLE = TABLES.refusals
_WORDS = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 429: "TOO_MANY_REQUESTS"}


def success(data: object) -> Response:
    return web.json({"statusCode": 200, "status": "OK", "data": data})


def refusal(refused: Refused) -> Response:
    told = {"statusCode": int(refused.code), "status": _WORDS.get(refused.status, "ERROR"), "message": refused.text}
    return web.json(told, refused.status)


REFUSALS = TABLE.refusals(refusal)
