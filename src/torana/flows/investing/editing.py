"""Orders for which the investor enters shares: MANAGE says how many are wanted, PARTIALEXIT how many are sold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from torana.baskets.models import Constituent
from torana.baskets.parts import changed
from torana.baskets.positions import Position
from torana.baskets.subject import Subject
from torana.flows.context import frame_of
from torana.flows.contract import Keep, Page, Step
from torana.flows.investing.flow import KEPT, BasketOrder, kept, line_of, to_keep
from torana.flows.investing.views import SharesRow, SharesView
from torana.flows.ordering.flow import CHOICE
from torana.flows.ordering.models import MOST_SHARES, Chosen
from torana.flows.ordering.moment import Moment
from torana.market.securities import current as listing
from torana.pages.frames import broker_of
from torana.pages.texts.keys import InvestingTexts
from torana.pages.views import Action, Closing

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_SHARES = "shares-"
"""Before the ISIN in the name of a row's field: what was typed stays with its security when the rows are others."""
_MARK = "mark"
"""Of what the page was made from: the same number of shares asks for another order once other shares are held."""


@dataclass(frozen=True, slots=True)
class _Entered:
    """What was typed by ISIN, as numbers, or what is wrong with it."""

    numbers: Mapping[str, int]
    problems: Mapping[str, str]


class SharesOrder(BasketOrder):
    sells_only: ClassVar[bool]

    async def of_subject(self, moment: Moment, subject: Subject) -> Chosen | Step:
        known = kept(moment, subject)
        if known is None:
            return Page(self._view(moment, subject, {}))
        change = Action(moment.current.texts.investing.change_shares, post="again", fields={CHOICE: "again"})
        return self.chosen(moment, subject, known[0], self.tradable(moment, subject)[1], change)

    async def chose(self, moment: Moment, form: Mapping[str, str]) -> Step | Keep:
        if form.get(CHOICE) == "again":
            return Keep({KEPT: None})
        subject = await self.open_subject(moment)
        if not isinstance(subject, Subject):
            return subject
        words, rows = moment.current.texts.investing, self._rows(moment, subject)
        entered = self._entered(rows, form, words)
        if form.get(_MARK) != subject.mark:
            return Page(self._view(moment, subject, form, problem=words.rows_changed), 422)
        if entered.problems:
            return Page(self._view(moment, subject, form, entered.problems), 422)
        held, _ = self.tradable(moment, subject)
        wanted = {one.isin: self._wanted(one, entered.numbers[one.isin]) for one in rows}
        parts = changed(held, [one for one in rows if one not in held], wanted)
        if not parts:
            return Page(self._view(moment, subject, form, problem=words.problem_nothing), 422)
        return Keep(to_keep(subject, parts))

    def _rows(self, moment: Moment, subject: Subject) -> Sequence[Constituent | Position]:
        """What is held, and where it may be bought what else the basket has now."""
        held, _ = self.tradable(moment, subject)
        known = {one.isin for one in held}
        more = () if self.sells_only else subject.basket.constituents
        return [*held, *(one for one in more if one.isin not in known and line_of(one) is not None)]

    def _entered(
        self, rows: Sequence[Constituent | Position], form: Mapping[str, str], words: InvestingTexts
    ) -> _Entered:
        numbers, problems = {}, {}
        for one in rows:
            typed, held = form.get(_SHARES + one.isin, "").replace(",", "").strip(), _held(one)
            shares = int(typed) if _WHOLE.fullmatch(typed) else 0 if self.sells_only and not typed else None
            if shares is None or shares > MOST_SHARES:
                problems[one.isin] = words.problem_shares
            elif self.sells_only and shares > held:
                problems[one.isin] = words.problem_held(held=held)
            else:
                numbers[one.isin] = shares
        return _Entered(numbers, problems)

    def _wanted(self, one: Constituent | Position, entered: int) -> int:
        return _held(one) - entered if self.sells_only else entered

    def _view(
        self,
        moment: Moment,
        subject: Subject,
        typed: Mapping[str, str],
        problems: Mapping[str, str] | None = None,
        problem: str = "",
    ) -> SharesView:
        current, broker = moment.current, broker_of(moment.connector.capabilities)
        words, name = current.texts.investing, subject.basket.profile.name
        title, text, label = (
            (words.partial_title, words.partial_text, words.partial_label)
            if self.sells_only
            else (words.manage_title, words.manage_text, words.manage_label)
        )
        rows = [
            SharesRow(
                _SHARES + one.isin,
                one.symbol,
                security.name if (security := listing().by_isin(one.isin, one.exchange)) else one.symbol,
                _held(one),
                typed.get(_SHARES + one.isin, "" if self.sells_only else str(_held(one)))[:9],
                (problems or {}).get(one.isin, ""),
            )
            for one in self._rows(moment, subject)
        ]
        return SharesView(
            frame_of(current, Closing.ASK, broker=broker.name),
            broker,
            moment.session.broker_user_id,
            title(basket=name),
            text,
            label,
            tuple(rows),
            {CHOICE: "shares", _MARK: subject.mark},
            problem,
        )


def _held(one: Constituent | Position) -> int:
    return one.shares if isinstance(one, Position) else 0
