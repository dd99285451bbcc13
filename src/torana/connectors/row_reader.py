"""Rows of a broker's order book, holdings, positions and prices, with names of ours: what every broker's mean.

A broker's `wire` states the fields that its rows have, by our names here and with its own beside them; one that it does
not state is never read. Its `mapping` has a `RowReader` with its words, and says to it what is odd about a row.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec

from torana.connectors.contract import (
    BrokerOrder,
    BrokerStatus,
    Holding,
    Position,
    Postback,
    Side,
    TagRule,
    Unknown,
)
from torana.connectors.order_words import SIDES, standing, status_of
from torana.connectors.readings import LONGEST_WORD, amount, indian_time, message_of, whole
from torana.connectors.reasons import Fragments, reason_of
from torana.connectors.symbols import code_of, plain, security_of
from torana.connectors.tags import PLAIN, Tags, read_tags
from torana.kit.money import Paise
from torana.market.models import Security


def _unstated(name: str) -> str:
    """A name that no field of a broker's has: of what a broker's row does not state. What it states is named anew, as
    the broker names it (`rename={}` below)."""
    return f"(not stated: {name})"


class _OrderRow(msgspec.Struct, frozen=True, kw_only=True, rename=_unstated):
    order_id: str | int
    status: str | int
    exchange: str = ""
    segment: Any = None
    symbol: str | None = None
    side: str | int
    product: str
    quantity: Any
    filled: Any
    average_price: Any = None
    exchange_order_id: Any = None
    message: str | None = None
    """The broker's own text for a refusal or a cancellation, and the exchange's."""
    raw_message: str | None = None
    placed_at: str | None = None
    code: Any = None
    """The broker's code of the security."""
    tag: Any = None
    tags: Any = None
    """Further tags, where a row may have several."""


class OrderRow(_OrderRow, frozen=True, kw_only=True, rename={}):
    """A row of an order book. Quantities in shares, prices in rupees."""


class _HoldingRow(msgspec.Struct, frozen=True, kw_only=True, rename=_unstated):
    isin: str = ""
    symbol: str | None = None
    exchange: str = ""
    average_price: Any = None
    product: str | None = None
    code: Any = None


class HoldingRow(_HoldingRow, frozen=True, kw_only=True, rename={}):
    """What rows of holdings have in common; their quantities are each broker's own."""


class _PositionRow(msgspec.Struct, frozen=True, kw_only=True, rename=_unstated):
    symbol: str | None = None
    exchange: str = ""
    segment: Any = None
    product: str
    bought: Any = None
    sold: Any = None
    buy_price: Any = None
    sell_price: Any = None
    code: Any = None


class PositionRow(_PositionRow, frozen=True, kw_only=True, rename={}):
    """One security and product: what was bought and sold today, in shares, and at which average prices in rupees."""


class _PriceRow(msgspec.Struct, frozen=True, kw_only=True, rename=_unstated):
    exchange: str = ""
    segment: Any = msgspec.UNSET
    code: Any
    price: Any


class PriceRow(_PriceRow, frozen=True, kw_only=True, rename={}):
    """The last price of one security, in rupees. Where no segment is stated, it is the cash market's: that is what was
    asked for."""


class _PostbackRow(msgspec.Struct, frozen=True, kw_only=True, rename=_unstated):
    order_id: str
    client: str | None = None
    former_client: str | None = None
    """Where the field has had another name, that."""
    tag: Any = None
    tags: Any = None


class PostbackRow(_PostbackRow, frozen=True, kw_only=True, rename={}):
    """What a postback is about: an order, and whose it is."""

    def postback(self) -> Postback:
        return Postback(self.client or self.former_client, self.order_id, read_tags(self.tag, self.tags).ours)


@cache
def wire_names(kind: type[msgspec.Struct]) -> Mapping[str, str]:
    """How a broker names the fields of a row, by our names."""
    return {one.name: one.encode_name for one in msgspec.structs.fields(kind)}


def as_told(value: Any) -> Any:
    return value


def told_or_none(value: Any) -> Any:
    """None for a text that says nothing."""
    return value or None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReader:
    """One broker's words. Where a row says something in another way, the methods take what was read of it."""

    broker: str
    statuses: Mapping[str, BrokerStatus]
    delivery: Mapping[str, bool]
    """Its words for a product: whether it is delivery."""
    sides: Mapping[str, Side] = field(default_factory=lambda: SIDES)
    word: Callable[[str], str] = as_told
    """How its words for sides and products are read (`str.upper`: in any capitals)."""
    exchanges: Mapping[str, str] = field(default_factory=dict)
    """Its words for our exchanges, where they are others than ours."""
    cash: Any = None
    """Its word for the cash market, where rows name a segment beside the exchange."""
    exchange_id: Callable[[Any], str | None] = told_or_none
    """The exchange's id of an order, where something else than nothing may stand for none."""
    fragments: Fragments = ()
    tag: TagRule = PLAIN
    time: Callable[[str | None], datetime | None] = indian_time
    number: Callable[[Any], Decimal | None] = as_told
    """Reads a number of shares or an amount, where it may be more than a number."""
    unit: Decimal = Decimal(1)
    """Rupees of one in an amount."""
    tells_shares: bool = False
    """A number of shares that is not told is unknown, and not none of them."""
    listed: Callable[[str, object], Security | None] | None = None
    """The security of a code on an exchange; None: by the broker's own list."""
    says_why: Collection[BrokerStatus] = frozenset(BrokerStatus)
    """The statuses beside which a row's text is about the order."""
    must_name: bool = False
    """A row that names no security, neither by its code nor by a symbol, cannot be read."""

    def order(
        self,
        row: OrderRow,
        *,
        status: BrokerStatus | None = None,
        queued: bool = False,
        stop: bool = False,
        exchange: str | None = None,
        symbol: str | None = None,
        tags: Tags | None = None,
        texts: Iterable[str | None] | None = None,
        average_price: Paise | None = None,
        placed_at: datetime | None = None,
        extra: Mapping[str, str] = MappingProxyType({}),
    ) -> BrokerOrder:
        """`queued` and `stop`: what the row says beside its status (`order_words.standing`). `texts`: all that it says
        about a refusal or a cancellation.

        Raises `Unknown` for numbers that are none.
        """
        quantity, filled = self.shares(row.quantity), self.shares(row.filled)
        at, word = self.exchange(row.exchange, row.segment) if exchange is None else exchange, str(row.status)
        status = standing(self.status(word, quantity, filled) if status is None else status, queued=queued, stop=stop)
        tags = read_tags(row.tag, row.tags, self.tag) if tags is None else tags
        texts = [row.message, row.raw_message] if texts is None else list(texts)
        return BrokerOrder(
            broker_order_id=str(row.order_id),
            exchange_order_id=self.exchange_id(row.exchange_order_id),
            tag=tags.ours,
            symbol=self.symbol(at, row.code, row.symbol) if symbol is None else symbol,
            exchange=at,
            side=self.sides.get(self.word(str(row.side))),
            delivery=self.delivery.get(self.word(row.product)),
            quantity=quantity,
            filled_quantity=filled,
            average_price=self.paise(row.average_price) or 0 if average_price is None else average_price,
            status=status,
            raw_status=word[:LONGEST_WORD],
            message=message_of(texts) if status in self.says_why else None,
            reason=reason_of(texts, self.fragments) if status is BrokerStatus.REJECTED else None,
            placed_at=self.time(row.placed_at) if placed_at is None else placed_at,
            foreign_tag=tags.foreign,
            extra=extra,
            code=code_of(row.code),
        )

    def holding(
        self,
        row: HoldingRow,
        *,
        free: int,
        on_its_way: int | None,
        pledged: int | None,
        sold: int = 0,
        sellable: int | None = None,
        exchange: str | None = None,
        symbol: str | None = None,
    ) -> Holding:
        """`free`: settled, not pledged and not sold yet, of which `sellable` can be sold as it is (None: all). A row
        without a product is one of delivery. Raises `Unknown` for a price that is none."""
        at = self.exchange(row.exchange, self.cash) if exchange is None else exchange
        return Holding(
            symbol=self.symbol(at, row.code, row.symbol) if symbol is None else symbol,
            exchange=at,
            isin=row.isin,
            quantity=free,
            t1_quantity=on_its_way,
            collateral_quantity=pledged,
            sellable=free if sellable is None else sellable,
            average_price=self.paise(row.average_price),
            sold_today=sold,
            delivery=True if row.product is None else self.delivery.get(self.word(row.product)),
        )

    def position(
        self,
        row: PositionRow,
        *,
        bought: int | None = None,
        sold: int | None = None,
        exchange: str | None = None,
        symbol: str | None = None,
    ) -> Position:
        """The ISIN is that of the broker's code. Raises `Unknown` for numbers that are none."""
        at = self.exchange(row.exchange, row.segment) if exchange is None else exchange
        security = self.security(at, row.code)
        return Position(
            symbol=self.symbol(at, row.code, row.symbol) if symbol is None else symbol,
            exchange=at,
            isin=None if security is None else security.isin,
            delivery=self.delivery.get(self.word(row.product)),
            bought=max(self.shares(row.bought), 0) if bought is None else bought,
            sold=max(self.shares(row.sold), 0) if sold is None else sold,
            buy_price=self.paise(row.buy_price),
            sell_price=self.paise(row.sell_price),
        )

    def price(self, row: PriceRow) -> tuple[tuple[str, str], Paise]:
        """By exchange, if the row names one, and code. Raises `Unknown` where none is told."""
        told = self.number(row.price)
        if told is None:
            raise Unknown("a price that is not told")
        segment = self.cash if row.segment is msgspec.UNSET else row.segment
        return (self.exchange(row.exchange, segment), str(row.code)), amount(told)

    def status(self, word: str, quantity: int, filled: int) -> BrokerStatus:
        """What a word says, with the quantities beside it."""
        return status_of(word, quantity, filled, self.statuses)

    def exchange(self, told: str, segment: object = None) -> str:
        """Ours in the cash market; elsewhere the broker's own words, which are no exchange of ours."""
        other = self.cash is not None and segment != self.cash
        return f"{told}-{segment}" if other else self.exchanges.get(told, told)

    def security(self, exchange: str, code: object) -> Security | None:
        """None where the broker's list does not tell or was not read."""
        return security_of(self.broker, exchange, code) if self.listed is None else self.listed(exchange, code)

    def symbol(self, exchange: str, code: object, told: str | None) -> str:
        """The symbol of the security of this code; where the code says nothing, the one that is told without its
        series. Raises `Unknown` for neither, where a row must name one."""
        if (security := self.security(exchange, code)) is not None:
            return security.symbol
        if not told and self.must_name:
            raise Unknown("the broker's answer names no security")
        return plain(told or "")

    def shares(self, told: Any) -> int:
        """None where nothing is told, but for `tells_shares`. Raises `Unknown` for what is no number of shares."""
        given = self.number(told)
        if given is None and self.tells_shares:
            raise Unknown("the broker's answer does not tell a number of shares")
        return whole(given)

    def paise(self, told: Any) -> Paise | None:
        """None where nothing is told. Raises `Unknown` for what is no amount, before it is multiplied too."""
        given = self.number(told)
        if given is None:
            return None
        in_reason = amount(given)
        return in_reason if self.unit == 1 else amount(given * self.unit)
