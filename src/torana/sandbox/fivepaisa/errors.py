"""How the simulated 5paisa says yes and no: heads, bodies, and which of the two carries a refusal."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from torana.sandbox import web
from torana.sandbox.call import Call
from torana.sandbox.dialect import Handler
from torana.sandbox.faults import Operation
from torana.sandbox.models import OrderRefused
from torana.sandbox.reads import Row
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLE = Table(rows("""
    9      200 Invalid Session                    | session *
    2      200 Invalid Input Parameters.          | * *
    head-2 200 Invalid Head Parameters
    head--1 500 Internal server error             | status *
    page   400 The server encountered an error processing the request. | same 404 405
    1      429 Too many requests                  | status 429
    1      400 Bad Request                        | same 400 401 403 408
    1      200 Insufficient margin: required margin is not available | reason funds
    1      200 Insufficient holdings               | reason holdings
    1      200 Verify your TPIN to sell these shares | reason not_authorised
    1      200 Price is outside the circuit limits  | reason circuit
    1      200 Quantity is above the freeze quantity | reason freeze
    1      200 Price is not a multiple of the tick size | reason tick
    1      200 Quantity is not valid               | reason quantity
    1      200 Scrip is not tradable               | reason symbol
    1/-15  200 Exchange is closed. Cannot place your order. | reason market_closed amo_closed
    1      200 Client is blocked for trading       | reason account_blocked
    1      200 Order does not exist                | reason not_found
    1      200 Order is final already              | reason final too_many_changes
    1      200                                     | reason *
    7      200 The order was refused under rule 7-Q. | strange
"""))  # fmt: skip
"""Source: samples of the Xstream documentation and 5paisa's notes. `head-2` stands in the head, the others in the body,
behind a stroke the code of risk management; `7` is nobody's."""

_PLACING = "5PPlaceOrdReqV1"
_ABOUT_AN_ORDER = "OrdReqV1"
ORDER_ID = "order id"
"""`Refused.field`: its value is the id of the order that was refused."""


def envelope(
    response_code: str, body: object, *, status: str = "0", text: str = "Success", http: int = 200
) -> Response:
    head = {"responseCode": response_code, "status": status, "statusDescription": text}
    return web.json({"body": body, "head": head}, http)


def refusal(response_code: str, refused: Refused) -> Response:
    code = refused.code
    if code == "page":
        text = f"<html><head><title>Request Error</title></head><body><p>{refused.text}</p></body></html>"
        return Response(refused.status, text.encode(), "text/html")
    if code.startswith("head"):
        return envelope(response_code, None, status=code.removeprefix("head-"), text=refused.text, http=refused.status)
    status, _, rms = code.partition("/")
    named = refused.value if refused.field == ORDER_ID else 0
    ids = {"BrokerOrderID": named, "ExchOrderID": "0", "LocalOrderID": 0}
    order = {**ids, "RMSResponseCode": int(rms or 0), "ScripCode": 0}
    told = {
        **(order if response_code.endswith(_ABOUT_AN_ORDER) else {}),
        "Message": refused.text,
        "Status": int(status),
    }
    return envelope(response_code, told, text="Fail" if code == "9" else "Success", http=refused.status)


REFUSALS = TABLE.refusals(lambda refused: refusal(_PLACING, refused))


def success(data: object) -> Response:
    return envelope("", data)


@dataclass(frozen=True, slots=True)
class Asked:
    """The body of a request, and the call that it came with."""

    call: Call
    body: dict[str, Any]


Answer = Callable[[Asked], dict[str, object] | Awaitable[dict[str, object]]]


def served(operation: Operation, response_code: str, answer: Answer, *, key: str = "key") -> Handler:
    """A handler: it reads the envelope, and answers in one. `key` is the field of the head with the app's key. With a
    session the body must name the client whose token it is."""

    async def handle(call: Call) -> Response:
        try:
            given = await call.json_object(TABLE.refused("page"))
            head, body = given.get("head"), given.get("body")
            if not isinstance(head, dict) or not isinstance(body, dict):
                raise TABLE.refused("head-2")
            app = call.known_app(str(head.get(key)), TABLE.refused("head-2"))
            if call.login is not None:
                if call.login.app != app.key:
                    raise TABLE.refused("head-2")
                if body.get("ClientCode") != call.account.user_id:
                    raise TABLE.refused("9")
            told = answer(Asked(call, {"app": app, **body}))
            told = await told if isawaitable(told) else told
            return envelope(response_code, {"Message": "Success", "Status": 0, **told})
        except (Refused, OrderRefused) as refused:
            return refusal(response_code, call.refused(refused, operation))

    return handle


def listed(name: str, read: Callable[[Call], list[Row]], nothing: str, **more: object) -> Answer:
    """A list is Status 1 where there is nothing in it."""

    def answer(asked: Asked) -> dict[str, object]:
        found = read(asked.call)
        return {name: found, **more} | ({} if found else {"Message": nothing, "Status": 1})

    return answer
