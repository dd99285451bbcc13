"""From the review to the orders: what the investor confirms is what they saw, once."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from torana.connectors.contract import Side, Variety
from torana.flows.contract import Changed, LoginNeeded, Page
from torana.flows.ordering.lines import LineProblem, entered, fill_in, prices_shown, review_hash
from torana.flows.ordering.review_page import ReviewContext, read_review
from torana.flows.ordering.shortage import too_large
from torana.market.calendar import book_day
from torana.orders.models import ConfirmedLine, confirmed_hash
from torana.orders.plan import plan
from torana.orders.slices import sliced


class FormIs(Enum):
    """What a sent review is, beside what can be placed now."""

    OUTDATED = auto()
    """The investor saw something else than what would be sent (D13, D14)."""
    NOT_PLACEABLE = auto()
    """Something is missing, wrong or too large, the investor has not seen in how many orders it would go, or only wants
    to look again."""
    UNSEEN = auto()
    """Funds, shares and sizes are looked at before anything is placed: the page could not know what was typed, or
    shares are sold of which the depository has to release some."""
    AS_SHOWN = auto()
    """The page showed these very lines with nothing against them, or the investor wants them all the same."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A sent review. `orders` are the lines, sliced where one order may not be as large."""

    verdict: FormIs
    orders: Sequence[ConfirmedLine] = ()
    problems: Mapping[int, LineProblem] = field(default_factory=dict)


async def confirm(context: ReviewContext, form: Mapping[str, str]) -> Page | LoginNeeded | Changed:
    """Place what the investor confirmed.

    A review comes back when something is missing, or when what they saw is not what would be sent (D13, D14). Of two
    confirmations one places, the other finds it done (D08, D09, D12).
    """
    sent = _read(context, form)
    if sent.verdict is not FormIs.AS_SHOWN:
        looked = await read_review(
            context,
            typed=form,
            problems=sent.problems,
            seen=form.get("seen", "") if sent.verdict is FormIs.OUTDATED else None,
            costs=form.get("check") == "costs",
        )
        if isinstance(looked, LoginNeeded):
            return looked
        if sent.verdict is not FormIs.UNSEEN or not looked.is_clear:
            return Page(looked, status=422)
    await plan(
        context.services.database,
        gateway=context.current.gateway,
        transaction=context.current.transaction,
        session=context.session,
        execution_mode=context.connector.execution_mode,
        lines=sent.orders,
        variety=context.variety,
        book_day=book_day(context.market.at, after_market=context.variety is Variety.AMO),
        now=context.services.clock.now(),
        basket=context.chosen.basket,
        begin=context.chosen.begin,
    )
    return Changed()


def _read(context: ReviewContext, form: Mapping[str, str]) -> _Form:
    """What the form asks for, held against what it was made from."""
    drafts, texts = context.drafts, context.current.texts
    prices = prices_shown(drafts, form)
    shown = review_hash(*context.asked, prices)
    if not _same(form.get("review", ""), shown.hex()) or context.current.visit.review_hash != shown:
        return _Form(FormIs.OUTDATED)
    known = [entered(draft, form) for draft in drafts]
    filled = fill_in(drafts, form, texts, prices)
    if filled.problems or "check" in form:
        return _Form(FormIs.NOT_PLACEABLE, problems=filled.problems)
    if too_large(drafts, known, context.connector.capabilities.name, context.most_orders, texts):
        return _Form(FormIs.NOT_PLACEABLE)
    orders = sliced(filled.lines, [(draft.largest, draft.security.lot) for draft in drafts])
    lines = confirmed_hash(filled.lines, context.variety).hex()
    if not any(_same(form.get(name, ""), lines) for name in ("shown", "anyway")):
        return _Form(FormIs.NOT_PLACEABLE if len(orders) > len(filled.lines) else FormIs.UNSEEN, orders)
    sells = any(order.side is Side.SELL for order in orders)
    reads_again = sells and context.releases and "anyway" not in form
    return _Form(FormIs.UNSEEN if reads_again else FormIs.AS_SHOWN, orders)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
