"""How the simulated HDFC Securities says yes and no. Source: HTTP statuses of the documentation; no text is documented,
and no code: those of the table are never written."""

from torana.sandbox import web
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

NO_SESSION = "session"
TABLE = Table(rows("""
    field    400 Invalid value for {field}                        | * *
    request  400 Bad Request                                      | same 400 403 405 408
    agent    400 User-Agent header is required
    app      400 Invalid API key
    login    400 Invalid request token
    session  401 Invalid or expired access token                  | session *
    missing  404 Order not found                                  | reason not_found, status 404
    final    422 Order cannot be cancelled or modified            | reason final too_many_changes
    security 422 Invalid instrument                               | reason symbol
    quantity 422 Quantity is not a multiple of the lot size       | reason quantity
    funds    422 Insufficient margin for this order               | reason funds
    other    422                                                  | reason *
    prices   422 Not more than 10 instruments
    fast     429 Too many requests                                | status 429
    server   500 Internal server error                            | status *
    odd      422 The order was refused under rule 7-Q.            | strange
"""))  # fmt: skip


def _answer(refused: Refused) -> Response:
    if refused.code == NO_SESSION:
        return web.json({"error": refused.text}, refused.status)
    return web.json({"status": "error", "message": refused.text}, refused.status)


REFUSALS = TABLE.refusals(_answer)


def success(data: object) -> Response:
    return web.json({"status": "success", "data": data})
