"""Pages of the sandbox and its brokers: plain, tidy, labelled as simulated. Server-rendered; those of brokers without
any script."""

import re
from datetime import datetime
from functools import cache
from importlib.resources import files

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from torana.kit.clock import IST
from torana.kit.money import grouped, inr
from torana.sandbox import web
from torana.sandbox.web import Response

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("torana.sandbox", "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters.update(inr=inr, grouped=grouped, code=_code, wall=_wall, tojs=_tojs)
    return environment


def drawn(template: str, **values: object) -> str:
    """A template of sandbox/templates as text."""
    return _templates().get_template(template).render(**values)


def render(template: str, status: int = 200, *, scripted: bool = False, **values: object) -> Response:
    """A page from sandbox/templates. It names nobody else's frame, font or script, and is not kept by caches.
    `scripted`: with a script of our own, which talks to the sandbox alone."""
    script = "script-src 'self'; connect-src 'self'; " if scripted else ""
    policy = f"default-src 'none'; style-src 'self'; img-src 'self'; {script}frame-ancestors 'none'; base-uri 'none'"
    headers = [
        ("cache-control", "no-store"),
        ("content-security-policy", policy),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ]
    return Response(status, drawn(template, **values).encode(), "text/html; charset=utf-8", headers)


def static(name: str) -> Response:
    """A style sheet, script or drawing of the sandbox's own pages; 404 where there is none of this name."""
    return _static().get(name) or web.json({"error": "there is no such file"}, 404)


@cache
def _static() -> dict[str, Response]:
    return {
        file.name: Response(200, file.read_bytes(), f"{kind}; charset=utf-8", [("cache-control", "max-age=60")])
        for folder in ("torana.sandbox", "torana.kit")
        for file in files(folder).joinpath("static").iterdir()
        if (kind := _TYPES.get(file.name.rpartition(".")[2]))
    }


def _code(text: str) -> Markup:
    """What stands between backticks, as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped just before


def _wall(at: datetime, form: str = "%H:%M:%S") -> str:
    """The moment as clocks in India show it."""
    return f"{at.astimezone(IST):{form}}"


def _tojs(value: object) -> str:
    """As JSON, for an attribute."""
    return msgspec.json.encode(value).decode()
