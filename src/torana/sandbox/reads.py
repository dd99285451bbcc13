"""Handlers that every broker has: reads, which take the broker's shape and answer with its rows, and the logout."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from torana.market.models import Security
from torana.sandbox import account_views, position_views, quote_views
from torana.sandbox.account_views import FundsView, HoldingView
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.models import Order
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import OrderView, TradeView, history_views, order_view, trade_views
from torana.sandbox.position_views import PositionView
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.refusals import Refusal
from torana.sandbox.vocabulary import Vocabulary
from torana.sandbox.wire import Shape

Row = Mapping[str, object]
T = TypeVar("T")


def book(row: Callable[[OrderView], Row], vocabulary: Vocabulary) -> Callable[[Call], list[Row]]:
    """The order book of the day."""
    return lambda call: [row(order_view(call.exchange, order, vocabulary)) for order in call.book(call.account)]


def history(call: Call, order: Order, row: Callable[[OrderView], Row], vocabulary: Vocabulary) -> list[Row]:
    """Every status that the order went through."""
    return [row(view) for view in history_views(call.exchange, order, vocabulary)]


def trades(row: Callable[[TradeView], Row], named: Callable[[Call], str] | None = None) -> Callable[[Call], list[Row]]:
    """The trades of the day, or those of the order whose id `named` finds in the request."""

    def read(call: Call) -> list[Row]:
        wanted = named(call) if named else None
        views = trade_views(call.exchange.book(call.account), call.exchange.trades(call.account))
        return [row(view) for view in views if wanted in (None, view.order_id)]

    return read


def funds(shape: Callable[[FundsView], T]) -> Callable[[Call], T]:
    return lambda call: shape(account_views.funds(call.exchange, call.account))


def segments(shape: Shape[FundsView]) -> Callable[[Call], dict[str, Row]]:
    """Funds by segment: only equity has any."""
    none = account_views.NO_FUNDS
    return lambda call: {"equity": shape(account_views.funds(call.exchange, call.account)), "commodity": shape(none)}


def person(shape: Shape[Account]) -> Callable[[Call], Row]:
    return lambda call: shape(call.account)


def quotes(call: Call, shape: Shape[QuoteView], securities: Iterable[tuple[str, Security]]) -> dict[str, Row]:
    """By what the broker calls each of them."""
    return {name: shape(quote_views.quote(call.exchange, one)) for name, one in securities}


def prices(call: Call, shape: Shape[QuoteView], securities: Iterable[Security | None]) -> list[Row]:
    """Quotes in a list; what is not listed has none."""
    return [shape(quote_views.quote(call.exchange, one)) for one in securities if one is not None]


def under(name: str, read: Callable[[Call], object], **beside: object) -> Callable[[Call], dict[str, object]]:
    """What was read, in a field of this name."""
    return lambda call: {name: read(call), **beside}


def some(read: Callable[[Call], list[Row]], nothing: Refusal) -> Callable[[Call], list[Row]]:
    """A read that is refused where there are no rows."""

    def rows(call: Call) -> list[Row]:
        found = read(call)
        if not found:
            raise nothing.refused()
        return found

    return rows


def asked(table: OrderTable, read: Callable[[Call], object]) -> Callable[[Call], object]:
    """A read of which the request says more: a GET in its address, a POST in its body, however empty that is."""

    def answer(call: Call) -> object:
        table.read(call.request.query if call.request.method == "GET" else call.given)
        return read(call)

    return answer


def log_out(call: Call) -> object:
    """Ends the token of the request."""
    call.session.ended = True
    return True


def holdings(shape: Shape[HoldingView], *, by_exchange: bool = True) -> Callable[[Call], list[Row]]:
    """`by_exchange`: a row for each exchange where a security lies, or one for all."""

    def read(call: Call) -> list[Row]:
        return [shape(one) for one in account_views.holdings(call.exchange, call.account, by_exchange=by_exchange)]

    return read


def positions(shape: Shape[PositionView], places: int) -> Callable[[Call], list[Row]]:
    """`places`: decimals of average prices."""
    return lambda call: [shape(view) for view in position_views.positions(call.exchange, call.account, places=places)]
