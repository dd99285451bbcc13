"""The page of the exchange: clock, prices, orders, clients and faults as they change, each with the calls that move it.

The server draws every part, first and later alike; the page's script puts what changed in its place. Its buttons make
calls of the control API and nothing else.
"""

import asyncio

import msgspec

from torana.sandbox import magic, pages
from torana.sandbox.board import board
from torana.sandbox.faults import FAULT_NOTES, Operation
from torana.sandbox.models import Order, Reason
from torana.sandbox.registrar_books import PANS
from torana.sandbox.web import Request, Response, Send
from torana.sandbox.world import World

PARTS = ("clock", "prices", "orders", "clients", "faults")
_SENT_EVERY = 1.0
"""Seconds after which what runs by itself (time, prices) is sent anew."""
_LOOK_EVERY = 0.1


class ExchangePage:
    """Draws the page, and tells those who look at it what changed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._changes = 0
        world.exchange.on_change(self._order_changed)

    def changed(self) -> None:
        """Something that the page shows is another now."""
        self._changes += 1

    def _order_changed(self, _: Order) -> None:
        self.changed()

    def page(self) -> Response:
        return pages.render(
            "exchange.html",
            scripted=True,
            board=board(self._world),
            gateway_url=self._world.gateway_url,
            operations=[*Operation, "*"],
            notes=FAULT_NOTES,
            reasons=list(Reason),
        )

    def inputs(self) -> Response:
        """The tables of what is magic, and of the apps."""
        return pages.render(
            "inputs.html",
            names=magic.NAMES.values(),
            quantities=magic.QUANTITIES.values(),
            pans=PANS,
            faults=FAULT_NOTES,
            apps=self._world.apps,
            gateway_url=self._world.gateway_url,
        )

    def live(self) -> Response:
        return _LiveParts(self)

    def parts(self) -> dict[str, str]:
        """Each part as it is now."""
        now = board(self._world)
        gateway_url = self._world.gateway_url
        return {name: pages.drawn(f"board/{name}.html", board=now, gateway_url=gateway_url) for name in PARTS}

    async def news(self, seen: int) -> int:
        """Return when there is something to send: a change, or a second has passed. `seen`: what was known before."""
        waited = 0.0
        while self._changes == seen and waited < _SENT_EVERY and not self._world.closing.is_set():
            await asyncio.sleep(_LOOK_EVERY)
            waited += _LOOK_EVERY
        return self._changes

    @property
    def ended(self) -> bool:
        return self._world.closing.is_set()


class _LiveParts(Response):
    """Server-sent events: each is a JSON object of the parts that changed, by name."""

    def __init__(self, page: ExchangePage) -> None:
        super().__init__(content_type="text/event-stream", headers=[("cache-control", "no-store")])
        self._page = page

    async def send(self, request: Request, send: Send) -> None:
        headers = [(name.encode(), value.encode()) for name, value in self.headers]
        headers.append((b"content-type", self.content_type.encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.ensure_future(request.gone())
        try:
            await self._tell(gone, send)
        finally:
            gone.cancel()

    async def _tell(self, gone: "asyncio.Future[None]", send: Send) -> None:
        told: dict[str, str] = {}
        seen = -1
        while not gone.done() and not self._page.ended:
            seen = await self._page.news(seen)
            parts = self._page.parts()
            changed = {name: html for name, html in parts.items() if told.get(name) != html}
            told = parts
            if changed:
                body = b"data: " + msgspec.json.encode(changed) + b"\n\n"
                await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
