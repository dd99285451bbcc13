"""What a partner sends to create a transaction, read into our words.

Liberal in what is taken: letter case of words does not matter, null is the same as absent, unknown keys are kept.
Strict where it is about money: a quantity is a JSON integer, a side is the whole word.

Pre-filled limit orders are our choice, for the interface's own names are not known: per security `orderType`
(`MARKET` or `LIMIT`) and `price` (rupees); a price without an `orderType` means LIMIT.
"""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from torana.connectors.contract import OrderType, Side
from torana.kit.errors import ApiError
from torana.kit.json_input import InvalidJson, read_json
from torana.kit.money import Paise, paise, rupees
from torana.kit.words import upper
from torana.market.listing import NotTradable, Refused
from torana.market.securities import Security, current, list_date
from torana.transactions.models import Intent, Line, OrderConfig

_Word = TypeVar("_Word", bound=StrEnum)

MOST_BYTES = 256 * 1024
MOST_LINES = 100
MOST_SHARES = 10_000_000
HIGHEST_PRICE: Paise = 1_00_00_000_00
"""One crore rupees a share."""
LONGEST_NOTES = 256

OTHER_INTENTS = frozenset(
    {
        "HOLDINGS_IMPORT",
        "MF_HOLDINGS_IMPORT",
        "FETCH_FUNDS",
        "AUTHORISE_HOLDINGS",
        "SIP_SETUP",
        "IMR_SETUP",
        "CANCEL_AMO",
        "CANCEL_ORDER",
        "SUBSCRIPTION",
        "ONBOARDING",
    }
)
"""What the interface knows and this version does not do."""
OTHER_ORDERS = frozenset(
    {
        "BUY",
        "INVESTMORE",
        "FIX",
        "REPAIR",
        "REBALANCE",
        "SIP",
        "MANAGE",
        "EXIT",
        "PARTIALEXIT",
        "DUMMY",
        "RECONCILIATION",
    }
)
_MOST_BRACKETS = 1000
_DEEPEST = 32
_LARGEST_INTEGER = 2**63
_PRICE = re.compile(r"\d{1,8}(\.\d{1,2})?")
_BODY_KEYS = frozenset({"intent", "orderConfig", "notes"})
_CONFIG_KEYS = frozenset({"type", "securities", "meta", "notes"})
_SECURITY_KEYS = frozenset({"ticker", "quantity", "type", "orderType", "price", "exchange"})


class Wanted(msgspec.Struct, frozen=True):
    """What a create asks for, in our words. `extra` is what we do not know, by place: `body`, `orderConfig`,
    `orderConfig.securities[0]` …"""

    intent: Intent
    order_config: OrderConfig | None
    notes: str | None
    extra: dict[str, Any]


class _Faults(list[str]):
    """Every fault of a body, so that a developer mends them all at once."""

    def raise_if_any(self) -> None:
        if self:
            more = f" (and {len(self) - 1} more, see errors)" if len(self) > 1 else ""
            raise ApiError(self[0] + more, errors=self)


def read_create(body: bytes) -> Wanted:
    """A create's body in our words. Raises `ApiError` (400) that lists everything that is wrong with it."""
    given = _read_json(body)
    faults = _Faults()
    intent = _intent(given.get("intent"))
    config = given.get("orderConfig")
    extra: dict[str, Any] = {}
    _keep_unknown(extra, "body", given, _BODY_KEYS)
    order_config = None
    if intent is Intent.TRANSACTION:
        if not isinstance(config, dict):
            raise ApiError('orderConfig is missing: {"type": "SECURITIES", "securities": [{"ticker": "…"}]}')
        order_config = _order_config(config, extra, faults)
    elif config not in (None, {}):
        faults.append("orderConfig has no place in a CONNECT: leave it out")
    notes = _notes(given, config, faults)
    faults.raise_if_any()
    return Wanted(intent, order_config, notes, _storable(extra))


def _read_json(body: bytes) -> dict[str, Any]:
    if body.count(b"{") + body.count(b"[") > _MOST_BRACKETS:
        raise ApiError(f"The body holds more than {_MOST_BRACKETS} objects and lists")
    try:
        given = read_json(body, _decoder)
    except InvalidJson as error:
        raise ApiError(f"The body must be JSON: {error}") from None
    if not isinstance(given, dict):
        raise ApiError("The body must be a JSON object")
    return given


_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


def _intent(given: object) -> Intent:
    word = upper(given) if isinstance(given, str) else ""
    if word in Intent.__members__:
        return Intent(word)
    if word in OTHER_INTENTS:
        raise ApiError(
            f"The intent {word} is not supported by this version: it takes CONNECT and TRANSACTION",
            anchor="not-supported",
            errors=("InvalidIntent",),
        )
    raise ApiError("intent must be CONNECT or TRANSACTION", errors=("InvalidIntent",))


def _notes(given: Mapping[str, Any], config: object, faults: _Faults) -> str | None:
    both = [given.get("notes"), config.get("notes") if isinstance(config, dict) else None]
    for notes in both:
        if notes is not None and not (isinstance(notes, str) and len(notes) <= LONGEST_NOTES):
            faults.append(f"notes must be a text of at most {LONGEST_NOTES} characters")
    return both[1] if both[0] is None else both[0]


def _order_config(config: dict[str, Any], extra: dict[str, Any], faults: _Faults) -> OrderConfig:
    _check_kind(config.get("type"))
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
    _keep_unknown(extra, "orderConfig", config, _CONFIG_KEYS)
    for at, security in enumerate(securities):
        _keep_unknown(extra, f"orderConfig.securities[{at}]", security, _SECURITY_KEYS)
    return OrderConfig(lines, _storable(meta or {}))


def _check_kind(kind: object) -> None:
    word = upper(kind) if isinstance(kind, str) else ""
    if word == "SECURITIES":
        return
    if word in OTHER_ORDERS:
        raise ApiError(
            f"Orders of type {word} are not supported by this version: it takes SECURITIES", anchor="not-supported"
        )
    raise ApiError("orderConfig.type must be SECURITIES")


def _check_shape(key: str, present: list[bool], faults: _Faults) -> None:
    if any(present) and not all(present):
        faults.append(
            f"{key} must be given for every security or for none: "
            f"orderConfig.securities[{present.index(not present[0])}] differs from the first"
        )


def _line(place: str, given: object, faults: _Faults) -> Line:
    if not isinstance(given, dict):
        faults.append(f"{place} must be an object with a ticker")
        return Line("")
    order_type, limit_price = _pricing(place, given, faults)
    quantity = _quantity(place, given.get("quantity"), faults)
    security = _security(place, given.get("ticker"), faults)
    if security is not None:
        _check_steps(place, security, quantity, limit_price, faults)
    _check_exchange(place, given.get("exchange"), security, faults)
    return Line(
        symbol="" if security is None else security.symbol,
        quantity=quantity,
        side=_word(f"{place}.type", given.get("type"), Side, faults),
        order_type=order_type,
        limit_price=limit_price,
    )


def _security(place: str, ticker: object, faults: _Faults) -> Security | None:
    """The security of a ticker, an old one too; None when no order can be for it."""
    if not isinstance(ticker, str):
        faults.append(f"{place}.ticker must be an NSE symbol such as TCS: it is missing or no text")
        return None
    found = current().resolve(ticker)
    if isinstance(found, Security):
        return found
    faults.append(f"{place}.ticker must be an NSE symbol such as TCS: {ticker[:30]!r} {_why_not(found)}")
    return None


def _why_not(refused: Refused) -> str:
    day, security = list_date(), refused.security
    if refused.why is NotTradable.OTHER_SERIES and security is not None:
        return (
            f"is {security.name} of series {security.series}, and orders are for shares and units of funds and trusts"
        )
    if refused.why is NotTradable.BSE_ONLY and security is not None:
        return f"is {security.name}, which is listed on the BSE only ({security.bse_code}): orders go to the NSE"
    missing = f"is not in this installation's list of {day.day} {day:%B %Y}"
    return missing if security is None else f"{missing}: what the BSE calls so is {security.symbol} on the NSE"


def _check_exchange(place: str, given: object, security: Security | None, faults: _Faults) -> None:
    if given is None or (isinstance(given, str) and upper(given) == "NSE"):
        return
    asked_for_bse = isinstance(given, str) and upper(given) == "BSE"
    why = "this version places no orders on the BSE" if asked_for_bse else "orders go to the NSE"
    same = f", where {security.symbol} is listed too" if asked_for_bse and security is not None else ""
    faults.append(f"{place}.exchange must be NSE{same}: {why}")


def _check_steps(place: str, security: Security, quantity: int | None, price: Paise | None, faults: _Faults) -> None:
    tick, lot = security.tick, security.lot
    if price is not None and price % tick:
        steps = f"a multiple of {rupees(tick):.2f}, the tick of {security.symbol}"
        faults.append(f"{place}.price must be {steps}: {rupees(security.nearest_price(price)):.2f} is near")
    if quantity is not None and quantity % lot:
        faults.append(f"{place}.quantity must be a multiple of {lot}, the lot of {security.symbol}")


def _quantity(place: str, given: object, faults: _Faults) -> int | None:
    """JSON has one kind of number: 3, 3.0 and 3e0 are the same."""
    if given is None:
        return None
    number = given if isinstance(given, int | Decimal) and not isinstance(given, bool) else Decimal()
    if not 1 <= number <= MOST_SHARES or number != int(number):
        faults.append(f"{place}.quantity must be a whole number of shares, 1 to {MOST_SHARES}")
        return None
    return int(number)


def _word(place: str, given: object, kind: type[_Word], faults: _Faults) -> _Word | None:
    if given is None:
        return None
    word = upper(given) if isinstance(given, str) else ""
    if word not in kind.__members__:
        faults.append(f"{place} must be {' or '.join(kind.__members__)}")
        return None
    return kind[word]


def _pricing(place: str, given: dict[str, Any], faults: _Faults) -> tuple[OrderType, Paise | None]:
    price = given.get("price")
    order_type = _word(f"{place}.orderType", given.get("orderType"), OrderType, faults)
    if order_type is OrderType.MARKET or (order_type is None and price is None):
        if price not in (None, 0):
            faults.append(f"{place}.price has no place in a MARKET order: leave it out or set orderType to LIMIT")
        return OrderType.MARKET, None
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


def _keep_unknown(extra: dict[str, Any], place: str, given: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = {key: value for key, value in given.items() if key not in known}
    if unknown:
        extra[place] = unknown


def _storable(value: Any, depth: int = 0) -> Any:
    """The same JSON with numbers that every reader takes: nobody counts money with what we do not know. A number that
    is too large for them is kept as the text that it was."""
    if depth > _DEEPEST:
        raise ApiError(f"The body is nested deeper than {_DEEPEST} levels")
    if isinstance(value, dict):
        return {key: _storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    if isinstance(value, Decimal) or (isinstance(value, int) and abs(value) >= _LARGEST_INTEGER):
        number = float(Decimal(value))
        return number if math.isfinite(number) else str(value)
    return value
