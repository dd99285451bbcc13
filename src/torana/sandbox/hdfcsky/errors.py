"""How the simulated HDFC Sky says yes and no. Source: the samples of failures in its documentation; the numbers of what
stands behind 45000 in brackets are invented."""

from torana.sandbox import web
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

NO_SESSION = "session"
TABLE = Table(rows("""
    field    400 `{field}` is invalid                                     | * *
    request  400 Request is invalid                                       | same 400 405 408
    agent    403 Request forbidden                                        | same 403
    app      403 Request Unauthorised
    login    400 Invalid request token
    session  401 invalid credentials                                      | session *
    missing  404 Not Found                                                | status 404
    security 400 `instrument_token` is invalid                            | reason symbol
    quantity 400 `quantity` is invalid                                    | reason quantity
    unknown  400 Error from backend: (2)-Order not found                  | reason not_found
    final    400 Error from backend: (16)-Order cannot be cancelled       | reason final too_many_changes
    funds    400 Error from backend: (5)-Insufficient margin              | reason funds
    other    400 Error from backend: (1)                                  | reason *
    prices   400 Not more than 10 instruments
    fast     429 Too many requests                                        | status 429
    server   500 Something went wrong                                     | status *
    odd      400 Error from backend: (77)-Refused under rule 7-Q.         | strange
"""))  # fmt: skip
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
    return web.json(
        {"data": {}, "error_code": number, "message": refused.text, "status": "error"}, refused.status
    )  # fmt: skip


REFUSALS = TABLE.refusals(_answer)


def success(data: object) -> Response:
    return web.json({"data": data, "message": "", "status": "success"})
