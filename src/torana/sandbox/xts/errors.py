"""How the platform says yes and no."""

from torana.sandbox import tables, web
from torana.sandbox.order_form import Fault
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

MALFORMED = "e-property-validation-failed"
TABLES = tables.of("xts")
TABLE = TABLES.refusals


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
