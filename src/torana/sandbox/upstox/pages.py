"""Upstox's pages, in the one plain look of the sandbox."""

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from torana.kit.money import inr
from torana.sandbox import pages
from torana.sandbox.upstox.errors import Problem
from torana.sandbox.web import Response


def render(template: str, status: int = 200, **values: object) -> Response:
    """A page from this folder's templates, with the headers of every page of the sandbox."""
    page = pages.render("base.html", status)
    page.body = _templates().get_template(template).render(**values).encode()
    return page


def refusal(problem: Problem) -> Response:
    """What an investor sees where an app would get an error body."""
    return render("message.html", problem.status, title="This cannot be done", text=problem.text, code=problem.code)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader("torana.sandbox.upstox", "templates"), PackageLoader("torana.sandbox", "templates")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.filters["inr"] = inr
    environment.globals["style"] = pages.STYLE_PATH
    return environment
