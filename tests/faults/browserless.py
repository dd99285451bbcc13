"""A browser for pages that are plain forms: it submits, follows, and stops at the first foreign address."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp

from torana.cli.pages import Page


async def go(
    http: aiohttp.ClientSession, url: str, *, method: str = "GET", fields: Iterable[tuple[str, str]] = ()
) -> tuple[str, str]:
    """Return the address where it ends and the page there, empty when that address is somebody else's."""
    home = urlsplit(url).netloc
    body = list(fields) if method == "POST" else None
    query = list(fields) if method == "GET" else None
    while urlsplit(url).netloc == home:
        async with http.request(method, url, allow_redirects=False, data=body, params=query) as answer:
            if answer.status not in (301, 302, 303, 307, 308):
                return str(answer.url), await answer.text()
            url = urljoin(url, answer.headers["Location"])
            method, body, query = "GET", None, None
    return url, ""


async def log_in(http: aiohttp.ClientSession, login_url: str, user: str) -> Mapping[str, str]:
    """Log in on a simulated broker's page; return the query with which it sends the browser back."""
    url, page = await go(http, login_url)
    for _ in range(4):
        if not page:
            return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        form = Page(page).forms[0]
        fields = form.filled(dict.fromkeys(form.blanks, user), form.buttons[0])
        url, page = await go(http, urljoin(url, form.action or url), method=form.method.upper(), fields=fields)
    raise AssertionError(f"the login did not end: {page[:500]}")
