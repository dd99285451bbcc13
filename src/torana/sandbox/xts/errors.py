"""How the platform says no. Its users have seen the codes and texts of the first nine rows; the others are invented."""

from torana.sandbox import web
from torana.sandbox.order_form import Fault
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

MALFORMED = "e-property-validation-failed"
TABLE = Table(
    rows("""
    e-property-validation-failed 400 Bad Request | * *, reason symbol quantity
    e-session-0007     400 Invalid Token                            | session *
    e-token-0002       401 Please Provide token to Authenticate     | session missing
    e-apirl-0004       429 Rate limit exceeded                      | status 429
    e-orders-0005      400 Data Not Available
    e-tradeBook-0005   400 Data Not Available
    e-portfolio-0005   400 Data Not Available
    e-holdings-0005    400 Data Not Available
    e-orders-0001      400 Order not found                          | reason *
    e-session-0002     400 Invalid access token
    e-session-0003     400 Invalid app key or secret key
    e-response-0001    500 Internal server error                    | status *, same 400 401 403 404 405 408
    e-order-7007       400 The order was refused under rule 7-Q.    | strange
""")
)


def malformed(field: str, value: object = None) -> Refused:
    """A request that is not as documented."""
    return TABLE.of_field(field, Fault.INVALID, value)


def _answer(refused: Refused) -> Response:
    """The official client looks for `errors` wherever it reads "Bad Request"."""
    result: dict[str, object] = {}
    if refused.code == MALFORMED:
        name = refused.field or "order"
        result = {"status": 400, "errors": [{"field": [name], "messages": [f'"{name}" is not valid']}]}
    told = {"type": "error", "code": refused.code, "description": refused.text, "result": result}
    return web.json(told, refused.status)


REFUSALS = TABLE.refusals(_answer)


def success(code: str, description: str, result: object) -> Response:
    return web.json({"type": "success", "code": code, "description": description, "result": result})
