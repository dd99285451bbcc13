"""What all orders on baskets share: which basket and investment they are about, and what stands against them."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec

from torana.baskets.investments import Kind
from torana.baskets.models import Constituent
from torana.baskets.positions import Position
from torana.baskets.subject import Subject, beginning, beginning_for_sale, investment_of
from torana.connectors.contract import Side, Variety
from torana.connectors.registry import Connectors
from torana.flows.context import CurrentVisit, FlowServices
from torana.flows.contract import Fail, Step
from torana.flows.investing.request import RESULT, BasketConfig, InvestmentBody, read_basket_config
from torana.flows.ordering.flow import OrdersFlow
from torana.flows.ordering.models import Chosen, Line
from torana.flows.ordering.moment import Moment
from torana.kit.database import Database
from torana.kit.errors import ApiError
from torana.kit.ids import new_hex24
from torana.kit.money import short_rupees
from torana.market.securities import current as listing
from torana.orders import store
from torana.orders.models import ForBasket, Part
from torana.orders.schemas import order_batch
from torana.pages.texts.keys import InvestingTexts, Texts
from torana.pages.views import Action, Notice, Tone
from torana.partners.access import Access
from torana.transactions.intents import Audience
from torana.transactions.models import Transaction
from torana.transactions.outcomes import (
    INTERNAL_ERROR,
    MARKET_CLOSED,
    NOT_TRADABLE,
    ORDER_PENDING,
    SMALLCASE_ARCHIVED,
    UP_TO_DATE,
)
from torana.transactions.reading import Faults, schema_of

KEPT = "basket"
"""Under which a visit keeps what was chosen: `mark` (`Subject.mark`), `parts`, and what the page of the choice adds."""


class BasketOrder(OrdersFlow[BasketConfig]):
    intent = "TRANSACTION"
    audience = Audience.CONNECTED
    lifetime = timedelta(minutes=15)
    config = BasketConfig
    result_schema = RESULT
    of: ClassVar[Kind]
    for_sale: ClassVar[bool] = False
    """Whether it buys the basket, which may be withdrawn."""
    after_market: ClassVar[bool] = True
    """Whether it may wait for the next opening (gateway-interface, section 6)."""
    needs_holding: ClassVar[bool] = True
    """Whether there is nothing to order where nothing is held."""

    # what is asked for, and what came out

    def read(self, given: Mapping[str, Any], faults: Faults, extra: dict[str, Any]) -> BasketConfig:
        return read_basket_config(given["orderConfig"], self.of, extra, faults)

    def body_schema(self) -> dict[str, Any]:
        words = {"type": {"enum": [self.of.value, *sorted(self.aliases)]}}
        body = schema_of(InvestmentBody)
        body["properties"] |= words
        return {"required": ["orderConfig"], "properties": {"orderConfig": body}}

    def order_config(self, config: BasketConfig) -> dict[str, Any]:
        amount = None if config.amount is None else short_rupees(config.amount)
        return {"type": self.kind, "scid": config.scid, "iscid": config.iscid, "amount": amount, "meta": config.meta}

    async def check_subject(
        self, database: Database, connectors: Connectors, access: Access, config: BasketConfig, now: datetime
    ) -> None:
        await self.subject(database, access.gateway.gateway_id, access.investor_id, config)

    async def subject(
        self, database: Database, gateway_id: str, investor_id: str | None, config: BasketConfig
    ) -> Subject:
        """Raises `ApiError` for what this investor does not have."""
        return await investment_of(database, gateway_id, investor_id or "", scid=config.scid, iscid=config.iscid)

    async def result(self, database: Database, transaction: Transaction) -> dict[str, Any]:
        batches = await store.of_transactions(database, transaction.gateway_id, [transaction.transaction_id], [])
        config = self.config_of(transaction)
        scid, iscid = (batches[0].scid, batches[0].iscid) if batches else (config.scid, config.iscid)
        return {"orderBatches": [order_batch(batch) for batch in batches], "scid": scid, "iscid": iscid}

    def purpose(self, transaction: Transaction, app: str, texts: Texts) -> str:
        return texts.investing.purpose(app=app)

    # which lines

    async def expected(self, services: FlowServices, current: CurrentVisit) -> Sequence[Line]:
        found = await self._found(services, current)
        if found is None:
            return ()
        return [line for one in self.securities(found) if (line := line_of(one)) is not None]

    def securities(self, subject: Subject) -> Sequence[Constituent | Position]:
        """What orders may be for."""
        return () if subject.investment is None else subject.investment.held

    async def choose(self, moment: Moment) -> Chosen | Step:
        subject = await self.open_subject(moment)
        return await self.of_subject(moment, subject) if isinstance(subject, Subject) else subject

    async def open_subject(self, moment: Moment) -> Subject | Fail:
        """What the order is about, if it can be ordered."""
        subject = await self._found(moment.services, moment.current)
        if subject is None:
            return Fail(INTERNAL_ERROR)
        return self._against(moment, subject) or subject

    @abstractmethod
    async def of_subject(self, moment: Moment, subject: Subject) -> Chosen | Step:
        """The lines of an order on this investment, against which nothing stands, or the page that asks for them."""

    async def _found(self, services: FlowServices, current: CurrentVisit) -> Subject | None:
        transaction = current.transaction
        investor_id = transaction.investor_id or transaction.asked_investor_id
        try:
            return await self.subject(
                services.database, transaction.gateway_id, investor_id, self.config_of(transaction)
            )
        except ApiError:
            return None

    def _against(self, moment: Moment, subject: Subject) -> Fail | None:
        investment = subject.investment
        if investment is not None and investment.open_batch_id is not None:
            return Fail(ORDER_PENDING)
        if self.for_sale and subject.basket.archived_at is not None:
            return Fail(SMALLCASE_ARCHIVED)
        if investment is not None and self.needs_holding and not investment.held:
            return Fail(UP_TO_DATE if investment.archived_at is None else SMALLCASE_ARCHIVED)
        if moment.variety is Variety.AMO and not self.after_market:
            return Fail(MARKET_CLOSED)
        return None

    # what comes of it

    def chosen(
        self,
        moment: Moment,
        subject: Subject,
        parts: Sequence[Part],
        notices: Iterable[Notice] = (),
        change: Action | None = None,
    ) -> Chosen | Fail:
        """The lines for the review. Where a broker takes all orders at once in its own page, the buys that sells pay
        for come later, with an order of their own."""
        both = len({part.side for part in parts}) > 1
        if both and moment.variety is Variety.AMO:
            return Fail(MARKET_CLOSED)
        later = tuple(part for part in parts if part.side is Side.BUY) if both and moment.in_browser else ()
        now = [part for part in parts if part not in later]
        lines = [line_of(part) for part in now]
        known = [line for line in lines if line is not None]
        if len(known) < len(lines):
            return Fail(NOT_TRADABLE)
        if not known:
            return Fail(UP_TO_DATE)
        basket, investment = subject.basket, subject.investment
        iscid = new_hex24() if investment is None else investment.iscid
        version = basket.version if investment is None or self.of is Kind.REBALANCE else investment.version
        begin = beginning_for_sale(subject) if self.for_sale else beginning(subject)
        if both:
            notices = (*notices, _phases(moment, later=bool(later)))
        return Chosen(known, ForBasket(basket.scid, iscid, version, later), begin, tuple(notices), change)

    def tradable(self, moment: Moment, subject: Subject) -> tuple[list[Position], list[Notice]]:
        """What is held and can be ordered, and a remark on what cannot."""
        held = () if subject.investment is None else subject.investment.held
        left = [one.symbol for one in held if line_of(one) is None]
        words = moment.current.texts.investing
        remark = Notice(Tone.NOTE, words.left_out_title, words.left_out_text(symbols=left))
        return [one for one in held if line_of(one) is not None], [remark] if left else []


def line_of(one: Constituent | Position | Part) -> Line | None:
    """As it is listed now, whatever it was called before; None: it cannot be ordered. Without a side, what may be
    bought."""
    security = listing().by_isin(one.isin, one.exchange)
    if security is None:
        return None
    side, quantity = (one.side, one.quantity) if isinstance(one, Part) else (Side.BUY, None)
    return Line(security.symbol, quantity, side, exchange=security.exchange)


def kept(moment: Moment, subject: Subject) -> tuple[list[Part], dict[str, Any]] | None:
    """What was chosen, while nothing has changed from which it was made, and what was kept with it."""
    found = moment.current.visit.answers.get(KEPT)
    if not found or found["mark"] != subject.mark:
        return None
    return msgspec.convert(found["parts"], list[Part]), found


def to_keep(subject: Subject, parts: Sequence[Part], **more: Any) -> dict[str, Any]:
    """For `flows.contract.Keep`."""
    return {KEPT: {"mark": subject.mark, "parts": msgspec.to_builtins(parts), **more}}


def _phases(moment: Moment, *, later: bool) -> Notice:
    words: InvestingTexts = moment.current.texts.investing
    broker = moment.connector.capabilities.name
    text = words.two_trips_text(broker=broker) if later else words.two_phases_text
    return Notice(Tone.NOTE, words.two_phases_title, text)
