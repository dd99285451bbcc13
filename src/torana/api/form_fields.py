"""Reading a form that anybody may have sent."""

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
    return {name: value for name, value in form.items() if isinstance(value, str) and "\0" not in value}
