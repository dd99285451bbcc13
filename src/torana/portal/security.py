"""Headers of every page: nothing from other hosts, nothing inline, no framing, no referrer, nothing kept."""

from collections.abc import Sequence


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
