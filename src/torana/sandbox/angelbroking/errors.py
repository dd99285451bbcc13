"""How the simulated Angel One says yes and no: its codes, its two forms of refusal, its envelope."""

from typing import Any

from torana.sandbox import web
from torana.sandbox.call import Call
from torana.sandbox.models import Reason
from torana.sandbox.order_form import Fault, decoded
from torana.sandbox.refusals import Line, Refusals, Refused, SessionProblem
from torana.sandbox.web import Response
from torana.sandbox.world import App

MEANINGS = {
    "AG8001": "Invalid Token", "AG8002": "Token Expired", "AG8003": "Token missing", "AG8004": "Invalid API Key",
    "AB1000": "Invalid Email Or Password", "AB1005": "User Type Must Be USER", "AB1006": "Client Is Block For Trading",
    "AB1007": "AMX Error", "AB1008": "Invalid Order Variety", "AB1009": "Symbol Not Found",
    "AB1012": "Invalid Product Type", "AB1013": "Order not found", "AB2000": "Error not specified",
    "AB2001": "Internal Error, Please try after sometime", "AB2002": "ROBO order is block",
    "AB4008": "ordertag length should be less than 20 characters", "AB8050": "Invalid Refresh Token",
    "AG1000": "You have alreday been registered with CDSL for today.",
    "AG2001": "Something went wrong. Please try again",
}  # fmt: skip
"""Source: SmartAPI documentation, error codes and eDIS; `AG8004` is seen by clients only."""
TOO_FAST = "Access denied because of exceeding rate limit"
_OF_FIELDS = {
    "variety": "AB1008", "exchange": "AB1009", "symboltoken": "AB1009", "tradingsymbol": "AB1009",
    "producttype": "AB1012", "ordertag": "AB4008",
}  # fmt: skip


def line(code: str, status: int = 200) -> Line:
    return Line(status, code, MEANINGS[code])


def refuse(code: str, text: str | None = None) -> Refused:
    return line(code).refused(text)


def of_field(name: str, fault: Fault, value: object) -> Refused:
    """What is wrong with a field of an order."""
    return refuse("AB2002" if value == "ROBO" else _OF_FIELDS.get(name, "AB2000"))


def _answer(refused: Refused) -> Response:
    if not refused.code:
        return Response(refused.status, refused.text.encode())
    if refused.code.startswith("AG80"):
        body: dict[str, object] = {"success": False, "message": refused.text, "errorCode": refused.code, "data": ""}
    else:
        body = {"status": False, "message": refused.text, "errorcode": refused.code, "data": refused.value}
    return web.json(body, refused.status)


REFUSALS = Refusals(
    answer=_answer,
    no_session=dict.fromkeys(SessionProblem, line("AG8001"))
    | {SessionProblem.MISSING: line("AG8003"), SessionProblem.EXPIRED: line("AG8002")},
    reasons={
        Reason.SYMBOL: line("AB1009"), Reason.ACCOUNT_BLOCKED: line("AB1006"),
        Reason.NOT_FOUND: line("AB1013"), Reason.FINAL: line("AB1013"),
    },
    other_reason=Line(200, "AB1007"),
    statuses={429: Line(403, "", TOO_FAST), **{one: line("AB2000", one) for one in (400, 401, 403, 404, 405, 408)}},
    other_status=line("AB2001", 500),
    strange=Line(200, "AB9999", "The order was refused under rule 7-Q."),
)  # fmt: skip
REJECTS_LATER = frozenset(Reason) - REFUSALS.reasons.keys()
"""What an answer says of an order stands above; everything else the order system finds later, and the book shows it."""


def app_of(call: Call) -> App:
    app = call.app(call.request.headers.get("x-privatekey", ""))
    if app is None:
        raise refuse("AG8004")
    return app


def success(data: object) -> Response:
    """An empty list is null."""
    return web.json({"status": True, "message": "SUCCESS", "errorcode": "", "data": None if data == [] else data})


async def body_of(call: Call) -> dict[str, Any]:
    """Raises `Refused` unless it is a JSON object that says so."""
    try:
        body = decoded(await call.request.body())
    except ValueError:
        raise refuse("AB2000") from None
    if not isinstance(body, dict) or "json" not in call.request.headers.get("content-type", ""):
        raise refuse("AB2000")
    return body
