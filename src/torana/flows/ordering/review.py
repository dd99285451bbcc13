"""The last look before money moves."""

from dataclasses import replace
from datetime import datetime

from torana.connectors.contract import Side, Variety
from torana.flows.ordering.costs import CostsTold, Means, needed_above_funds, to_pay
from torana.flows.ordering.lines import Draft, Entered, LineProblem, Part, last_prices, sums_of
from torana.flows.ordering.review_input import ReviewInput
from torana.flows.ordering.review_notices import Against, notices_of
from torana.flows.ordering.shortage import shortages, too_large, unreleased
from torana.flows.ordering.views import CostRows, Review, ReviewLine
from torana.flows.shares import Shares
from torana.kit.money import Paise, inr
from torana.orders.slices import slices
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Amount

NOT_KNOWN_YET = "—"


def review_view(given: ReviewInput) -> Review:
    words, count = given.texts.review, len(given.drafts)
    total, pay = _total(given)
    against = _against(given, pay)
    prices = given.account.prices is not None
    hindered = against.short or bool(against.lacking) or bool(against.large) or bool(given.problems)
    hindered = hindered or bool(against.unreleased)
    doubtful = (against.short or bool(against.lacking)) and not against.is_certain
    placeable = bool(given.lines_hash) and not against.large and not given.problems
    anyway = words.go_on_anyway if given.at_broker else words.place_anyway
    return Review(
        given.frame,
        given.broker,
        given.account_name,
        words.title(count=count),
        tuple(_line(given, draft, known, against) for draft, known in zip(given.drafts, given.entered, strict=True)),
        total,
        _funds(given, against),
        _confirm_label(given),
        given.hash,
        notices=(*notices_of(given, against), *given.remarks),
        consent=_consent(given),
        priced_at=words.priced_at(broker=given.broker.name, at=given.market.at, count=count) if prices else None,
        prices_url=f"{given.frame.home}/prices" if prices else None,
        available=given.account.funds,
        shown=given.lines_hash if given.lines_hash and not hindered else None,
        blocked=_blocked(given, against),
        limits=given.limits or any(name.startswith("limit-") and value for name, value in given.typed.items()),
        limits_url=f"{given.frame.home}?part=review&limits=1",
        # Funds can arrive, and not every share is told: the broker may take what we would not.
        anyway=anyway if doubtful and placeable else None,
        anyway_hash=given.lines_hash,
        costs=_costs(given, pay),
        change=given.change,
        pay=None if given.at_broker else inr(pay) if pay is not None and pay > 0 else "",
        seen=given.seen,
        warned=any(draft.limit_open for draft in given.far),
    )


def _against(given: ReviewInput, pay: Paise | None) -> Against:
    funds, name, texts = given.account.funds, given.broker.name, given.texts
    return Against(
        shortages(given.drafts, given.entered, given.account.shares, name, texts),
        too_large(given.drafts, given.entered, name, given.most_orders, texts),
        pay,
        short=pay is not None and funds is not None and pay > funds,
        unreleased=unreleased(given.drafts, given.entered, given.account.shares) if given.releases else {},
    )


def _line(given: ReviewInput, draft: Draft, known: Entered, against: Against) -> ReviewLine:
    line, security = draft.line, draft.security
    last = (given.account.prices or {}).get(draft.price_key)
    missing = against.lacking.get(draft.number)
    wrong = given.problems.get(draft.number)
    problem = wrong.text if wrong is not None else against.large.get(draft.number)
    notes = (_slices_note(given, draft, known), _shares_note(given, draft, known))
    return ReviewLine(
        draft.number,
        security.symbol,
        security.name,
        known.side,
        known.quantity,
        last,
        side_open=line.side is None,
        quantity_open=line.quantity is None,
        limit=line.limit_price,
        limit_open=draft.limit_open,
        limit_shown=known.limit if known.limit_known else None,
        limit_is_far=known.is_far(last),
        limit_required=draft.limit_required,
        tick=security.tick,
        exchange=security.exchange,
        note=" ".join(note for note in notes if note),
        limit_note=_limit_note(given, draft, known),
        price_shown=given.prices.get(draft.number),
        typed_quantity=given.typed.get(f"quantity-{draft.number}", ""),
        typed_limit=given.typed.get(f"limit-{draft.number}", ""),
        amount=known.amount(last),
        problem=problem or (missing.text if missing else None),
        wrong=_wrong(draft, wrong, is_about_size=problem is not None or missing is not None),
        was="" if given.changed is None else given.changed.lines.get(draft.number, ""),
    )


def _wrong(draft: Draft, problem: LineProblem | None, *, is_about_size: bool) -> str:
    """The field that has to be mended, where the investor can mend it."""
    if problem is not None:
        return problem.part or ""
    return Part.QUANTITY if is_about_size and draft.line.quantity is None else ""


def _slices_note(given: ReviewInput, draft: Draft, known: Entered) -> str:
    """What becomes of a line that is too large for one order."""
    parts = [] if known.quantity is None else slices(known.quantity, draft.largest, draft.security.lot)
    if len(parts) < 2:
        return ""
    words = given.texts.review
    return (words.slices if parts[0] == parts[-1] else words.slices_up_to)(parts=len(parts), size=parts[0])


def _limit_note(given: ReviewInput, draft: Draft, known: Entered) -> str:
    """What a market order that is sent as a limit may cost or bring at the worst."""
    words, broker, shown = given.texts.review, given.broker.name, given.prices.get(draft.number)
    if shown is None or known.limit is not None or draft.market_percent is None:
        return ""
    if known.side is None:
        return words.limit_within(broker=broker, percent=f"{draft.market_percent.normalize():f}", price=shown)
    worst = draft.worst_price(known.side, shown) or 0
    return words.limit_worst(broker=broker, side=known.side.value, price=worst)


def _shares_note(given: ReviewInput, draft: Draft, known: Entered) -> str:
    """How much of a share that is sold is there."""
    if given.account.shares is None or known.side is not Side.SELL:
        return ""
    words, held = given.texts.review, given.account.shares.get(draft.security.isin, Shares())
    if held is None:
        return ""
    if held.most == held.free:
        return words.sell_up_to(free=held.free)
    free = bool(held.free and held.waiting)
    if held.pledged and free:
        return words.hold_pledged_free(most=held.most, pledged=held.pledged, free=held.free)
    if held.pledged:
        return words.hold_pledged(most=held.most, pledged=held.pledged)
    return words.hold_free(most=held.most, free=held.free) if free else words.hold(most=held.most)


def _total(given: ReviewInput) -> tuple[Amount, Paise | None]:
    """The line above the button, and what the buys need beyond the sells (None: not known). As in `portal.js`."""
    words = given.texts.review
    if not all(known.known for known in given.entered):
        return Amount(words.total, NOT_KNOWN_YET), None
    sums = sums_of(given.drafts, given.entered, last_prices(given.drafts, given.account.prices))
    pay = to_pay(sums)
    if sums is None or pay is None:
        return Amount(words.total, None), None
    if pay < 0:
        return Amount(words.get_about, inr(-pay)), pay
    label = words.buys_less_sells if sums[Side.SELL] else words.total
    return Amount(label, inr(pay)), pay


def _funds(given: ReviewInput, against: Against) -> Amount:
    words = given.texts.review
    if against.pay is not None and against.pay <= 0:
        return Amount(words.funds_none, "")
    funds = given.account.funds
    label = words.funds_at(broker=given.broker.name)
    return Amount(label, None if funds is None else inr(funds), short=against.short)


def _costs(given: ReviewInput, pay: Paise | None) -> CostRows | None:
    if not given.tells_costs:
        return None
    url = f"{given.frame.home}/prices?costs=1"
    if given.costs is None:
        return CostRows(url)
    means = Means(pay, given.account.funds)
    return replace(cost_rows(given.costs, means, given.broker.name, given.market.at, given.texts), url=url)


def cost_rows(told: CostsTold, means: Means, broker: str, at: datetime, texts: Texts) -> CostRows:
    """What a broker told, as it stands on the page; `at` is when."""
    words = texts.costs
    nothing = told.margin is None and told.charges is None
    needed = needed_above_funds(told, means)
    return CostRows(
        asked=True,
        margin=None if told.margin is None else inr(told.margin),
        charges=None if told.charges is None else inr(told.charges),
        source=words.not_told_by(broker=broker) if nothing else words.told_by(broker=broker, at=at),
        short=None if needed is None else words.short(needed=needed, broker=broker, funds=means.funds or 0),
    )


def _consent(given: ReviewInput) -> str | None:
    words, count = given.texts.review, len(given.drafts)
    return words.consent_broker(broker=given.broker.name, count=count) if given.at_broker else None


def _confirm_label(given: ReviewInput) -> str:
    words = given.texts.review
    if given.at_broker:
        return given.texts.page.continue_to(broker=given.broker.name)
    count = sum(
        1 if known.quantity is None else len(slices(known.quantity, draft.largest, draft.security.lot))
        for draft, known in zip(given.drafts, given.entered, strict=True)
    )
    return (words.place_amo if given.market.variety is Variety.AMO else words.place)(count=count)


def _blocked(given: ReviewInput, against: Against) -> Action | None:
    """What stands in the place of the button. What the investor has typed may be mended: then the button stays, and
    the server looks again."""
    fixed = {draft.number for draft in given.drafts if draft.is_fixed}
    back = given.texts.page.back_to(app=given.app)
    if any(number in fixed and one.certain for number, one in against.lacking.items()):
        return Action(back, post="cancel", fields={"reason": "insufficient_holdings"})
    if against.large and given.drafts and (fixed >= set(against.large)):
        return Action(back, post="cancel", fields={"reason": "too_large"})
    if against.unreleased and not (against.short or against.lacking or given.problems):
        return Action(given.texts.depository.go_first, post="confirm", fields={"depository": "start"})
    if not (against.short or fixed & set(against.lacking)) or given.problems:
        return None
    return _check_again(given)


def _check_again(given: ReviewInput) -> Action:
    """With what was typed, if anything was."""
    label = given.texts.review.check_again
    if given.left_open or given.typed:
        return Action(label, post="confirm", fields={"check": "1"})
    return Action(label, href=given.frame.home)
