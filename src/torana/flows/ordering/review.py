"""The last look before money moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torana.connectors.contract import Side, Variety
from torana.flows.account import Account
from torana.flows.ordering.lines import Draft, Entered, entered
from torana.flows.ordering.shortage import Shortage, shortages, too_large
from torana.flows.ordering.trading import Market
from torana.flows.shares import Shares
from torana.kit.clock import IST
from torana.kit.money import Paise, grouped, inr
from torana.market.calendar import Phase
from torana.orders.slices import slices
from torana.pages.views import Action, Amount, Broker, Frame, Notice, Review, ReviewLine, Tone
from torana.pages.words import orders_in_words, when

NOT_KNOWN_YET = "—"


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that a review is made from."""

    frame: Frame
    broker: Broker
    account_name: str
    app: str
    drafts: Sequence[Draft]
    account: Account
    market: Market
    hash: str
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[int, str] = field(default_factory=dict)
    limits: bool = False
    """The investor asked for limit prices."""
    changed: bool = False
    """What the investor confirmed is not what would be sent: he looks again."""
    at_broker: bool = False
    """The orders go by the broker's own page: nothing is placed before he confirms there, too."""
    lines_hash: str = ""
    """Of the very lines that are shown, once all of them are known."""
    most_orders: int | None = None
    """So many orders the broker takes in one go."""
    sells_pledged: bool | None = None
    """Whether this broker sells pledged shares; None when it does not say."""
    prices: Mapping[int, Paise] = field(default_factory=dict)
    """From which market orders that are sent as limits get these, by line number."""

    @property
    def entered(self) -> Sequence[Entered]:
        """What is known of the lines, in the order of `drafts`."""
        return [entered(draft, self.typed) for draft in self.drafts]

    @property
    def left_open(self) -> bool:
        """Whether the investor has a part in what the lines are."""
        return any(not _is_fixed(draft) for draft in self.drafts)


def review_view(look: Look) -> Review:
    count = len(look.drafts)
    total, pay = _total(look)
    short = pay is not None and look.account.funds is not None and pay > look.account.funds
    lacking = shortages(look.drafts, look.entered, look.account.shares, look.broker.name)
    large = too_large(look.drafts, look.entered, look.broker.name, look.most_orders)
    prices = look.account.prices is not None
    hindered = short or bool(lacking) or bool(large) or bool(look.problems)
    doubtful = bool(look.lines_hash) and not large and not look.problems and _may_be_taken(lacking, short=short)
    return Review(
        look.frame,
        look.broker,
        look.account_name,
        "Review your order" if count == 1 else "Review your orders",
        tuple(
            _line(look, draft, known, lacking, large) for draft, known in zip(look.drafts, look.entered, strict=True)
        ),
        total,
        _funds(look, pay, short=short),
        _confirm_label(look),
        look.hash,
        notices=tuple(_notices(look, pay, short=short, lacking=lacking, large=large)),
        consent=_consent(look),
        priced_at=_priced_at(look) if prices else None,
        prices_url=f"{look.frame.home}/prices" if prices else None,
        available=look.account.funds,
        shown=look.lines_hash if look.lines_hash and not hindered else None,
        blocked=_blocked(look, short=short, lacking=lacking, large=large),
        limits=look.limits or any(name.startswith("limit-") and value for name, value in look.typed.items()),
        limits_url=f"{look.frame.home}?part=review&limits=1",
        anyway=("Go on anyway" if look.at_broker else "Place anyway") if doubtful else None,
        anyway_hash=look.lines_hash,
    )


def _may_be_taken(lacking: Mapping[int, Shortage], *, short: bool) -> bool:
    """Whether the broker may take what we would not: funds can arrive, and not every share is told."""
    return (short or bool(lacking)) and not any(one.certain for one in lacking.values())


def _is_fixed(draft: Draft) -> bool:
    return draft.line.side is not None and draft.line.quantity is not None


def _line(
    look: Look, draft: Draft, known: Entered, lacking: Mapping[int, Shortage], large: Mapping[int, str]
) -> ReviewLine:
    line, security = draft.line, draft.security
    last = (look.account.prices or {}).get(draft.price_key)
    missing = lacking.get(draft.number)
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
        limit_required=draft.limit_required,
        tick=security.tick,
        exchange=security.exchange,
        note=" ".join(part for part in (_slices_note(draft, known), _shares_note(look, draft, known)) if part),
        limit_note=_limit_note(look, draft, known),
        price_shown=look.prices.get(draft.number),
        typed_quantity=look.typed.get(f"quantity-{draft.number}", ""),
        typed_limit=look.typed.get(f"limit-{draft.number}", ""),
        amount=known.amount(last),
        problem=look.problems.get(draft.number) or large.get(draft.number) or (missing.text if missing else None),
    )


def _slices_note(draft: Draft, known: Entered) -> str:
    """What becomes of a line that is too large for one order."""
    parts = [] if known.quantity is None else slices(known.quantity, draft.largest, draft.security.lot)
    if len(parts) < 2:
        return ""
    size = grouped(parts[0]) if parts[0] == parts[-1] else f"up to {grouped(parts[0])}"
    return f"Sent as {len(parts)} orders of {size} shares."


def _limit_note(look: Look, draft: Draft, known: Entered) -> str:
    """What a market order that is sent as a limit may cost or bring at the worst."""
    shown = look.prices.get(draft.number)
    if shown is None or known.limit is not None or draft.market_percent is None:
        return ""
    sent = f"{look.broker.name} takes it with a limit"
    if known.side is None:
        return f"{sent}, at most {draft.market_percent.normalize():f}% from {inr(shown)}."
    worst = inr(draft.worst_price(known.side, shown) or 0)
    return f"{sent}: you {'pay at most' if known.side is Side.BUY else 'get at least'} {worst} a share."


def _shares_note(look: Look, draft: Draft, known: Entered) -> str:
    """How much of a share that is sold is there."""
    if look.account.shares is None or known.side is not Side.SELL:
        return ""
    held = look.account.shares.get(draft.security.isin, Shares())
    if held is None:
        return ""
    if held.most == held.free:
        return f"You can sell up to {grouped(held.free)}"
    pledged = f", {grouped(held.pledged)} of them pledged" if held.pledged else ""
    free = f", {grouped(held.free)} of them can be sold without permission" if held.free and held.waiting else ""
    return f"You hold {grouped(held.most)}{pledged}{free}"


def _total(look: Look) -> tuple[Amount, Paise | None]:
    """The line above the button, and what the buys need beyond the sells (None: not known). As in `portal.js`."""
    sums = dict.fromkeys(Side, 0)
    unpriced = False
    for draft, known in zip(look.drafts, look.entered, strict=True):
        if known.side is None or known.quantity is None or not known.limit_known:
            return Amount("Estimated total", NOT_KNOWN_YET), None
        amount = known.amount((look.account.prices or {}).get(draft.price_key))
        unpriced = unpriced or amount is None
        sums[known.side] += amount or 0
    if unpriced:
        return Amount("Estimated total", None), None
    pay = sums[Side.BUY] - sums[Side.SELL]
    if pay < 0:
        return Amount("You get about", inr(-pay)), pay
    label = f"Buys less sells of {inr(sums[Side.SELL])}" if sums[Side.SELL] else "Estimated total"
    return Amount(label, inr(pay)), pay


def _funds(look: Look, pay: Paise | None, *, short: bool) -> Amount:
    if pay is not None and pay <= 0:
        return Amount("Funds needed", "none")
    funds = look.account.funds
    return Amount(f"Funds at {look.broker.name}", None if funds is None else inr(funds), short=short)


def _notices(
    look: Look, pay: Paise | None, *, short: bool, lacking: Mapping[int, Shortage], large: Mapping[int, str]
) -> list[Notice]:
    name, opens, count = look.broker.name, look.market.next_open, len(look.drafts)
    notices: list[Notice] = []
    if look.changed:
        text = "What you saw is not what would be placed now. Nothing has been sent: please look again."
        notices.append(Notice(Tone.NOTE, "Something changed", text))
    if large:
        notices.append(Notice(Tone.BAD, "Too large for one go", f"{' '.join(large.values())} Nothing has been placed."))
    elif lacking:
        these = "this order sells" if count == 1 else "these orders sell"
        text = f"{name} shows fewer shares than {these}. Nothing has been placed."
        if not any(one.certain for one in lacking.values()):
            text = f"{text} It did not show us everything that you may sell: if you have them, go on."
        notices.append(Notice(Tone.BAD, "Not enough shares", text))
    elif short and pay is not None:
        has = f"About {inr(pay)} is needed and {name} shows {inr(look.account.funds or 0)}."
        text = f"{has} Add money at {name}, then check again."
        notices.append(Notice(Tone.BAD, "Not enough funds", text))
    else:
        notices += _permissions(look)
    if look.market.variety is Variety.AMO:
        start = "at the next opening" if opens is None else f"when it opens on {when(opens)}"
        them = "it" if count == 1 else "them"
        text = f"{name} keeps your {orders_in_words(count)} and sends {them} to the exchange {start}."
        notices.append(Notice(Tone.QUEUE, "The market is closed", text))
    elif look.market.phase is Phase.PRE_OPEN and opens is not None:
        notices.append(Notice(Tone.QUEUE, "Before the opening", f"Trading begins at {opens.astimezone(IST):%H:%M}."))
    if look.market.phase is Phase.UNKNOWN or not look.market.hours_known:
        text = f"We do not know today’s market hours. {name} decides whether it takes your {orders_in_words(count)}."
        notices.append(Notice(Tone.NOTE, "Is the market open?", text))
    if untold := _missing(look):
        needed = any(draft.needs_price and draft.number not in look.prices for draft in look.drafts)
        way_on = "Enter a limit price, or check again." if needed else "You can go on without."
        text = f"{untold} {way_on}"
        notices.append(Notice(Tone.NOTE, "Some figures are missing", text))
    return notices


def _permissions(look: Look) -> list[Notice]:
    """Shares are there, but something has to happen before they can be sold."""
    notices: dict[str, Notice] = {}
    name = look.broker.name
    wanted: dict[str, int] = {}
    for draft, known in zip(look.drafts, look.entered, strict=True):
        held = (look.account.shares or {}).get(draft.security.isin)
        if known.side is not Side.SELL or known.quantity is None or held is None:
            continue
        isin = draft.security.isin
        wanted[isin] = wanted.get(isin, 0) + known.quantity
        if held.waiting and wanted[isin] > held.free:
            title = "Your permission may be needed"
            asks = f"{name} asks the depository (CDSL TPIN) before it sells your shares."
            text = f"{asks} Without that it rejects the order."
            notices[title] = Notice(Tone.NOTE, title, text)
        if held.pledged and wanted[isin] > held.free + held.waiting:
            title = "Some of these shares are pledged"
            text = f"{name} takes them out of the pledge as they are sold, and what you can borrow on them falls."
            if look.sells_pledged is None:
                text = f"{name} decides whether it sells shares that are pledged."
            notices[title] = Notice(Tone.NOTE, title, text)
    return list(notices.values())


def _untold(look: Look) -> str:
    """What the page would show and the broker did not tell."""
    account = look.account
    prices = account.prices or {}
    unpriced = [draft.security.symbol for draft in look.drafts if draft.price_key not in prices]
    told = (
        "your funds" if account.funds is None and any(d.line.side is not Side.SELL for d in look.drafts) else "",
        "your holdings" if account.shares is None and any(d.line.side is not Side.BUY for d in look.drafts) else "",
        ("the prices" if account.prices is None else f"the price of {', '.join(unpriced[:3])}") if unpriced else "",
    )
    return " and ".join(part for part in told if part)


def _missing(look: Look) -> str:
    """What the page would show and we do not know, and why, as sentences."""
    shares, name = look.account.shares or {}, look.broker.name
    sold = [draft for draft in look.drafts if draft.line.side is not Side.BUY]
    unread = [one.security.symbol for one in sold if shares.get(one.security.isin, Shares()) is None]
    untold = _untold(look)
    told = (
        f"{name} did not tell us {untold} in time." if untold else "",
        f"We could not read what {name} told us of your shares of {', '.join(unread[:3])}." if unread else "",
    )
    return " ".join(sentence for sentence in told if sentence)


def _consent(look: Look) -> str | None:
    one = len(look.drafts) == 1
    said = []
    if look.at_broker:
        again = "it" if one else "them"
        said.append(f"{look.broker.name} shows {again} once more. Nothing is placed before you confirm there.")
    if look.market.variety is Variety.AMO:
        said.append(
            f"By placing {'it' if one else 'them'} you agree that {'it runs' if one else 'they run'} at the next "
            "opening, at a price that may differ from the estimate."
        )
    return " ".join(said) or None


def _confirm_label(look: Look) -> str:
    if look.at_broker:
        return f"Continue to {look.broker.name}"
    count = sum(
        1 if known.quantity is None else len(slices(known.quantity, draft.largest, draft.security.lot))
        for draft, known in zip(look.drafts, look.entered, strict=True)
    )
    if look.market.variety is Variety.AMO:
        return "Place after-market order" if count == 1 else f"Place {count} after-market orders"
    return "Place order" if count == 1 else f"Place {count} orders"


def _blocked(look: Look, *, short: bool, lacking: Mapping[int, Shortage], large: Mapping[int, str]) -> Action | None:
    """What stands in the place of the button. What the investor has typed may be mended: then the button stays, and
    the server looks again."""
    fixed = {draft.number for draft in look.drafts if _is_fixed(draft)}
    if any(number in fixed and one.certain for number, one in lacking.items()):
        return Action(f"Return to {look.app}", post="cancel", fields={"reason": "insufficient_holdings"})
    if large and look.drafts and (fixed >= set(large)):
        return Action(f"Return to {look.app}", post="cancel", fields={"reason": "too_large"})
    if not (short or fixed & set(lacking)) or look.problems:
        return None
    return _check_again(look)


def _check_again(look: Look) -> Action:
    """With what was typed, if anything was."""
    if look.left_open or look.typed:
        return Action("Check again", post="confirm", fields={"check": "1"})
    return Action("Check again", href=look.frame.home)


def _priced_at(look: Look) -> str:
    orders = "order is" if len(look.drafts) == 1 else "orders are"
    at = f"{look.market.at.astimezone(IST):%H:%M}"
    return f"Prices from {look.broker.name} at {at}. They move until your {orders} filled."
