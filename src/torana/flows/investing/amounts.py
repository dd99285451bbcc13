"""Orders that begin with an amount: BUY, INVESTMORE, SIP."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from torana.baskets.allocate import BelowMinimum
from torana.baskets.models import WHOLE_WEIGHT, Constituent
from torana.baskets.parts import Recipe, bought
from torana.baskets.positions import Position
from torana.baskets.subject import Subject
from torana.flows.context import frame_of
from torana.flows.contract import Keep, Page, Step
from torana.flows.investing.flow import KEPT, BasketOrder, kept, to_keep
from torana.flows.investing.prices import Priced, priced
from torana.flows.investing.request import MOST_AMOUNT, amount_in, as_typed
from torana.flows.investing.views import AmountView, BasketRow
from torana.flows.ordering.flow import CHOICE
from torana.flows.ordering.models import Chosen
from torana.flows.ordering.moment import Moment
from torana.kit.money import Paise, inr
from torana.market.securities import current as listing
from torana.pages.frames import broker_of
from torana.pages.views import Action, Amount, Closing, Notice, Tone


@dataclass(frozen=True, slots=True)
class Planned:
    """An amount in paise that was planned, and the remark that says so."""

    amount: Paise
    notice: Notice


class AmountOrder(BasketOrder):
    for_sale = True
    first: ClassVar[bool] = False

    @abstractmethod
    def recipe(self, subject: Subject, found: Priced) -> Recipe:
        """What the money is spread over."""

    async def of_subject(self, moment: Moment, subject: Subject) -> Chosen | Step:
        known = kept(moment, subject)
        if known is None:
            return await self._page(moment, subject)
        parts, more = known
        words = moment.current.texts.investing
        title = words.spent_title(spent=more["amount"] - more["left"], amount=more["amount"])
        text = words.spent_text(left=more["left"]) if more["left"] else words.spent_all
        change = Action(words.change_amount, post="again", fields={CHOICE: "again"})
        return self.chosen(moment, subject, parts, [Notice(Tone.NOTE, title, text)], change)

    async def chose(self, moment: Moment, form: Mapping[str, str]) -> Step | Keep:
        if form.get(CHOICE) == "again":
            return Keep({KEPT: None})
        subject = await self.open_subject(moment)
        if not isinstance(subject, Subject):
            return subject
        found = await priced(moment, self.securities(subject))
        if not isinstance(found, Priced):
            return found
        typed, words = form.get("amount", ""), moment.current.texts.investing
        try:
            amount = amount_in(typed)
        except ValueError:
            problem = words.problem_amount(most=MOST_AMOUNT)
            return Page(self._view(moment, subject, found, typed, problem), 422)
        try:
            result = bought(amount, self.recipe(subject, found))
        except BelowMinimum:
            problem = words.problem_minimum(amount=amount)
            return Page(self._view(moment, subject, found, typed, problem), 422)
        return Keep(to_keep(subject, result.parts, amount=amount, left=result.left_over))

    async def _page(self, moment: Moment, subject: Subject) -> Step:
        found = await priced(moment, self.securities(subject))
        if not isinstance(found, Priced):
            return found
        asked = self.config_of(moment.current.transaction).amount
        planned = await self.planned(moment, subject)
        amount = asked or (planned and planned.amount) or self.recipe(subject, found).minimum
        view = self._view(moment, subject, found, as_typed(amount))
        return Page(view if planned is None else replace(view, notices=(planned.notice,)))

    async def planned(self, moment: Moment, subject: Subject) -> Planned | None:
        """What was planned for this order before."""
        return None

    def _view(self, moment: Moment, subject: Subject, found: Priced, typed: str, problem: str = "") -> AmountView:
        current, broker = moment.current, broker_of(moment.connector.capabilities)
        words, name = current.texts.investing, subject.basket.profile.name
        recipe, label = self.recipe(subject, found), current.texts.review.funds_at(broker=broker.name)
        title, text = (words.amount_title, words.amount_text) if self.first else (words.more_title, words.more_text)
        return AmountView(
            frame_of(current, Closing.ASK, broker=broker.name),
            broker,
            moment.session.broker_user_id,
            title(basket=name),
            text,
            words.minimum(minimum=recipe.minimum),
            typed[:16],
            tuple(_rows(moment, recipe, found)),
            Amount(label, None if found.funds is None else inr(found.funds)),
            found.source,
            problem,
        )


def _rows(moment: Moment, recipe: Recipe, found: Priced) -> Sequence[BasketRow]:
    return [_row(moment, one, found) for one in recipe.securities]


def _row(moment: Moment, one: Constituent | Position, found: Priced) -> BasketRow:
    security = listing().by_isin(one.isin, one.exchange)
    words = moment.current.texts.investing
    if isinstance(one, Constituent) and one.weight is not None:
        part = f"{(Decimal(one.weight) * 100 / WHOLE_WEIGHT).normalize():f} %"
    else:
        part = words.parts_shares(shares=one.shares or 0)
    return BasketRow(one.symbol, one.symbol if security is None else security.name, part, found.prices[one.isin])
