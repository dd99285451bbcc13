"""Everything that is listed, to be looked up by any of its names. One `Listing` never changes: a newer one takes its
place (`securities.use`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from torana.kit.letter_case import upper
from torana.market.models import BrokerCode, Kind, Security, SymbolChange
from torana.market.packaged import packaged_changes, packaged_dates, packaged_securities

_FIRST_SERIES = ("EQ", "BE", "BZ", "SM", "ST", "SZ")
"""Of several series of one symbol the first of these is meant."""
_OTHER_EXCHANGE = {"NSE": "BSE", "BSE": "NSE"}


class Origin(StrEnum):
    PACKAGED = "packaged"
    REFRESHED = "refreshed"


class NotTradable(StrEnum):
    """Why no order can be made of a ticker."""

    NOT_LISTED = "NOT_LISTED"
    OTHER_SERIES = "OTHER_SERIES"
    """Listed, and neither a share nor a unit of a fund or trust nor a gold bond."""
    OTHER_EXCHANGE = "OTHER_EXCHANGE"
    """Listed on the other exchange alone."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A ticker of which no order can be made; `security` is what it names, where it names one."""

    why: NotTradable
    security: Security | None = None


@dataclass(frozen=True)
class Listing:
    """The securities of both exchanges at one moment, and every broker's codes for them. Look-ups answer None for what
    is not listed, and leave out what no order can be for (`Kind.OTHER`) but for `resolve`, which says so."""

    dates: Mapping[str, date]
    """By exchange: the day whose list this is."""
    origin: Origin
    by_symbols: Mapping[str, Mapping[str, Security]] = field(repr=False)
    """By exchange and symbol."""
    _others: Mapping[tuple[str, str], Security] = field(repr=False)
    """By exchange and symbol, what no order can be for."""
    _by_isin: Mapping[tuple[str, str], Security] = field(repr=False)
    _by_token: Mapping[tuple[str, int], Security] = field(repr=False)
    _today: Mapping[str, str] = field(repr=False)
    """Old symbols of the NSE, and what they are called today."""
    _codes: Mapping[tuple[str, str, str], BrokerCode] = field(repr=False)
    _by_code: Mapping[tuple[str, str, str], Security] = field(repr=False)
    brokers: frozenset[str] = field(repr=False)
    """Whose codes are known."""

    def by_symbol(self, symbol: str, exchange: str = "NSE") -> Security | None:
        """The security of this symbol, or on the NSE of the one that it was renamed to.

        The case of the letters a to z does not matter, everything else does. A symbol that is traded today is itself,
        whoever had it before.
        """
        wanted = upper(symbol)
        listed = self.by_symbols.get(exchange, {})  # brokers name more exchanges than we know
        found = listed.get(wanted)
        if found is None and exchange == "NSE" and (today := self._today.get(wanted)) is not None:
            return listed.get(today)
        return found

    def by_isin(self, isin: str, exchange: str = "NSE") -> Security | None:
        return self._by_isin.get((exchange, isin))

    def by_token(self, exchange_token: int, exchange: str = "NSE") -> Security | None:
        return self._by_token.get((exchange, exchange_token))

    def by_bse_code(self, code: int) -> Security | None:
        return self._by_token.get(("BSE", code))

    def by_broker_code(self, broker: str, code: str, exchange: str = "NSE") -> Security | None:
        """The security that this broker calls so in its requests and answers."""
        return self._by_code.get((broker, exchange, code))

    def code_of(self, broker: str, isin: str, exchange: str = "NSE") -> BrokerCode | None:
        """What this broker calls a security; None where its file was not read or does not name it."""
        return self._codes.get((broker, exchange, isin))

    def codes_of(self, security: Security) -> list[BrokerCode]:
        """What every broker calls a security, by broker."""
        found = (self.code_of(broker, security.isin, security.exchange) for broker in sorted(self.brokers))
        return [code for code in found if code is not None]

    def all_of(self, name: str, exchange: str) -> list[Security]:
        """Whatever has this symbol, ISIN, token or code of any broker on this exchange."""
        found = [self.by_symbol(name, exchange), self.by_isin(upper(name), exchange)]
        if name.isascii() and name.isdecimal():
            found.append(self.by_token(int(name), exchange))
        found += [self.by_broker_code(broker, name, exchange) for broker in sorted(self.brokers)]
        return [one for one in found if one is not None]

    def resolve(self, ticker: str, exchange: str = "NSE") -> Security | Refused:
        """The security of this exchange that a partner's ticker means, or why an order cannot be for it. On the BSE its
        number is a ticker too."""
        if (found := self.by_symbol(ticker, exchange)) is not None:
            return found
        wanted = upper(ticker)
        if exchange == "BSE" and wanted.isascii() and wanted.isdecimal():
            coded = self.by_bse_code(int(wanted))
            return Refused(NotTradable.NOT_LISTED) if coded is None else coded
        if (other := self._others.get((exchange, wanted))) is not None:
            return Refused(NotTradable.OTHER_SERIES, other)
        if (elsewhere := self.by_symbol(wanted, _OTHER_EXCHANGE[exchange])) is not None:
            here = self.by_isin(elsewhere.isin, exchange)
            why = NotTradable.OTHER_EXCHANGE if here is None else NotTradable.NOT_LISTED
            return Refused(why, here or elsewhere)
        return Refused(NotTradable.NOT_LISTED)

    def counts(self) -> dict[str, int]:
        """How many tradable securities each exchange lists."""
        return {exchange: len(listed) for exchange, listed in self.by_symbols.items()}

    def codes(self) -> dict[str, int]:
        """How many codes of each broker are known."""
        counted: dict[str, int] = {}
        for broker, _, _ in self._codes:
            counted[broker] = counted.get(broker, 0) + 1
        return counted


def packaged() -> Listing:
    """The list that comes with the program."""
    return build(packaged_securities(), packaged_changes(), dates=packaged_dates(), origin=Origin.PACKAGED)


def build(
    securities: Iterable[Security],
    changes: Sequence[SymbolChange],
    codes: Iterable[BrokerCode] = (),
    *,
    dates: Mapping[str, date],
    origin: Origin,
) -> Listing:
    """Put the look-ups together. `changes` oldest first."""
    by_symbols: dict[str, dict[str, Security]] = {"NSE": {}, "BSE": {}}
    others: dict[tuple[str, str], Security] = {}
    by_isin: dict[tuple[str, str], Security] = {}
    by_token: dict[tuple[str, int], Security] = {}
    for security in sorted(securities, key=_precedence):
        if security.kind == Kind.OTHER:
            others.setdefault((security.exchange, security.symbol), security)
            continue
        by_symbols[security.exchange].setdefault(security.symbol, security)
        by_isin.setdefault((security.exchange, security.isin), security)
        by_token[security.exchange, security.exchange_token] = security
    known = {
        (code.broker, code.exchange, code.code): (code, by_isin[code.exchange, code.isin])
        for code in codes
        if (code.exchange, code.isin) in by_isin
    }
    return Listing(
        dates=dates,
        origin=origin,
        by_symbols=by_symbols,
        _others=others,
        _by_isin=by_isin,
        _by_token=by_token,
        _today=_renamed(by_symbols["NSE"], by_isin, changes),
        _codes={(code.broker, code.exchange, code.isin): code for code, _ in known.values()},
        _by_code={key: security for key, (_, security) in known.items()},
        brokers=frozenset(broker for broker, _, _ in known),
    )


def _precedence(security: Security) -> int:
    return _FIRST_SERIES.index(security.series) if security.series in _FIRST_SERIES else len(_FIRST_SERIES)


def _renamed(
    listed: Mapping[str, Security], by_isin: Mapping[tuple[str, str], Security], changes: Sequence[SymbolChange]
) -> dict[str, str]:
    """What every symbol that is not traded any more is called today: over the changes that were published, or else, of
    the packaged list, what has its ISIN now."""
    following: dict[str, list[SymbolChange]] = {}
    for change in changes:
        following.setdefault(change.old, []).append(change)
    today = {old: _last_name(old, following) for old in following if old not in listed}
    found = {old: new for old, new in today.items() if new in listed}
    for security in packaged_securities():
        if security.exchange == "NSE" and security.symbol not in listed:
            now = by_isin.get(("NSE", security.isin))
            if now is not None:
                found.setdefault(security.symbol, now.symbol)
    return found


def _last_name(symbol: str, following: Mapping[str, Sequence[SymbolChange]]) -> str:
    """Of several companies that had a symbol, the last one is meant; a change before its time was another company's."""
    change, seen = following[symbol][-1], {symbol}
    while change.new not in seen:
        seen.add(change.new)
        later = [one for one in following.get(change.new, ()) if one.since >= change.since]
        if not later:
            break
        change = later[0]
    return change.new
