"""Pages of the sandbox and its brokers: plain, tidy, labelled as simulated. Server-rendered, without any script."""

import re
from datetime import datetime
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from torana.kit.clock import IST
from torana.kit.money import inr
from torana.sandbox.web import Response

STYLE_PATH = "/sandbox/sandbox.css"


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("torana.sandbox", "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters.update(inr=inr, code=_code, ist=_ist)
    environment.globals["style"] = STYLE_PATH
    return environment


def render(template: str, status: int = 200, **values: object) -> Response:
    """A page from sandbox/templates. It names nobody's script, frame or font, and is not kept by caches."""
    body = _templates().get_template(template).render(**values).encode()
    headers = [
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ]
    return Response(status, body, "text/html; charset=utf-8", headers)


@cache
def style() -> Response:
    body = files("torana.sandbox").joinpath("static", "sandbox.css").read_bytes()
    return Response(200, body, "text/css; charset=utf-8", [("cache-control", "max-age=60")])


def _code(text: str) -> Markup:
    """What stands between backticks, as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped just before


def _ist(at: datetime) -> str:
    return f"{at.astimezone(IST):%A %-d %B %Y, %H:%M} in India"
