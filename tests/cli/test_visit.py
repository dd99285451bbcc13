"""An investor without a browser, on pages that lead nowhere."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.brokers import ANY_BROKER
from torana.cli.visit import SimulatedExchange, Stranded, Visit

PAGE = """<!doctype html><title>The market is closed</title>
<form method="post" action="/portal/g/v/language"><button name="language" value="hi">हिन्दी</button></form>"""


async def test_a_page_that_offers_another_language_alone_offers_no_way_on() -> None:
    """It is named at once, in the language in which it came."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text=PAGE, content_type="text/html")

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        visit = Visit(http, broker=ANY_BROKER, user="asha", exchange=SimulatedExchange(), tickers=["TCS"])
        with pytest.raises(Stranded, match=r"The market is closed.*offers no way on"):
            await visit.go(str(server.make_url("/portal/g/v")), {})

    assert asked == ["/portal/g/v"]
