"""Reading a form, or the query of an address, that anybody may have sent: of what is said twice the last counts."""

from collections.abc import Iterable
from typing import Any

from litestar import Request
from litestar.exceptions import ClientException


async def text_fields(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The fields of a form that are text and can be stored. Raises `ClientException` for a form in no encoding that
    there is."""
    try:
        form = await request.form()
    except (UnicodeError, LookupError, ValueError):
        raise ClientException("the form cannot be read") from None
    return _texts(form.items())


def query_fields(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The same of the address."""
    return _texts(request.query_params.items())


def _texts(fields: Iterable[tuple[str, Any]]) -> dict[str, str]:
    return {name: value for name, value in fields if isinstance(value, str) and "\0" not in value}
