"""Funds, holdings, positions, quotes and the instruments file: what Kite lets an app read beside orders."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache

from torana.market.models import Security
from torana.sandbox import account_views, instrument_files, position_views, quote_views
from torana.sandbox.account_views import FundsView
from torana.sandbox.call import Call
from torana.sandbox.kite import wire
from torana.sandbox.kite.errors import input_error
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.securities import EXCHANGES
from torana.sandbox.web import Response
from torana.sandbox.wire import Shape

_NOTHING = FundsView(Decimal(0), Decimal(0), Decimal(0))


def margins(call: Call) -> object:
    funds = account_views.funds(call.exchange, call.account)
    both = {"equity": wire.SEGMENT(funds), "commodity": wire.SEGMENT(_NOTHING)}
    segment = call.path.get("segment")
    if segment is not None and segment not in both:
        raise input_error("Invalid `segment`.")
    return both if segment is None else both[segment]


def holdings(call: Call) -> object:
    today = {"authorised_date": f"{wire.STYLE.moment_text(call.exchange.now())[:10]} 00:00:00"}
    return [wire.HOLDING(view) | today for view in account_views.holdings(call.exchange, call.account)]


def positions(call: Call) -> object:
    """The day's trades by security; for delivery `net` and `day` are the same."""
    day = [wire.POSITION(view) for view in position_views.positions(call.exchange, call.account, places=4)]
    return {"net": day, "day": day}


def quotes(shape: Shape[QuoteView], largest: int) -> Callable[[Call], object]:
    """Quotes of at most so many instruments."""
    return lambda call: {key: shape(quote_views.quote(call.exchange, one)) for key, one in _known(call, largest)}


def _known(call: Call, largest: int) -> Iterator[tuple[str, Security]]:
    """What an exchange lists; the others are missing from the answer without a word."""
    keys = [value for name, value in call.request.query_pairs if name == "i"]
    if not keys:
        raise input_error("Missing `i`.")
    if len(keys) > largest:
        raise input_error(f"At most {largest} instruments can be asked for at once.")
    for key in keys:
        exchange, _, name = key.partition(":")
        if (security := wire.securities().get((exchange, name))) is not None:
            yield key, security


def instruments(call: Call) -> Response:
    exchange = call.path.get("exchange")
    if exchange not in (None, *EXCHANGES):
        raise input_error("Only NSE and BSE are simulated.")
    return Response(200, _file(exchange), "text/csv", [("content-encoding", "gzip")])


@cache
def _file(exchange: str | None) -> bytes:
    wanted = EXCHANGES if exchange is None else (exchange,)
    return instrument_files.as_csv(instrument_files.rows(wire.INSTRUMENT, wanted))
