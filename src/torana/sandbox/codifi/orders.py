"""Orders as a list of legs, each with an answer of its own; what is done to one order later."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torana.kit.clock import IST
from torana.sandbox import reads, web
from torana.sandbox.call import Call
from torana.sandbox.faults import Operation
from torana.sandbox.models import Order, OrderRefused
from torana.sandbox.order_form import objects
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import OrderView
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.refusal_table import Table
from torana.sandbox.refusals import Refused
from torana.sandbox.securities import by_token
from torana.sandbox.tables import Tables
from torana.sandbox.vocabulary import Vocabulary
from torana.sandbox.web import Response
from torana.sandbox.wire import Shape

MOMENT = "%d-%b-%Y %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Desk:
    """The orders of one broker of the platform."""

    table: Table
    exchanges: Mapping[str, str]
    """Ours to theirs."""
    order: OrderTable
    change: OrderTable
    beside_an_id: Mapping[str, str]
    """What stands beside the id of an order that was taken."""

    @classmethod
    def of(cls, tables: Tables, exchanges: Mapping[str, str], beside_an_id: Mapping[str, str]) -> "Desk":
        return cls(tables.refusals, exchanges, tables.request("order"), tables.request("change"), beside_an_id)

    async def place(self, call: Call) -> object:
        legs = await call.json(wrong := self.table.refused("EC914"))
        return [self._leg(call, leg) for leg in objects(legs, wrong)]

    def _leg(self, call: Call, leg: dict[str, Any]) -> dict[str, str]:
        try:
            return self.taken(call, self._placed(call, leg).order_id)
        except (Refused, OrderRefused) as refusal:
            refused = call.refused(refusal, Operation.PLACE)
            return {"status": refused.code, "message": refused.text}

    def _placed(self, call: Call, leg: dict[str, Any]) -> Order:
        unknown = self.table.refused("EC947")
        form = self.order.form(leg, lambda read: by_token(read["instrumentId"], read["exchange"]), unknown)
        if form.order_type == "LIMIT" and not form.price:
            raise self.table.refused("EC958" if leg.get("price") else "EC950")
        if form.amo and form.validity == "IOC":
            raise self.table.refused("EC996")
        return call.place(call.account, form.ticket(call.session.app))

    def taken(self, call: Call | None, order_id: str | None) -> dict[str, str]:
        """The answer for one order; None: success without an id."""
        at = {} if call is None else {"requestTime": _moment(call)}
        return {**self.beside_an_id, **({} if order_id is None else {"brokerOrderId": order_id}), **at}

    def cancel(self, call: Call, order_id: str) -> dict[str, str]:
        return self.taken(call, call.exchange.cancel(call.account, order_id).order_id)

    def modify(self, call: Call, order_id: str, given: Mapping[str, object]) -> dict[str, str]:
        change = self.change.change(given)
        return self.taken(call, call.modify(replace(change, order_id=order_id)).order_id)

    async def modify_at_path(self, call: Call) -> dict[str, str]:
        """One object, or a list of one, for the order whose id the path has."""
        body = await call.json(wrong := self.table.refused("EC914"))
        given = body[0] if isinstance(body, list) and len(body) == 1 else body
        if not isinstance(given, dict):
            raise wrong
        return self.modify(call, call.path["id"], given)

    def history(
        self, call: Call, order_id: str, row: Callable[[OrderView], reads.Row], words: Vocabulary
    ) -> list[reads.Row]:
        try:
            return reads.history(call, call.find(call.account, order_id), row, words)
        except OrderRefused:
            raise self.table.refused("EC998") from None

    def quotes(self, shape: Shape[QuoteView]) -> Callable[[Call], Awaitable[list[reads.Row]]]:
        """Of a list of exchange and token; what is not listed is left out."""

        async def read(call: Call) -> list[reads.Row]:
            body = objects(await call.json(wrong := self.table.refused("EC914")), wrong, least=0)
            ours = {theirs: name for name, theirs in self.exchanges.items()}
            named = ((str(one.get("instrumentId")), ours.get(str(one.get("exchange")), "")) for one in body)
            return reads.prices(call, shape, (by_token(token, exchange) for token, exchange in named if exchange))

        return read

    def log_out(self, call: Call) -> dict[str, str]:
        call.session.ended = True
        return dict(self.beside_an_id)

    def some(self, code: str, read: Callable[[Call], list[reads.Row]]) -> Callable[[Call], list[reads.Row]]:
        """A read whose emptiness has a code of its own."""
        return reads.some(read, self.table.codes[code])


def bare(read: Callable[[Call], list[reads.Row]]) -> Callable[[Call], Response]:
    """Rows without an envelope."""
    return lambda call: web.json(read(call))


def _moment(call: Call) -> str:
    return call.exchange.now().astimezone(IST).strftime(MOMENT)
