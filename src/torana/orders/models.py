"""The types of a batch on its way."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

import msgspec

from torana.connectors.contract import (
    BrokerOrder,
    ExecutionMode,
    Instrument,
    OrderRef,
    OrderRequest,
    OrderType,
    Side,
    Variety,
)
from torana.kit.money import Paise
from torana.orders.states import (
    CANCELLABLE,
    CORRECTABLE,
    FINAL,
    AttemptState,
    AttentionKind,
    BatchStatus,
    CancelState,
    HaltedBy,
    OrderState,
    StopReason,
)


def end_by_hand(order: "Order", filled: int) -> OrderState:
    """The end of an order of which a person found out how many shares were filled. A DAY order does not live on."""
    if filled == order.quantity:
        return OrderState.COMPLETE
    known = filled or order.attempt.state is AttemptState.ACCEPTED
    return OrderState.EXPIRED if known else OrderState.NOT_PLACED


class Halt(msgspec.Struct, frozen=True):
    """New orders are stopped. An empty `gateway_id` is every gateway, an empty `broker` every broker. `reason` is shown
    to investors."""

    gateway_id: str
    broker: str
    ordered_by: HaltedBy
    reason: str
    since: datetime


class ConfirmedLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line exactly as the investor confirmed it. Quantity in shares, prices in paise. `worst_price`: a market order
    that its broker takes as a limit goes out with this one, and was shown with it."""

    symbol: str
    exchange: str
    isin: str
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Paise | None
    broker_code: str | None = None
    """What the broker calls the security in requests; None for a line that was confirmed before this was kept."""
    broker_symbol: str | None = None
    worst_price: Paise | None = None


class Part(msgspec.Struct, frozen=True):
    """Shares of one security to be bought or sold."""

    symbol: str
    exchange: str
    isin: str
    side: Side
    quantity: int


class ForBasket(msgspec.Struct, frozen=True):
    """The investment in a basket that a batch changes. `version` is the basket's, `later` what is to be ordered once
    this batch has ended."""

    scid: str
    iscid: str
    version: int
    later: tuple[Part, ...] = ()


def confirmed_hash(lines: Sequence[ConfirmedLine], variety: Variety) -> bytes:
    """What the investor confirmed, in 32 bytes. What is sent is compared with it (I12)."""
    return sha256(msgspec.json.encode([variety, *lines])).digest()


class Cancel(msgspec.Struct, frozen=True, kw_only=True):
    """The investor's wish that an order be cancelled, and what the broker said to it. `since` is the reading of the
    batch's `watched` seconds at which the broker was asked last, `asks` counts how often the investor wanted it."""

    state: CancelState
    asks: int = 1
    since: float = 0.0
    sends: int = 0
    message: str | None = None
    """The broker's own words, of a refusal."""

    @property
    def wished(self) -> bool:
        """The broker has not refused it. `NOT_TO_CANCEL` of the store is the contrary in SQL."""
        return self.state is not CancelState.REFUSED


class Attempt(msgspec.Struct, kw_only=True):
    """One sending of one order. `doubt_since` is the reading of the batch's `watched` seconds at which the present wait
    began: for an answer, for the tag to show, for the investor's decision."""

    attempt_id: str
    number: int
    tag: str
    state: AttemptState
    planned_at: datetime
    planned_in: int
    """The database transaction that wrote last what is known of its sending."""
    intact: bool
    """The row is the one that this transaction wrote, and not a copy out of a dump."""
    started_at: datetime | None
    doubt_since: float | None
    sends: int
    lookups: int


class Order(msgspec.Struct, kw_only=True):
    """One line of a batch, with its latest attempt."""

    order_id: str
    line: int
    symbol: str
    exchange: str
    isin: str
    side: Side
    quantity: int
    order_type: OrderType
    limit_price: Paise | None
    state: OrderState
    broker_order_id: str | None
    exchange_order_id: str | None
    broker_status: str | None
    filled_quantity: int
    average_price: Paise
    reason: str | None
    message: str | None
    attention: AttentionKind | None
    attention_text: str | None
    seen_in: str | None
    """Another account than the batch's in which the broker says this order is."""
    updated_at: datetime
    final_at: datetime | None
    attempt: Attempt
    absent_tags: list[str]
    """Tags of attempts that were called absent, this one's included: they may land late."""
    worst_price: Paise | None = None
    reference: dict[str, str] = {}
    """What else its broker names it by (`OrderRef.extra`)."""
    broker_code: str | None = None
    """As in `ConfirmedLine`, likewise `broker_symbol`."""
    broker_symbol: str | None = None
    cancel: Cancel | None = None

    @property
    def tag(self) -> str:
        return self.attempt.tag

    @property
    def cancel_wished(self) -> bool:
        """The investor wants it cancelled, and the broker has not refused to."""
        return self.cancel is not None and self.cancel.wished

    @property
    def refused_to_cancel(self) -> str | None:
        """The broker's words on why it did not cancel the order."""
        refused = self.cancel is not None and not self.cancel.wished and self.state in CANCELLABLE
        return self.cancel.message if refused and self.cancel is not None else None

    @property
    def line_confirmed(self) -> ConfirmedLine:
        return ConfirmedLine(
            self.symbol, self.exchange, self.isin, self.side, self.quantity, self.order_type, self.limit_price,
            self.broker_code, self.broker_symbol, self.worst_price,
        )  # fmt: skip

    @property
    def instrument(self) -> Instrument:
        return Instrument(
            self.exchange, self.symbol, self.isin, self.broker_code or "", self.broker_symbol or self.symbol
        )

    def reference_at(self, variety: Variety, wire_tag: str) -> OrderRef:
        """By what its broker knows it, as far as we do."""
        return OrderRef(
            broker_order_id=self.broker_order_id or "",
            exchange_order_id=self.exchange_order_id,
            tag=wire_tag,
            variety=variety,
            instrument=self.instrument,
            extra=self.reference,
        )

    def disagreement(self, entry: BrokerOrder) -> str | None:
        """In which way the broker's order is not the one that we sent; None if it is."""
        by_code = self.broker_code is not None and entry.code is not None
        pairs = (
            ("code", self.broker_code, entry.code) if by_code else ("symbol", self.symbol, entry.symbol),
            ("exchange", self.exchange, entry.exchange),
            ("side", self.side, entry.side),
            ("quantity", self.quantity, entry.quantity),
            ("delivery", True, entry.delivery),
        )
        wrong = [f"{name} {theirs} instead of {ours}" for name, ours, theirs in pairs if ours != theirs]
        return f"the broker's order has {', '.join(wrong)}" if wrong else None

    def request(self, variety: Variety) -> OrderRequest:
        return OrderRequest(
            instrument=self.instrument,
            side=self.side,
            quantity=self.quantity,
            order_type=self.order_type if self.worst_price is None else OrderType.LIMIT,
            limit_price=self.limit_price if self.worst_price is None else self.worst_price,
            variety=variety,
            tag=self.tag,
        )


class Batch(msgspec.Struct, kw_only=True):
    """The orders of one transaction, sent together. `watched` are the seconds that workers have watched it, by clocks
    that do not step; `returned_watched` is its reading when the browser was seen to be back from the broker's page."""

    gateway_id: str
    batch_id: str
    transaction_id: str
    investor_id: str
    session_id: str
    broker: str
    execution_mode: ExecutionMode
    variety: Variety
    status: BatchStatus
    confirmed_hash: bytes
    stopped_reason: StopReason | None
    created_at: datetime
    returned_at: datetime | None
    placed_at: datetime | None
    completed_at: datetime | None
    hints: int
    book_day: date
    """The day, in India, of the broker's book in which its orders live."""
    watched: float
    returned_watched: float | None
    intent: str
    notes: str | None
    settled_at: datetime | None
    cancelling: bool = False
    """Some transaction waits for what becomes of a cancellation."""
    held_for: str | None = None
    """Why orders of it that are confirmed are not sent now: the reason of a halt."""
    kind: str | None = None
    """The transaction's, such as REBALANCE."""
    scid: str | None = None
    """The basket and (`iscid`) the investment that it is for; None: for none."""
    iscid: str | None = None
    basket_version: int | None = None
    buys_wait: bool = False
    """No buy is sent before every sell is filled."""
    later: tuple[Part, ...] = ()
    """What is left to a later batch of the investment."""
    orders: list[Order] = []

    @property
    def may_change(self) -> bool:
        """Whether something may still come after the end: an order that was called absent lands late (and is open
        then), a cancelled or rejected one is corrected by the broker."""
        return any(
            order.absent_tags or order.state not in FINAL or (order.state in CORRECTABLE and order.broker_order_id)
            for order in self.orders
        )

    @property
    def unfunded(self) -> list[Order]:
        """Buys that are not sent yet, while a sell that is to pay for them has not ended."""
        if not self.buys_wait or all(order.state in FINAL for order in self.orders if order.side is Side.SELL):
            return []
        return [order for order in self.orders if order.side is Side.BUY and order.state is OrderState.PLANNED]

    @property
    def lacks_proceeds(self) -> bool:
        """A sell that was to fund the buys has ended without being filled: no buy is sent any more."""
        sells = (order for order in self.orders if order.side is Side.SELL and order.state in FINAL)
        return self.buys_wait and any(order.state is not OrderState.COMPLETE for order in sells)

    @property
    def folded(self) -> BatchStatus:
        """What follows for its status from its orders, and from what it leaves to a later batch."""
        if self.status in (BatchStatus.FIXED, BatchStatus.MARKEDCOMPLETE):
            return self.status
        status = status_of(self.orders)
        return BatchStatus.PARTIALLYPLACED if self.later and status is BatchStatus.COMPLETED else status

    @property
    def over(self) -> bool:
        """Nothing more is to be looked for."""
        return self.completed_at is not None and not self.may_change and not self.cancelling


def status_of(orders: Sequence[Order]) -> BatchStatus:
    """The status of a batch is the fold of its orders (I7)."""
    if any(order.state not in FINAL for order in orders):
        return BatchStatus.PLACED
    unplaced = sum(order.state is OrderState.NOT_PLACED for order in orders)
    if unplaced == len(orders):
        return BatchStatus.UNPLACED
    if all(order.state is OrderState.COMPLETE for order in orders):
        return BatchStatus.COMPLETED
    if unplaced:
        return BatchStatus.PARTIALLYPLACED
    if any(order.filled_quantity for order in orders):
        return BatchStatus.PARTIALLYFILLED
    if all(order.state in (OrderState.CANCELLED, OrderState.EXPIRED) for order in orders):
        return BatchStatus.CANCELLED
    return BatchStatus.UNFILLED
