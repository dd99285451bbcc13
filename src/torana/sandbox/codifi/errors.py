"""How the platform says no: codes in `status` beside a `message`."""

from torana.sandbox import web
from torana.sandbox.refusal_table import Table
from torana.sandbox.refusals import Refusals, Refused
from torana.sandbox.web import Response


def _answer(refused: Refused) -> Response:
    if not refused.code:
        return web.json({"stat": "Not_ok", "emsg": refused.text}, refused.status)
    return web.json({"status": refused.code, "message": refused.text}, refused.status)


def refusals(of: Table) -> Refusals:
    return of.refusals(_answer)


def success(data: object) -> Response:
    return web.json({"status": "Ok", "message": "Success", "result": data})
