"""A browser for pages that are plain forms: it fills in, submits, follows, and stops at the first foreign address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Names of the fields that a person fills in."""
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(at.get("action", ""), at.get("method", "get").upper()))
        elif not self.forms or not at.get("name"):
            return
        elif tag == "button" or (tag == "input" and at.get("type") == "submit"):
            self.forms[-1].buttons.append((at["name"], at.get("value", "")))
        elif tag == "input":
            self.forms[-1].fields[at["name"]] = at.get("value", "")
            if at.get("type", "text") in ("text", "password", "tel", "number"):
                self.forms[-1].asked.append(at["name"])


def forms_of(html: str) -> list[Form]:
    parser = _Forms()
    parser.feed(html)
    return parser.forms


async def submit(
    http: aiohttp.ClientSession, page_url: str, form: Form, *, user: str = "", button: str | None = None
) -> tuple[str, str]:
    """Submit; return the address where it led and the page there, empty when that address is somebody else's."""
    fields = dict(form.fields)
    for place, name in enumerate(form.asked):
        fields[name] = user if place == 0 and user else fields[name] or "123456"
    for name, value in form.buttons:
        if button is None or button in (name, value):
            fields[name] = value
            break
    return await go(http, urljoin(page_url, form.action or page_url), method=form.method, fields=fields)


async def go(
    http: aiohttp.ClientSession, url: str, *, method: str = "GET", fields: Mapping[str, str] | None = None
) -> tuple[str, str]:
    home = urlsplit(url).netloc
    while urlsplit(url).netloc == home:
        form = {"data": fields} if method == "POST" else {"params": fields} if fields else {}
        async with http.request(method, url, allow_redirects=False, **form) as answer:
            if answer.status not in (301, 302, 303, 307, 308):
                return str(answer.url), await answer.text()
            url = urljoin(url, answer.headers["Location"])
            method, fields = "GET", None
    return url, ""


async def log_in(http: aiohttp.ClientSession, login_url: str, user: str) -> Mapping[str, str]:
    """Log in on a simulated broker's page; return the query with which it sends the browser back."""
    url, page = await go(http, login_url)
    for _ in range(4):
        if not page:
            return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        url, page = await submit(http, url, forms_of(page)[0], user=user)
    raise AssertionError(f"the login did not end: {page[:500]}")
