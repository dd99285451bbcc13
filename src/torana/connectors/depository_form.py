"""The form to the depository's own page, within a page that a broker hands over."""

from html.parser import HTMLParser
from urllib.parse import urlsplit

from torana.connectors.contract import BrowserForm, Unknown
from torana.connectors.hosts import origin


class _Form(HTMLParser):
    """The one form of a page: where it goes, and its hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self.action = told.get("action")
        elif tag == "input" and told.get("type") == "hidden" and (name := told.get("name")):
            self.fields[name] = told.get("value") or ""


def depository_form(html: str, wanted: str, broker: str) -> BrowserForm:
    """The form, whose quotation marks may be escaped once more. `wanted` is the depository's address, which the form
    may write with other capitals in the host and with or without a stroke at its end.

    Raises `Unknown` for a form that leads anywhere else.
    """
    form = _Form()
    form.feed(html.replace("\\", ""))
    action = form.action or ""
    try:
        goes = f"{origin(action)}{urlsplit(action).path}"
        right = not urlsplit(action).query and goes.rstrip("/") == f"{origin(wanted)}{urlsplit(wanted).path}".rstrip(
            "/"
        )
    except ValueError:
        right = False
    if not right or "@" in urlsplit(action).netloc:
        raise Unknown(f"the form that releases shares at {broker} leads to somebody else's page")
    return BrowserForm(action, form.fields)
