"""Shares of an investment that the broker does not show any more: the investor says which of them left it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import msgspec

from torana.baskets import missing
from torana.baskets.adjust import Asked, Fault, Unreconcilable, reconcile
from torana.baskets.models import AcceptedBy
from torana.baskets.positions import Left, Position
from torana.baskets.store.overview import Lost, Overview, overviews
from torana.connectors.contract import SessionEnded
from torana.flows.account import login_over
from torana.flows.context import pace_of
from torana.flows.contract import LoginNeeded, Page
from torana.flows.investing.request import amount_in
from torana.flows.module.context import ModuleContext
from torana.flows.module.investment_pages import investment
from torana.flows.module.request import Place
from torana.flows.module.views import LostRow, ReconcileView, Tab
from torana.flows.planning.request import day_in
from torana.holdings.models import HoldingsUnavailable
from torana.holdings.read_account import read_account
from torana.kit.errors import NotFound
from torana.market.securities import current as listing
from torana.pages.forms import Field
from torana.pages.views import Action

RECONCILE, CHECK = "reconcile", "check"
"""What a form of the page is for: its field `step`."""
_SHARES, _PRICE = "shares-", "price-"
"""Before the ISIN in the names of a row's fields."""
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_DAY = "day"
_NONE: Mapping[str, str] = MappingProxyType({})


class _Entered(msgspec.Struct):
    """What was typed, or by the name of its field what is wrong with it."""

    gone: list[Left]
    day: date | None
    problems: dict[str, str]


async def reconcile_page(context: ModuleContext) -> Page:
    """The investment itself where nothing of it is missing."""
    found = await _shown(context)
    return await investment(context) if found is None else Page(_view(context, found))


async def accepted(context: ModuleContext, form: Mapping[str, str]) -> Page | None:
    """What the investor said is written; or the page once more, with what is wrong."""
    found = await _shown(context)
    if found is None:
        return None
    entered, words = _entered(context, found, form), context.words
    answered = {name.removeprefix(_SHARES) for name in form if name.startswith(_SHARES)}
    if answered != {position.isin for position, _ in _rows(found)}:
        return Page(_view(context, found, form, problem=words.left_changed), 422)
    if entered.problems:
        return Page(_view(context, found, form, entered.problems), 422)
    if not entered.gone:
        return Page(_view(context, found, form, problem=words.left_none), 422)
    asked = Asked(tuple(entered.gone), entered.day, AcceptedBy.INVESTOR)
    at = context.gateway_id, context.investor_id, context.id
    try:
        async with context.services.database.transaction() as connection:
            await reconcile(connection, *at, asked, context.services.clock.now())
    except NotFound:
        return None
    except Unreconcilable as refused:
        return await _refused(context, form, refused.fault)
    return None


async def asked_again(context: ModuleContext) -> Page | LoginNeeded | None:
    """Read the account now. A page says that the broker did not tell."""
    connector, session, services = context.connector, context.session, context.services
    if connector is None or session is None:
        return None
    gateway = context.current.gateway
    try:
        pace = pace_of(services, gateway, connector, session.broker_user_id)
        reading = await read_account(connector, session.as_session(), pace, services.clock)
    except SessionEnded:
        return await login_over(services, session, gateway.gateway_id)
    except HoldingsUnavailable:
        found = await _shown(context)
        text = context.words.left_unread(broker=context.broker_name)
        return None if found is None else Page(_view(context, found, problem=text))
    at = services.database, context.gateway_id, context.investor_id
    await missing.notice(*at, reading, services.clock.now())
    return None


async def _refused(context: ModuleContext, form: Mapping[str, str], fault: Fault) -> Page | None:
    """What is missing may be another number since the page was shown."""
    found, words = await _shown(context), context.words
    if found is None:
        return None
    if fault is Fault.DATE:
        return Page(_view(context, found, form, {_DAY: words.problem_day}), 422)
    text = words.left_pending if fault is Fault.PENDING else words.left_changed
    return Page(_view(context, found, form, problem=text), 422)


async def _shown(context: ModuleContext) -> Overview | None:
    """None: nothing of it is missing, or it is not this investor's."""
    services, at = context.services, (context.gateway_id, context.investor_id)
    found = await overviews(services.database, *at, services.clock.now(), context.id)
    return found[0] if found and found[0].lost else None


def _rows(shown: Overview) -> Sequence[tuple[Position, Lost]]:
    lost = {one.missing.isin: one for one in shown.lost}
    return [(one, lost[one.isin]) for one in shown.investment.held if one.isin in lost]


def _most(position: Position, lost: Lost) -> int:
    return min(position.shares, lost.missing.shares)


def _entered(context: ModuleContext, shown: Overview, form: Mapping[str, str]) -> _Entered:
    words, entered = context.words, _Entered([], None, {})
    for position, lost in _rows(shown):
        count, each = _SHARES + position.isin, _PRICE + position.isin
        typed = form.get(count, "").replace(",", "").strip()
        shares, most = int(typed) if _WHOLE.fullmatch(typed) else 0 if not typed else -1, _most(position, lost)
        if not 0 <= shares <= most:
            entered.problems[count] = words.problem_left(most=most)
        price = form.get(each, "").strip()
        try:
            told = amount_in(price) if price else None
        except ValueError:
            entered.problems[each] = words.problem_price
        else:
            entered.gone += [Left(position.isin, shares, told)] if shares > 0 else []
    day = form.get(_DAY, "").strip()
    entered.day = day_in(day) if day else None
    if day and entered.day is None:
        entered.problems[_DAY] = words.problem_day
    return entered


def _view(
    context: ModuleContext,
    shown: Overview,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] = _NONE,
    problem: str = "",
) -> ReconcileView:
    words, broker = context.words, context.broker_name
    here = {"step": RECONCILE, "iscid": context.id}
    return ReconcileView(
        context.frame(),
        words.lost_title,
        context.tabs(Place.INVESTMENTS),
        Tab(shown.name, context.to(Place.INVESTMENT, id=context.id)),
        words.lost_text(broker=broker, app=context.current.app),
        tuple(_row(context, position, lost, typed, problems) for position, lost in _rows(shown)),
        Field(
            _DAY, words.left_day, (typed or {}).get(_DAY, "")[:10], kind="date", longest=10, optional=True,
            problem=problems.get(_DAY, ""),
        ),
        here,
        Action(words.left_check(broker=broker), post="confirm", fields=here | {"step": CHECK}),
        problem,
    )  # fmt: skip


def _row(
    context: ModuleContext,
    position: Position,
    lost: Lost,
    typed: Mapping[str, str] | None,
    problems: Mapping[str, str],
) -> LostRow:
    """All that is missing is proposed where no other investment may have lost it: else the investor says it."""
    words, security = context.words, listing().by_isin(position.isin, position.exchange)
    most = _most(position, lost)
    proposed = "" if lost.others else str(most)
    shares, price = _SHARES + position.isin, _PRICE + position.isin
    return LostRow(
        position.symbol,
        position.symbol if security is None else security.name,
        words.lost_held(count=position.shares),
        words.lost_missing(count=most),
        words.lost_also if lost.others else "",
        Field(
            shares, words.left_shares(symbol=position.symbol), (typed or {}).get(shares, proposed)[:9],
            keyboard="numeric", longest=9, optional=True, problem=problems.get(shares, ""),
        ),
        Field(
            price, words.left_price, (typed or {}).get(price, "")[:16], keyboard="decimal", longest=16, before="₹",
            optional=True, problem=problems.get(price, ""),
        ),
    )  # fmt: skip
