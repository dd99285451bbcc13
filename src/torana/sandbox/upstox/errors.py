"""How the simulated Upstox says no: one entry for each thing that is wrong."""

from dataclasses import replace

from torana.sandbox import tables, web
from torana.sandbox.refusals import Refused
from torana.sandbox.rejections import OMS_PLAIN

TABLES = tables.of("upstox")
TABLE = TABLES.refusals


def wrong(name: str, field: str | None = None, value: object = None, *, text: str | None = None) -> Refused:
    """The refusal that the table calls so. `field` and `value` at fault; `text` for a case that has its own."""
    return TABLE.named(name).refused(text, field=field, value=value)


def entry(one: Refused) -> dict[str, object]:
    """One entry of an error answer, with its keys in both spellings, as the live API sends them."""
    camel = {"errorCode": one.code, "propertyPath": one.field, "invalidValue": one.value}
    snake = {"error_code": one.code, "property_path": one.field, "invalid_value": one.value}
    return {"message": one.text, **camel, **snake}


REFUSALS = TABLE.refusals(
    lambda one: web.json({"status": "error", "errors": [entry(one)]}, one.status),
    {reason: replace(TABLE.named("invalid_input"), text=shown) for reason, shown in OMS_PLAIN.items()},
)
