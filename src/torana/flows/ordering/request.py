"""Reading the orders that a partner asks for. Strict where it is about money: a quantity is a JSON integer, a side is
the whole word.

Pre-filled limit orders are our choice, for the interface's own names are not known: per security `orderType`
(`MARKET` or `LIMIT`) and `price` (rupees); a price without an `orderType` means LIMIT.
"""

import re
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from torana.connectors.contract import OrderType, Side
from torana.flows.ordering.models import DEFAULT_EXCHANGE, HIGHEST_PRICE, MOST_LINES, MOST_SHARES, Line, OrderConfig
from torana.flows.ordering.schemas import OrderConfigBody, SecurityBody
from torana.kit.errors import ApiError
from torana.kit.letter_case import upper
from torana.kit.money import Paise, paise, rupees
from torana.market.listing import NotTradable, Refused
from torana.market.models import EXCHANGES
from torana.market.securities import Security, current, list_date
from torana.transactions.reading import Faults, keep_unknown, storable

_Word = TypeVar("_Word", bound=StrEnum)

_PRICE = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")
_CONFIG_KEYS = frozenset(OrderConfigBody.__struct_encode_fields__)
_SECURITY_KEYS = frozenset(SecurityBody.__struct_encode_fields__)


def read_order_config(config: dict[str, Any], extra: dict[str, Any], faults: Faults) -> OrderConfig:
    """What an `orderConfig` of type SECURITIES asks for. Raises `ApiError` (400)."""
    securities = config.get("securities")
    if not isinstance(securities, list) or not 1 <= len(securities) <= MOST_LINES:
        raise ApiError(f"orderConfig.securities must list 1 to {MOST_LINES} securities")
    meta = config.get("meta")
    if meta is not None and not isinstance(meta, dict):
        faults.append("orderConfig.meta must be an object")
        meta = None
    lines = [_line(f"orderConfig.securities[{at}]", security, faults) for at, security in enumerate(securities)]
    faults.raise_if_any()
    _check_shape("type", [line.side is not None for line in lines], faults)
    _check_shape("quantity", [line.quantity is not None for line in lines], faults)
    keep_unknown(extra, "orderConfig", config, _CONFIG_KEYS)
    for at, security in enumerate(securities):
        keep_unknown(extra, f"orderConfig.securities[{at}]", security, _SECURITY_KEYS)
    return OrderConfig(lines, storable(meta or {}))


def _check_shape(key: str, present: list[bool], faults: Faults) -> None:
    if any(present) and not all(present):
        faults.append(
            f"{key} must be given for every security or for none: "
            f"orderConfig.securities[{present.index(not present[0])}] differs from the first"
        )


def _line(place: str, given: object, faults: Faults) -> Line:
    if not isinstance(given, dict):
        faults.append(f"{place} must be an object with a ticker")
        return Line("")
    order_type, limit_price = _pricing(place, given, faults)
    quantity = _quantity(place, given.get("quantity"), faults)
    exchange = _exchange(place, given.get("exchange"), faults)
    security = None if exchange is None else _security(place, given.get("ticker"), exchange, faults)
    if security is not None:
        _check_steps(place, security, quantity, limit_price, faults)
    return Line(
        symbol="" if security is None else security.symbol,
        quantity=quantity,
        side=_word(f"{place}.type", given.get("type"), Side, faults),
        order_type=order_type,
        limit_price=limit_price,
        exchange=exchange or DEFAULT_EXCHANGE,
    )


def _exchange(place: str, given: object, faults: Faults) -> str | None:
    """None for one that there is not."""
    if given is None:
        return DEFAULT_EXCHANGE
    exchange = upper(given) if isinstance(given, str) else ""
    if exchange not in EXCHANGES:
        faults.append(f"{place}.exchange must be NSE or BSE, or left out for the NSE")
        return None
    return exchange


def _security(place: str, ticker: object, exchange: str, faults: Faults) -> Security | None:
    """The security of a ticker, an old one too; None when no order can be for it."""
    such = "an NSE symbol such as TCS" if exchange == "NSE" else "a BSE symbol or number such as TCS or 532540"
    if not isinstance(ticker, str):
        faults.append(f"{place}.ticker must be {such}: it is missing or no text")
        return None
    found = current().resolve(ticker, exchange)
    if isinstance(found, Security):
        return found
    faults.append(f"{place}.ticker must be {such}: {ticker[:30]!r} {_why_not(found, exchange)}")
    return None


def _why_not(refused: Refused, exchange: str) -> str:
    day, security = list_date(exchange), refused.security
    if refused.why is NotTradable.OTHER_SERIES and security is not None:
        return (
            f"is {security.name} of series {security.series}, and orders are for shares and units of funds and trusts"
        )
    if refused.why is NotTradable.OTHER_EXCHANGE and security is not None:
        there = security.exchange
        number = f" ({security.bse_code})" if there == "BSE" else ""
        ask = "give the exchange BSE" if there == "BSE" else "leave the exchange out"
        return f"is {security.name}, which is listed on the {there} only{number}: {ask} to order it there"
    missing = f"is not in this installation's list of {day.day} {day:%B %Y}"
    if security is None:
        return missing
    return (
        f"{missing}: what the {'BSE' if exchange == 'NSE' else 'NSE'} calls so is {security.symbol} on the {exchange}"
    )


def _check_steps(place: str, security: Security, quantity: int | None, price: Paise | None, faults: Faults) -> None:
    tick, lot = security.tick, security.lot
    if price is not None and price % tick:
        steps = f"a multiple of {rupees(tick):.2f}, the tick of {security.symbol}"
        faults.append(f"{place}.price must be {steps}: {rupees(security.nearest_price(price)):.2f} is near")
    if quantity is not None and quantity % lot:
        faults.append(f"{place}.quantity must be a multiple of {lot}, the lot of {security.symbol}")


def _quantity(place: str, given: object, faults: Faults) -> int | None:
    """JSON has one kind of number: 3, 3.0 and 3e0 are the same."""
    if given is None:
        return None
    number = given if isinstance(given, int | Decimal) and not isinstance(given, bool) else Decimal()
    if not 1 <= number <= MOST_SHARES or number != int(number):
        faults.append(f"{place}.quantity must be a whole number of shares, 1 to {MOST_SHARES}")
        return None
    return int(number)


def _word(place: str, given: object, kind: type[_Word], faults: Faults) -> _Word | None:
    if given is None:
        return None
    word = upper(given) if isinstance(given, str) else ""
    if word not in kind.__members__:
        faults.append(f"{place} must be {' or '.join(kind.__members__)}")
        return None
    return kind[word]


def _pricing(place: str, given: dict[str, Any], faults: Faults) -> tuple[OrderType | None, Paise | None]:
    price = given.get("price")
    order_type = _word(f"{place}.orderType", given.get("orderType"), OrderType, faults)
    if order_type is OrderType.MARKET or (order_type is None and price is None):
        if price not in (None, 0):
            faults.append(f"{place}.price has no place in a MARKET order: leave it out or set orderType to LIMIT")
        return order_type, None
    try:
        in_paise = _price(price)
    except ValueError:
        faults.append(f"{place}.price must be rupees above 0, at most {rupees(HIGHEST_PRICE)}, with at most 2 decimals")
        return OrderType.MARKET, None
    return OrderType.LIMIT, in_paise


def _price(given: object) -> Paise:
    if isinstance(given, bool) or not isinstance(given, int | Decimal | str):
        raise ValueError
    if isinstance(given, str) and _PRICE.fullmatch(given) is None:
        raise ValueError
    amount = paise(given)
    if not 0 < amount <= HIGHEST_PRICE:
        raise ValueError
    return amount
