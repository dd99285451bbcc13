"""The lines of a basket between what the partner fixed and what the investor fills in."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import TypeVar

import msgspec

from torana.connectors.codes import Unnamed, code_at
from torana.connectors.contract import Capabilities, Instrument, OrderType, Side, Variety
from torana.flows.account import price_key
from torana.flows.ordering.models import HIGHEST_PRICE, MOST_SHARES, Line
from torana.kit.money import Paise, paise
from torana.market.securities import Security, find
from torana.orders.market_price import limit_beyond
from torana.orders.models import ConfirmedLine
from torana.pages.texts.keys import ProblemTexts, Texts
from torana.pages.texts.languages import ENGLISH
from torana.partners.models import Mode
from torana.transactions.models import Transaction

T = TypeVar("T")

FAR_PERCENT = 20
"""How far, in percent of the last price, a limit may be from it without a word. The widest price band in which the NSE
lets a share without derivatives move within a day is 20 %."""
_PRICE = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
"""In paise."""
_QUANTITY = re.compile(r"[0-9]{1,9}", re.ASCII)
_FUNDS = re.compile(r"-?[0-9]{1,14}", re.ASCII)
"""In paise; an account may owe."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One line on the review: the partner's words, the security, what is open. `number` counts from 1."""

    number: int
    line: Line
    security: Security
    limit_open: bool
    largest: int | None = None
    """Most shares in one order, None where no limit is known."""
    code: str = ""
    """What the broker calls the security in requests, and (`listed_as`) in its list."""
    listed_as: str = ""
    takes_market: bool = True
    """Whether this broker takes market orders in any way."""
    market_percent: Decimal | None = None
    """How far from the price that was shown a market order goes, where it is sent as a limit."""

    @property
    def limit_required(self) -> bool:
        says_limit = self.line.order_type is OrderType.LIMIT or not self.takes_market
        return says_limit and self.line.limit_price is None

    @property
    def needs_price(self) -> bool:
        """Whether it can only be placed from a price that was shown, unless a limit is entered."""
        return self.market_percent is not None and self.line.limit_price is None

    def worst_price(self, side: Side, shown: Paise) -> Paise | None:
        """The limit that a market order is sent with; None where it is sent as one."""
        if self.market_percent is None:
            return None
        return limit_beyond(shown, side, self.market_percent, self.security.tick)

    @property
    def is_fixed(self) -> bool:
        """Whether the partner fixed both side and quantity."""
        return self.line.side is not None and self.line.quantity is not None

    @property
    def instrument(self) -> Instrument:
        security = self.security
        return Instrument(security.exchange, security.symbol, security.isin, self.code, self.listed_as)

    @property
    def price_key(self) -> str:
        """Under which its last price is found."""
        return price_key(self.security.exchange, self.security.symbol)


@dataclass(frozen=True, slots=True)
class Entered:
    """A line as far as it is known: what the partner fixed, and what the investor has typed, where it can be read."""

    side: Side | None
    quantity: int | None
    limit: Paise | None
    limit_known: bool
    """False when a limit price is missing, or cannot be read."""

    @property
    def known(self) -> bool:
        return self.side is not None and self.quantity is not None and self.limit_known

    def amount(self, last: Paise | None) -> Paise | None:
        """What the line costs or brings at its limit, else at the last price; None when that is not known."""
        price = self.limit if self.limit is not None else last
        return None if self.quantity is None or price is None or not self.limit_known else price * self.quantity

    def is_far(self, last: Paise | None) -> bool:
        """Whether the limit is so far from the last price that it may be a slip."""
        if self.limit is None or last is None or not self.limit_known:
            return False
        return abs(self.limit - last) * 100 > last * FAR_PERCENT


class Part(StrEnum):
    """A field of a line, and how the names of its inputs begin."""

    SIDE = "side"
    QUANTITY = "quantity"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with a line, in words, and with which of its fields; `part` None: with none alone."""

    text: str
    part: Part | None = None


class _Wrong(ValueError):
    """A field that cannot be used."""

    def __init__(self, text: str, part: Part | None = None) -> None:
        super().__init__(text)
        self.problem = LineProblem(text, part)


@dataclass(slots=True)
class Filled:
    """What came of the investor's input: the lines, or what is wrong with them, by line number."""

    lines: list[ConfirmedLine] = field(default_factory=list)
    problems: dict[int, LineProblem] = field(default_factory=dict)


class UnknownSecurity(Exception):
    """A symbol that the partner asked for is not, or no longer, one that we know."""


class NotAtBroker(Exception):
    """The broker cannot be told of a security; see `unnamed_at`."""


def drafts_of(lines: Sequence[Line], capabilities: Capabilities, mode: Mode) -> list[Draft]:
    """The lines as they are asked for. Raises `UnknownSecurity` and `NotAtBroker`."""
    return [_draft(number, line, capabilities, mode) for number, line in enumerate(lines, 1)]


def _draft(number: int, line: Line, capabilities: Capabilities, mode: Mode) -> Draft:
    security = _security(line)
    code = code_at(capabilities.broker, mode, security)
    if isinstance(code, Unnamed):
        raise NotAtBroker
    return Draft(
        number,
        line,
        security,
        limit_open=OrderType.LIMIT in capabilities.order_types and line.limit_price is None,
        largest=_largest(security.freeze_quantity, capabilities.largest_order, code.largest_order),
        code=code.code,
        listed_as=code.symbol,
        takes_market=OrderType.MARKET in capabilities.order_types,
        market_percent=capabilities.market_percent,
    )


def unnamed_at(broker: str, mode: Mode, lines: Sequence[Line]) -> list[tuple[Security, Unnamed]]:
    """The securities that this broker cannot be told of, each with the reason. Raises `UnknownSecurity`."""
    securities = list(dict.fromkeys(_security(line) for line in lines))
    found = ((security, code_at(broker, mode, security)) for security in securities)
    return [(security, why) for security, why in found if isinstance(why, Unnamed)]


def review_hash(
    transaction: Transaction,
    lines: Sequence[Line],
    session_id: str,
    variety: Variety,
    prices: Mapping[int, Paise] = MappingProxyType({}),
) -> bytes:
    """What a review shows, in 32 bytes: the lines before the investor's part, the account, as what the orders would be
    placed, and the prices by line number from which market orders get their limits."""
    shown = [transaction.transaction_id, session_id, variety, lines, *sorted(prices.items())]
    return sha256(msgspec.json.encode(shown)).digest()


def prices_for(drafts: Sequence[Draft], prices: Mapping[str, Paise] | None) -> dict[int, Paise]:
    """The prices, by line number, from which market orders get their limits, as far as they are known by their key."""
    return last_prices([one for one in drafts if one.needs_price], prices)


def prices_shown(drafts: Sequence[Draft], form: Mapping[str, str]) -> dict[int, Paise]:
    """The same as a form brings them back. That they are what was shown its hash proves."""
    given = {one.number: form.get(f"price-{one.number}", "") for one in drafts if one.needs_price}
    return {number: int(text) for number, text in given.items() if _PRICE.fullmatch(text)}


def last_prices(drafts: Sequence[Draft], prices: Mapping[str, Paise] | None) -> dict[int, Paise]:
    """The last prices by line number, as far as they are known by their key."""
    known = {one.number: (prices or {}).get(one.price_key) for one in drafts}
    return {number: price for number, price in known.items() if price is not None}


def last_prices_shown(drafts: Sequence[Draft], query: Mapping[str, str]) -> dict[int, Paise]:
    """The same as an open page tells them, for an estimate that it alone is shown."""
    given = {one.number: query.get(f"last-{one.number}", "") for one in drafts}
    return {number: int(text) for number, text in given.items() if _PRICE.fullmatch(text)}


def funds_shown(query: Mapping[str, str]) -> Paise | None:
    """The funds as an open page tells them, likewise. None: the broker did not tell them."""
    given = query.get("available", "")
    return int(given) if _FUNDS.fullmatch(given) else None


def sums_of(
    drafts: Sequence[Draft], known: Sequence[Entered], prices: Mapping[int, Paise]
) -> Mapping[Side, Paise] | None:
    """What the lines cost and bring at their limits, else at the last prices by line number. None where a part is not
    known."""
    sums = dict.fromkeys(Side, 0)
    for draft, one in zip(drafts, known, strict=True):
        amount = one.amount(prices.get(draft.number))
        if one.side is None or amount is None:
            return None
        sums[one.side] += amount
    return sums


def fill_in(
    drafts: Sequence[Draft],
    typed: Mapping[str, str],
    texts: Texts,
    prices: Mapping[int, Paise] = MappingProxyType({}),
) -> Filled:
    """The lines as the investor wants them. What the partner fixed is not read from the form. `prices` are those that
    were shown, by line number."""
    filled = Filled()
    for draft in drafts:
        try:
            filled.lines.append(_filled(draft, typed, texts.problem, prices.get(draft.number)))
        except _Wrong as wrong:
            filled.problems[draft.number] = wrong.problem
    return filled


def entered(draft: Draft, typed: Mapping[str, str]) -> Entered:
    """How far the line is known by now."""
    line, number = draft.line, draft.number
    words = ENGLISH.problem  # only whether it can be read counts here
    side = line.side or _or_none(lambda given: _side(given, words), typed.get(f"side-{number}", ""))
    quantity = line.quantity or _or_none(lambda given: _quantity(given, words), typed.get(f"quantity-{number}", ""))
    text = typed.get(f"limit-{number}", "").strip() if draft.limit_open else ""
    if not text:
        return Entered(side, quantity, line.limit_price, not draft.limit_required)
    limit = _or_none(lambda given: paise(given.replace(",", "")), text)
    return Entered(side, quantity, limit, limit is not None and 0 < limit <= HIGHEST_PRICE)


def _or_none(read: Callable[[str], T], given: str) -> T | None:
    try:
        return read(given)
    except ValueError:
        return None


def _filled(draft: Draft, typed: Mapping[str, str], words: ProblemTexts, shown: Paise | None) -> ConfirmedLine:
    """Raises `_Wrong` with what is wrong, for the investor."""
    line = draft.line
    side = line.side or _side(typed.get(f"side-{draft.number}", ""), words)
    quantity = line.quantity or _quantity(typed.get(f"quantity-{draft.number}", ""), words)
    if quantity % draft.security.lot:
        raise _Wrong(words.lot(lot=draft.security.lot), Part.QUANTITY)
    limit = line.limit_price
    if draft.limit_open:
        limit = _limit(typed.get(f"limit-{draft.number}", ""), draft, words)
    if limit is None and shown is None and draft.needs_price:
        raise _Wrong(words.price_unknown, Part.LIMIT)
    return ConfirmedLine(
        symbol=draft.security.symbol,
        exchange=draft.security.exchange,
        isin=draft.security.isin,
        side=side,
        quantity=quantity,
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        limit_price=limit,
        worst_price=None if limit is not None or shown is None else draft.worst_price(side, shown),
        broker_code=draft.code,
        broker_symbol=draft.listed_as,
    )


def _side(typed: str, words: ProblemTexts) -> Side:
    if typed not in tuple(Side):
        raise _Wrong(words.side, Part.SIDE)
    return Side(typed)


def _quantity(typed: str, words: ProblemTexts) -> int:
    plain = typed.replace(",", "").strip()
    if _QUANTITY.fullmatch(plain) is None or not 0 < int(plain) <= MOST_SHARES:
        raise _Wrong(words.quantity, Part.QUANTITY)
    return int(plain)


def _limit(typed: str, draft: Draft, words: ProblemTexts) -> Paise | None:
    plain = typed.replace(",", "").strip()
    if not plain and not draft.limit_required:
        return None
    try:
        limit = paise(plain)
    except ValueError:
        raise _Wrong(words.limit, Part.LIMIT) from None
    tick = draft.security.tick
    if not 0 < limit <= HIGHEST_PRICE:
        raise _Wrong(words.limit_zero, Part.LIMIT)
    if limit % tick:
        raise _Wrong(words.tick(tick=tick, near=draft.security.nearest_price(limit)), Part.LIMIT)
    return limit


def _largest(*limits: int | None) -> int | None:
    """The exchange's limit and the broker's, whichever is smaller; one that nobody knows refuses nothing."""
    return min((most for most in limits if most), default=None)


def _security(line: Line) -> Security:
    security = find(line.symbol, line.exchange)
    if security is None:
        raise UnknownSecurity(line.symbol)
    return security
