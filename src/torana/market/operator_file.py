"""The operator's own file: securities that the lists lack, figures that they have wrong, symbols renamed since."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import msgspec

from torana.kit.errors import ConfigurationError
from torana.market.models import EXCHANGES, Kind, Security, SymbolChange
from torana.market.series import is_isin, kind_of


class _Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[instruments]]`: which one, and what is said of it."""

    symbol: str
    exchange: str = "NSE"
    name: str | None = None
    isin: str | None = None
    series: str | None = None
    tick_paise: int | None = None
    lot: int | None = None
    exchange_token: int | None = None
    kind: Kind | None = None
    freeze_quantity: int | None = None


class _Renamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    old: str
    new: str
    since: date


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    instruments: list[_Correction] = []
    renamed: list[_Renamed] = []


@dataclass(frozen=True, slots=True)
class Corrections:
    """What the operator adds and corrects."""

    of: Sequence[_Correction] = ()
    renamed: Sequence[_Renamed] = ()

    def applied(self, securities: Iterable[Security]) -> list[Security]:
        """The list with the corrections in it. Raises `ConfigurationError` for a security that is new and not whole."""
        listed = {(one.exchange, one.symbol): one for one in securities}
        unmatched = [one for one in self.of if (one.exchange, one.symbol) not in listed]
        for one in self.of:
            if (before := listed.get((one.exchange, one.symbol))) is not None:
                listed[one.exchange, one.symbol] = _corrected(before, one)
        return [*listed.values(), *(_added(one) for one in unmatched)]

    def changes(self, published: Sequence[SymbolChange]) -> list[SymbolChange]:
        """The renamings with the operator's among them, oldest first."""
        own = [SymbolChange(one.old, one.new, one.since) for one in self.renamed]
        return sorted([*published, *own], key=lambda change: change.since)


def read_corrections(path: Path) -> Corrections:
    """Raises `ConfigurationError` when the file cannot be used."""
    try:
        given = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
        for one in given.instruments:
            _check(one)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as error:
        raise ConfigurationError(f"cannot use the instruments in {path}: {error}") from None
    return Corrections(given.instruments, given.renamed)


def _check(one: _Correction) -> None:
    place = f"{one.exchange}:{one.symbol}"
    if one.exchange not in EXCHANGES:
        raise ValueError(f"{place}: there is no exchange {one.exchange!r}")
    if one.isin is not None and not is_isin(one.isin):
        raise ValueError(f"{place}: {one.isin!r} is no ISIN")
    for name in ("tick_paise", "lot", "exchange_token", "freeze_quantity"):
        value = getattr(one, name)
        if value is not None and value <= 0:
            raise ValueError(f"{place}: {name} must be above zero")


def _corrected(before: Security, one: _Correction) -> Security:
    series = one.series or before.series
    isin = one.isin or before.isin
    return replace(
        before,
        name=one.name or before.name,
        isin=isin,
        series=series,
        tick=one.tick_paise or before.tick,
        lot=one.lot or before.lot,
        exchange_token=one.exchange_token or before.exchange_token,
        kind=one.kind or (before.kind if one.series is None else kind_of(before.exchange, series, isin)),
        freeze_quantity=one.freeze_quantity or before.freeze_quantity,
    )


def _added(one: _Correction) -> Security:
    if one.name is None or one.isin is None or one.series is None or one.tick_paise is None:
        raise ConfigurationError(_incomplete(one))
    if one.lot is None or one.exchange_token is None:
        raise ConfigurationError(_incomplete(one))
    return Security(
        symbol=one.symbol,
        name=one.name,
        isin=one.isin,
        series=one.series,
        tick=one.tick_paise,
        lot=one.lot,
        exchange_token=one.exchange_token,
        kind=one.kind or kind_of(one.exchange, one.series, one.isin),
        freeze_quantity=one.freeze_quantity,
        exchange=one.exchange,
        bse_code=one.exchange_token if one.exchange == "BSE" else None,
    )


def _incomplete(one: _Correction) -> str:
    return (
        f"{one.exchange}:{one.symbol} is not in the list: TORANA_INSTRUMENTS_FILE must give its name, isin, series, "
        "tick_paise, lot and exchange_token"
    )
