"""Read what a partner wrote into a basket that can be published, or say everything that is wrong with it."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from torana.baskets.models import WHOLE_WEIGHT, Benchmark, Constituent, Draft, Profile, Registration
from torana.baskets.schemas import WIRE_NAMES, BasketBody, ConstituentBody
from torana.kit.errors import ApiError
from torana.market.listing import NotTradable
from torana.market.models import EXCHANGES, Security
from torana.market.securities import current

MOST_CONSTITUENTS = 50
MOST_SHARES = 10_000_000
_FINEST = -6
"""Weights have at most six decimals."""
_ANCHOR = "basket"

_PROMISE = re.compile(
    r"\b(guarantee[ds]?|assured?|sure[ -]?shot|risk[ -]?free|promise[ds]?)\s+(\w+\s+){0,2}"
    r"(returns?|profits?|gains?|income)\b",
    re.IGNORECASE,
)


class Fault(StrEnum):
    """What can be wrong with a basket whose form is right. The value is the name on the wire."""

    WEIGHTS_NOT_ONE = "WeightsNotOne"
    WEIGHT = "WeightInvalid"
    SHARES = "SharesInvalid"
    MIXED = "WeightsAndSharesMixed"
    NUMBER = "ConstituentCount"
    TWICE = "ConstituentTwice"
    NOT_TRADABLE = "ConstituentNotTradable"
    PROMISE = "ReturnsPromised"
    REGISTRATION_ENDED = "RegistrationEnded"


Faults = list[tuple[Fault, str]]


def check_draft(body: BasketBody, today: date) -> Draft:
    """The basket that this body describes. `today` is the day in India.

    Raises `ApiError` (400) with every fault: `errors` holds their names, the message says what to mend.
    """
    faults: Faults = []
    constituents = check_constituents(body.constituents, faults)
    _check_texts(body, faults)
    ends = body.registration.valid_until
    if ends is not None and ends < today:
        faults.append((Fault.REGISTRATION_ENDED, f"registration.validUntil is past: {ends.isoformat()}"))
    if faults:
        raise ApiError(
            "; ".join(text for _, text in faults),
            anchor=_ANCHOR,
            errors=list(dict.fromkeys(f.value for f, _ in faults)),
        )
    return Draft(scid=body.scid, profile=_profile(body), constituents=constituents, active=body.active)


def check_constituents(bodies: list[ConstituentBody], faults: Faults) -> tuple[Constituent, ...]:
    """The constituents by symbol; what is wrong with them is appended to `faults`."""
    if not 1 <= len(bodies) <= MOST_CONSTITUENTS:
        faults.append((Fault.NUMBER, f"constituents must be 1 to {MOST_CONSTITUENTS}: there are {len(bodies)}"))
        return ()
    by_weight = [body.weight is not None for body in bodies]
    if any(by_weight) != all(by_weight) or any((body.weight is None) == (body.shares is None) for body in bodies):
        faults.append((Fault.MIXED, "constituents must all have a weight, or all have shares, and never both"))
        return ()
    found = [_constituent(at, body, faults) for at, body in enumerate(bodies)]
    listed = [each for each in found if each is not None]
    for isin, number in Counter(each.isin for each in listed).items():
        if number > 1:
            symbol = next(each.symbol for each in listed if each.isin == isin)
            faults.append((Fault.TWICE, f"constituents name {symbol} {number} times"))
    if all(by_weight) and not any(fault is Fault.WEIGHT for fault, _ in faults):
        total = sum((body.weight for body in bodies if body.weight is not None), Decimal())
        if total != 1:
            faults.append((Fault.WEIGHTS_NOT_ONE, f"the weights must sum to 1: they sum to {total}"))
    return tuple(sorted(listed, key=lambda each: each.symbol))


def _constituent(at: int, body: ConstituentBody, faults: Faults) -> Constituent | None:
    place = f"constituents[{at}]"
    weight = shares = None
    if body.weight is not None:
        weight = _millionths(body.weight)
        if weight is None:
            faults.append((Fault.WEIGHT, f"{place}.weight must be above 0, at most 1, with at most 6 decimals"))
            return None
    elif body.shares is not None:
        shares = body.shares
        if not 1 <= shares <= MOST_SHARES:
            faults.append((Fault.SHARES, f"{place}.shares must be 1 to {MOST_SHARES}"))
            return None
    security = _security(place, body, faults)
    if security is None:
        return None
    return Constituent(security.symbol, security.exchange, security.isin, weight, shares)


def _security(place: str, body: ConstituentBody, faults: Faults) -> Security | None:
    exchange = body.exchange.upper()
    if exchange not in EXCHANGES:
        faults.append((Fault.NOT_TRADABLE, f"{place}.exchange must be NSE or BSE"))
        return None
    found = current().resolve(body.ticker, exchange)
    if not isinstance(found, Security):
        why = {
            NotTradable.NOT_LISTED: f"is not listed on the {exchange}",
            NotTradable.OTHER_SERIES: "is nothing that an order can be for",
            NotTradable.OTHER_EXCHANGE: "is listed on the other exchange alone: name that exchange",
        }[found.why]
        faults.append((Fault.NOT_TRADABLE, f"{place}.ticker: {body.ticker[:30]!r} {why}"))
        return None
    if found.lot != 1:
        text = f"{place}.ticker: {found.symbol} is traded in lots of {found.lot}, a basket holds single shares"
        faults.append((Fault.NOT_TRADABLE, text))
        return None
    return found


def _millionths(weight: Decimal) -> int | None:
    """None for what is no weight. The exponent is looked at first: one from outside can be of any size."""
    if not weight.is_finite() or not 0 < weight <= 1:
        return None
    digits = weight.normalize()
    exponent = digits.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < _FINEST:
        return None
    return int(digits * WHOLE_WEIGHT)


def _check_texts(body: BasketBody, faults: Faults) -> None:
    """The rules forbid to promise returns."""
    for name in ("name", "short_description", "rationale"):
        if promise := _PROMISE.search(getattr(body, name)):
            faults.append(
                (Fault.PROMISE, f"{WIRE_NAMES[name]} promises returns, which the rules forbid: {promise[0]!r}")
            )


def _profile(body: BasketBody) -> Profile:
    same: dict[str, Any] = {
        name: getattr(body, name) for name in Profile.__struct_fields__ if name not in ("registration", "benchmark")
    }
    return Profile(
        registration=Registration(body.registration.number, body.registration.valid_until),
        benchmark=Benchmark(body.benchmark.name, body.benchmark.method),
        **same,
    )
