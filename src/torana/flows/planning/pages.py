"""The pages of a SIP_SETUP: what is wanted, what is agreed to, what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType

import msgspec

from torana.baskets.models import Frequency, Investment, Plan, PlanType
from torana.baskets.plan_schemas import PlanAction, PlanResult, type_of
from torana.baskets.plans import LIMIT_PERCENT, PlanFault, Terms, earliest, runs
from torana.baskets.schedule import due_at, due_day, next_day
from torana.baskets.subject import Subject
from torana.flows.consent_page import consent_page
from torana.flows.context import CurrentVisit, frame_of
from torana.flows.investing.request import MOST_AMOUNT, as_typed
from torana.flows.planning.request import PlanConfig
from torana.flows.planning.views import PlanView
from torana.investors.consents import VALID_FOR
from torana.kit.clock import IST
from torana.kit.money import Paise, inr
from torana.pages.forms import Choice, Field
from torana.pages.frames import ending
from torana.pages.texts.keys import PlanTexts
from torana.pages.views import Action, Broker, Closing, ConsentPage, Message, Notice, Term, Tone

STEP = "step"
"""The name of the field by which a page's form says what it is for."""
TERMS, END, AGAIN = "terms", "end", "again"


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What all of them are about: the investment, what there is of its plan, the smallest instalment (None: not known),
    the moment."""

    current: CurrentVisit
    broker: Broker
    account: str
    subject: Subject
    investment: Investment
    before: Plan | None
    least: Paise | None
    now: datetime
    may_be_auto: bool = False
    """Instalments may be placed by themselves: the broker and the rules allow it."""

    @property
    def words(self) -> PlanTexts:
        return self.current.texts.plan

    @property
    def basket(self) -> str:
        return self.subject.basket.profile.name

    @property
    def withdrawn(self) -> bool:
        return self.subject.basket.archived_at is not None


def often(words: PlanTexts, frequency: Frequency) -> str:
    return {
        Frequency.WEEKLY: words.every_week,
        Frequency.FORTNIGHTLY: words.every_two_weeks,
        Frequency.MONTHLY: words.every_month,
        Frequency.QUARTERLY: words.every_quarter,
    }[frequency]


def proposed(context: PlanContext, config: PlanConfig) -> Mapping[str, str]:
    """What stands in the form when it opens: what was asked for, else what runs, else the least, monthly, from the
    first day on."""
    runs_now = context.before if runs(context.before) else None
    amount = config.amount or (runs_now.amount if runs_now else context.least)
    frequency = config.frequency or (runs_now.frequency if runs_now else Frequency.MONTHLY)
    day = config.day or (next_day(runs_now) if runs_now else earliest(context.before, context.now))
    kind = config.type or (type_of(runs_now) if runs_now else PlanType.MANUAL)
    return {
        "amount": "" if amount is None else as_typed(amount),
        "frequency": frequency.value,
        "day": day.isoformat(),
        "type": kind.value,
    }


_NONE: Mapping[PlanFault, str] = MappingProxyType({})


def form(context: PlanContext, typed: Mapping[str, str], problems: Mapping[PlanFault, str] = _NONE) -> PlanView:
    words, current, before = context.words, context.current, context.before
    first = earliest(before, context.now)
    runs_now = before if before is not None and runs(before) else None
    labels = dict(zip(Frequency, (words.weekly, words.fortnightly, words.monthly, words.quarterly), strict=True))
    of_amount = (PlanFault.AMOUNT, PlanFault.MINIMUM)
    of_day = (PlanFault.DATE, PlanFault.PAST, PlanFault.FAR)
    notice = runs_now and Notice(Tone.NOTE, words.runs_title, words.runs_text(day=due_at(next_day(runs_now))))
    return PlanView(
        frame_of(current, Closing.ASK, broker=context.broker.name),
        context.broker,
        context.account,
        words.title(basket=context.basket),
        words.text_choice if context.may_be_auto else words.text,
        Field(
            "amount", words.amount, typed.get("amount", "")[:16], keyboard="decimal", longest=16, before="₹",
            problem=next((problems[one] for one in of_amount if one in problems), ""),
        ),
        words.minimum_unknown if context.least is None else words.minimum(minimum=context.least),
        tuple(Choice(one.value, labels[one], one.value == typed.get("frequency")) for one in Frequency),
        problems.get(PlanFault.FREQUENCY_UNKNOWN, ""),
        Field(
            "day", words.day_next if runs_now else words.day, typed.get("day", "")[:10], kind="date", longest=10,
            problem=next((problems[one] for one in of_day if one in problems), ""),
        ),
        first.isoformat(),
        Action(words.end, post="confirm", fields={STEP: END})
        if runs_now
        else Action(current.texts.page.back_to(app=current.app), post="cancel"),
        (notice,) if notice else (),
        _types(context, typed),
    )  # fmt: skip


def _types(context: PlanContext, typed: Mapping[str, str]) -> tuple[Choice, ...]:
    """Who places the instalments, where there is a choice."""
    if not context.may_be_auto:
        return ()
    words, auto = context.words, typed.get("type") == PlanType.AUTO
    manual = Choice(PlanType.MANUAL.value, words.type_manual, not auto)
    return manual, Choice(PlanType.AUTO.value, words.type_auto, auto)


def problem_texts(context: PlanContext, amount: Paise | None) -> Mapping[PlanFault, str]:
    """What is said of each fault of a form."""
    words, investing = context.words, context.current.texts.investing
    return {
        PlanFault.AMOUNT: investing.problem_amount(most=MOST_AMOUNT),
        PlanFault.MINIMUM: words.problem_minimum(amount=amount or 0, minimum=context.least or 0),
        PlanFault.FREQUENCY_UNKNOWN: words.problem_frequency,
        PlanFault.DATE: words.problem_day,
        PlanFault.PAST: words.problem_past(day=_moment(earliest(context.before, context.now))),
        PlanFault.FAR: words.problem_far,
    }


def refused(context: PlanContext, terms: Terms, faults: Sequence[PlanFault]) -> PlanView:
    """The form once more, with terms that held when they were chosen."""
    texts = problem_texts(context, terms.amount)
    kind = PlanType.AUTO if terms.auto else PlanType.MANUAL
    typed = {"amount": as_typed(terms.amount), "frequency": terms.frequency, "day": f"{terms.day}", "type": kind}
    return form(context, typed, {fault: texts[fault] for fault in faults})


def review(context: PlanContext, terms: Terms) -> ConsentPage:
    """What the investor agrees to."""
    words, current = context.words, context.current
    due = due_at(terms.day)
    moved = due_day(terms.day) != terms.day
    first = words.first_moved(day=due, planned=_moment(terms.day)) if moved else words.first(day=due)
    each = Term(words.term_each, words.each(app=current.app, broker=context.broker.name))
    shown = (
        Term(words.term_amount, inr(terms.amount)),
        Term(words.term_frequency, often(words, terms.frequency)),
        Term(words.term_first, first),
        *(_by_itself(context, terms) if terms.auto else (each,)),
    )
    return consent_page(
        frame_of(current, Closing.ASK, broker=context.broker.name),
        context.broker,
        context.account,
        words.review_title(basket=context.basket),
        words.review_text,
        shown,
        words.agree_change if runs(context.before) else words.agree,
        Action(words.change, post="again", fields={STEP: AGAIN}),
    )


def _by_itself(context: PlanContext, terms: Terms) -> tuple[Term, ...]:
    """What somebody agrees to who does not confirm each instalment, with every bound that holds it."""
    words, broker, app = context.words, context.broker.name, context.current.app
    most = words.most(amount=terms.amount, percent=str(LIMIT_PERCENT), broker=broker)
    return (
        Term(words.term_each, words.by_itself(app=app, broker=broker, account=context.account)),
        Term(words.term_most, most),
        Term(words.term_what, words.what(basket=context.basket, version=f"{context.subject.basket.version}")),
        Term(words.term_else, words.otherwise(app=app)),
        Term(words.term_until, words.until(day=context.now + VALID_FOR)),
    )


def end_question(context: PlanContext, plan: Plan, *, may_keep: bool) -> ConsentPage:
    """`may_keep`: there is a page to go back to."""
    words, current = context.words, context.current
    now = words.now(amount=plan.amount, often=often(words, plan.frequency))
    keep = (
        Action(words.keep, post="again", fields={STEP: AGAIN})
        if may_keep
        else Action(current.texts.page.back_to(app=current.app), post="cancel")
    )
    return consent_page(
        frame_of(current, Closing.ASK, broker=context.broker.name),
        context.broker,
        context.account,
        words.end_title(basket=context.basket),
        words.end_withdrawn if context.withdrawn else words.end_text,
        (Term(words.term_now, now),),
        words.end,
        keep,
    )


def done(current: CurrentVisit, broker: Broker) -> Message:
    """What came of it; of an account that this browser may not see, no more than that it is over."""
    words, frame = current.texts.plan, frame_of(current, Closing.WINDOW)
    told = current.transaction.result if current.own_login else None
    result = None if told is None else msgspec.convert(told, PlanResult)
    title, text = words.changed_title, words.ended_text
    if result is not None:
        titles = {PlanAction.CREATE: words.started_title, PlanAction.END: words.ended_title}
        title = titles.get(result.action, title)
        if result.amount is not None and result.day is not None:
            text = words.done_text(amount=result.amount, day=due_at(result.day))
    return Message(frame, Tone.GOOD, title, (text,), broker, ending=ending(frame, current.app))


def _moment(day: date) -> datetime:
    """Of that day in India, for the texts."""
    return datetime.combine(day, time(12), IST)
