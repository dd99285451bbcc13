"""A page on its way to the browser: nothing from other hosts, nothing inline, no framing, no referrer, nothing kept."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response

from torana.pages.render import View, render
from torana.portal.admission.browser_auth import Ticket

HTML = "text/html"
ZIP_LEVEL = 6


@dataclass(frozen=True, slots=True)
class LoginTicket:
    """What a browser takes along on its way to a broker: the ticket, and the cookie that goes with it."""

    ticket: Ticket
    cookie_name: str
    cross_site: bool = False
    """The broker's site posts a form to us: the cookie must come along with that."""


@dataclass(frozen=True, slots=True)
class PageResponse:
    """A page to send. `form_hosts`: where a form of it may end beside here; `login_ticket`: its cookie goes with it."""

    view: View
    status: int = 200
    form_hosts: tuple[str, ...] = ()
    login_ticket: LoginTicket | None = None


def sent(view: View, status: int = 200, *, form_hosts: Sequence[str] = (), zips: bool = False) -> Response[bytes]:
    """A page as it is sent; `zips`: the browser can unzip it."""
    body, headers = render(view), page_headers(form_hosts=form_hosts)
    headers |= {"content-language": view.frame.texts.language, "vary": "accept-language"}
    if zips:
        body = gzip.compress(body, ZIP_LEVEL, mtime=0)
        headers |= {"content-encoding": "gzip", "vary": "accept-language, accept-encoding"}
    return Response(body, status_code=status, media_type=HTML, headers=headers)


def page_headers(*, form_hosts: Sequence[str] = ()) -> dict[str, str]:
    """For HTML pages. `form_hosts` are the origins, beside our own, that a form of this page may end at.

    There is no Cross-Origin-Opener-Policy: it would cut the handle that the partner's page has on the window. The
    referrer stays within our own origin; `no-referrer` would also take the origin off our own forms, which we check.
    """
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        " ".join(("form-action 'self'", *form_hosts)),
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
    return {
        "content-security-policy": "; ".join(policy),
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cache-control": "no-store",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
