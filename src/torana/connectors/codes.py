"""By which names an instrument goes out to a broker: those of the broker's own list, and never guessed ones."""

from dataclasses import replace
from enum import StrEnum

from torana.connectors.contract import Instrument, OrderRequest, Reason, Rejected
from torana.connectors.instrument_files import instrument_files
from torana.market.models import BrokerCode, Security
from torana.market.securities import current, find


class Unnamed(StrEnum):
    """Why a broker cannot be told of a security."""

    NOT_LISTED = "NOT_LISTED"
    """The broker's list does not have it."""
    LIST_NOT_READ = "LIST_NOT_READ"
    """Nobody has read the broker's list yet."""


def code_at(broker: str, mode: str, security: Security) -> BrokerCode | Unnamed:
    """What the broker calls a security. A simulated broker whose file was not read lists what the packaged list holds,
    under the names that the broker documents; one that publishes no file is told the exchange's own."""
    listing = current()
    if broker in listing.brokers:
        return listing.code_of(broker, security.isin, security.exchange) or Unnamed.NOT_LISTED
    file = next((one for one in instrument_files() if one.broker == broker), None)
    if file is not None and mode != "test":
        return Unnamed.LIST_NOT_READ
    code, symbol = (str(security.exchange_token), security.symbol) if file is None else file.names(security)
    return BrokerCode(broker, security.exchange, security.isin, code, symbol)


def named(instrument: Instrument, broker: str, mode: str) -> Instrument:
    """The instrument with the broker's names for it, if it had none. Raises `Rejected`: the broker lacks it."""
    if instrument.code:
        return instrument
    security = find(instrument.symbol, instrument.exchange)
    code = Unnamed.NOT_LISTED if security is None else code_at(broker, mode, security)
    if isinstance(code, Unnamed):
        raise Rejected("this security is not in the broker's list", reason=Reason.INSTRUMENT_NOT_TRADABLE)
    return replace(instrument, code=code.code, listed_as=code.symbol)


def with_names(order: OrderRequest, broker: str, mode: str) -> OrderRequest:
    """See `named`. For an order that was confirmed before its names were kept."""
    instrument = named(order.instrument, broker, mode)
    return order if instrument is order.instrument else replace(order, instrument=instrument)
