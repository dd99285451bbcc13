"""How the simulated 5paisa says yes and no: heads, bodies, and which of the two carries a refusal."""

from collections.abc import Callable

from torana.sandbox import tables, web
from torana.sandbox.call import Body, Call
from torana.sandbox.dialect import Answer, Handler
from torana.sandbox.reads import Row
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

TABLES = tables.of("fivepaisa")
TABLE = TABLES.refusals
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


async def body_of(call: Call) -> Body:
    """What is in the envelope, and the app's key beside it. With a session it has to be of the client and of the app
    whose token it is; before, the key has a capital."""
    given = await call.json_object(TABLE.refused("page"))
    head, body, wrong = given.get("head"), given.get("body"), TABLE.refused("head-2")
    if not isinstance(head, dict) or not isinstance(body, dict):
        raise wrong
    app = call.known_app(str(head.get("key" if call.login else "Key")), wrong)
    if call.login is not None:
        if call.login.app != app.key:
            raise wrong
        if body.get("ClientCode") != call.account.user_id:
            raise TABLE.refused("9")
    return body | {"key": app.key}


def answered(response_code: str) -> Answer:
    """How the call of this code answers."""

    def answer(call: Call, told: object) -> Response:
        if isinstance(told, Refused):
            return refusal(response_code, told)
        return envelope(response_code, {"Message": "Success", "Status": 0} | (told if isinstance(told, dict) else {}))

    return answer


def rows_in(name: str, found: list[Row], nothing: str, **more: object) -> dict[str, object]:
    """A list is Status 1 where there is nothing in it."""
    return {name: found, **more} | ({} if found else {"Message": nothing, "Status": 1})


def listed(name: str, read: Callable[[Call], list[Row]], nothing: str, **more: object) -> Handler:
    return lambda call: rows_in(name, read(call), nothing, **more)
