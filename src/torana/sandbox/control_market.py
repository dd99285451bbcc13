"""The part of the control API that sets the market: its clock, prices, and how the exchange behaves."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta

from torana.kit.clock import IST
from torana.market import calendar
from torana.sandbox import web
from torana.sandbox.control_bodies import ClockBody, FreezeBody, PriceBody, SettingsBody
from torana.sandbox.control_call import ControlCall, Handler, Refused, read, security_of
from torana.sandbox.moments import Moment, next_of
from torana.sandbox.web import Response
from torana.sandbox.world import World

_LONGEST_CLOSES = timedelta(days=11 * 366)


class MarketControl:
    """What is the same for every client and broker."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> Iterator[tuple[str, str, Handler]]:
        """Method, path below /sandbox, handler."""
        yield "GET", "/clock", self._clock
        yield "POST", "/clock", self._set_clock
        yield "GET", "/prices", self._prices
        yield "POST", "/prices", self._pin_price
        yield "GET", "/closes", self._closes
        yield "POST", "/freeze", self._set_freeze
        yield "POST", "/settings", self._set_settings

    async def _clock(self, _: ControlCall) -> Response:
        exchange = self._world.exchange
        now = exchange.now()
        return web.json(
            {
                "now": now,
                "offsetSeconds": exchange.time.offset.total_seconds(),
                "phase": calendar.phase(now),
                "amoOpen": calendar.amo_open(now),
                "nextOpen": calendar.next_open(now),
            }
        )

    async def _set_clock(self, call: ControlCall) -> Response:
        body = await read(call, ClockBody)
        time = self._world.exchange.time
        if body.now is not None:
            if body.now.tzinfo is None:
                raise Refused("`now` needs an offset from UTC")
            time.set_now(body.now)
        elif body.offset_seconds is not None:
            time.set_offset(timedelta(seconds=body.offset_seconds))
        elif body.advance_seconds is not None:
            time.set_offset(time.offset + timedelta(seconds=body.advance_seconds))
        elif body.mode == "trading":
            time.to_trading_hours()
        elif body.mode == "real":
            time.set_offset(timedelta())
        elif body.mode in set(Moment):
            time.set_now(next_of(Moment(body.mode), time.now()))
        else:
            modes = ", ".join(f"`{mode}`" for mode in ("trading", "real", *Moment))
            raise Refused(f"give `now`, `offsetSeconds`, `advanceSeconds` or `mode` ({modes})")
        self._world.exchange.catch_up()
        return await self._clock(call)

    async def _closes(self, call: ControlCall) -> Response:
        """Of the sessions that have ended, whatever price is held now."""
        exchange = self._world.exchange
        since = date.fromisoformat(call.request.query.get("since", ""))
        now = exchange.now()
        if now.astimezone(IST).date() - since > _LONGEST_CLOSES:
            raise Refused("`since` is at most eleven years ago")
        try:
            closes = [
                {"symbol": symbol, "day": day, "close": close}
                for name, symbol in call.request.query_pairs
                if name == "symbol"
                for day, close in exchange.prices.closes(symbol, since, now)
            ]
        except KeyError as unknown:
            raise Refused(f"not listed: {unknown}") from None
        return web.json({"closes": closes})

    async def _prices(self, call: ControlCall) -> Response:
        exchange, now = self._world.exchange, self._world.exchange.now()
        told = []
        for name in (value for key, value in call.request.query_pairs if key == "symbol"):
            security = security_of(name)
            lowest, highest = exchange.prices.band(security, now)
            last = exchange.last_price(security)
            told.append({"symbol": name, "last": last, "lowest": lowest, "highest": highest})
        return web.json({"prices": told})

    async def _pin_price(self, call: ControlCall) -> Response:
        body = await read(call, PriceBody)
        security, exchange = security_of(body.symbol), self._world.exchange
        exchange.prices.pin(security, body.price)
        exchange.catch_up()
        return web.json({"symbol": body.symbol, "price": exchange.last_price(security)})

    async def _set_freeze(self, call: ControlCall) -> Response:
        body = await read(call, FreezeBody)
        security_of(body.symbol)
        quantities = self._world.exchange.freeze_quantities
        quantities.pop(body.symbol, None)
        if body.quantity is not None:
            quantities[body.symbol] = body.quantity
        return web.json({"symbol": body.symbol, "quantity": body.quantity})

    async def _set_settings(self, call: ControlCall) -> Response:
        body = await read(call, SettingsBody)
        exchange = self._world.exchange
        if body.rate_limits is not None:
            self._world.rate_limits = body.rate_limits
        fastest, slowest = body.fastest_fill_seconds, body.slowest_fill_seconds
        exchange.tempo = type(exchange.tempo)(
            exchange.tempo.fastest if fastest is None else fastest,
            exchange.tempo.slowest if slowest is None else slowest,
        )
        return web.json({"rateLimits": self._world.rate_limits} | asdict(exchange.tempo))
