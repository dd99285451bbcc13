"""The last look before money moves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torana.connectors.contract import Holding, Side, Variety
from torana.kit.clock import IST
from torana.kit.money import Paise, grouped, inr
from torana.market.calendar import Phase
from torana.portal.account import Account
from torana.portal.lines import Draft
from torana.portal.market import Market
from torana.portal.views import Action, Amount, Broker, Frame, Notice, Review, ReviewLine, Tone
from torana.portal.words import orders_in_words, when

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


def review_view(look: Look) -> Review:
    count = len(look.drafts)
    total, pay = _total(look)
    short = pay is not None and look.account.funds is not None and pay > look.account.funds
    missing_shares = _missing_shares(look)
    prices = look.account.prices is not None
    return Review(
        look.frame,
        look.broker,
        look.account_name,
        "Review your order" if count == 1 else "Review your orders",
        tuple(_line(look, draft, missing_shares) for draft in look.drafts),
        total,
        _funds(look, pay, short=short),
        _confirm_label(look),
        look.hash,
        notices=tuple(_notices(look, pay, short=short, missing_shares=bool(missing_shares))),
        consent=_consent(look),
        priced_at=_priced_at(look) if prices else None,
        prices_url=f"{look.frame.home}/prices" if prices else None,
        available=look.account.funds,
        blocked=_blocked(look, short=short, missing_shares=bool(missing_shares)),
        limits=look.limits or any(name.startswith("limit-") and value for name, value in look.typed.items()),
        limits_url=f"{look.frame.home}?part=review&limits=1",
        quiet=Action("Go on anyway" if look.at_broker else "Place anyway", post="confirm")
        if short and not missing_shares
        else None,
    )


def _line(look: Look, draft: Draft, missing_shares: Mapping[int, str]) -> ReviewLine:
    line, security = draft.line, draft.security
    return ReviewLine(
        draft.number,
        security.symbol,
        security.name,
        line.side or _typed_side(look, draft),
        line.quantity if line.quantity is not None else _typed_quantity(look, draft),
        (look.account.prices or {}).get(security.symbol),
        side_open=line.side is None,
        quantity_open=line.quantity is None,
        limit=line.limit_price,
        limit_open=draft.limit_open,
        limit_required=draft.limit_required,
        tick=security.tick,
        note=_shares_note(look, draft),
        typed_quantity=look.typed.get(f"quantity-{draft.number}", ""),
        typed_limit=look.typed.get(f"limit-{draft.number}", ""),
        problem=look.problems.get(draft.number) or missing_shares.get(draft.number),
    )


def _shares_note(look: Look, draft: Draft) -> str:
    """How much of a share that is sold is there."""
    if look.account.holdings is None or draft.line.side is not Side.SELL:
        return ""
    held = look.account.holdings.get(draft.security.symbol)
    if held is not None and _owned(held) > held.sellable:
        free = f", {grouped(held.sellable)} of them can be sold without permission" if held.sellable else ""
        return f"You hold {grouped(_owned(held))}{free}"
    return f"You can sell up to {grouped(held.sellable if held else 0)}"


def _typed_side(look: Look, draft: Draft) -> Side | None:
    typed = look.typed.get(f"side-{draft.number}", "")
    return Side(typed) if typed in tuple(Side) else None


def _typed_quantity(look: Look, draft: Draft) -> int | None:
    typed = look.typed.get(f"quantity-{draft.number}", "")
    return int(typed) if typed.isascii() and typed.isdigit() else None


def _missing_shares(look: Look) -> dict[int, str]:
    """Lines that sell more than the account holds, as far as side and quantity are fixed; several of one share count
    together."""
    holdings = look.account.holdings
    if holdings is None:
        return {}
    wanted: Counter[str] = Counter()
    missing: dict[int, str] = {}
    for draft in look.drafts:
        if draft.line.side is not Side.SELL or draft.line.quantity is None:
            continue
        symbol = draft.security.symbol
        wanted[symbol] += draft.line.quantity
        held = holdings.get(symbol)
        if wanted[symbol] > (_owned(held) if held else 0):
            missing[draft.number] = f"You can sell {grouped(held.sellable if held else 0)} of these shares."
    return missing


def _owned(held: Holding) -> int:
    """What could be sold once the depository allows it."""
    return max(held.sellable, held.quantity + held.t1_quantity)


def _needs_permission(look: Look) -> bool:
    """Shares are there, but the depository must be told first."""
    holdings = look.account.holdings or {}
    return any(
        draft.line.side is Side.SELL
        and draft.line.quantity is not None
        and (held := holdings.get(draft.security.symbol)) is not None
        and held.sellable < draft.line.quantity <= _owned(held)
        for draft in look.drafts
    )


def _total(look: Look) -> tuple[Amount, Paise | None]:
    """The line above the button, and what the buys need beyond the sells (None: not known). As in `portal.js`."""
    sums = dict.fromkeys(Side, 0)
    for draft in look.drafts:
        price = draft.line.limit_price or (look.account.prices or {}).get(draft.security.symbol)
        side, quantity = draft.line.side, draft.line.quantity
        if side is None or quantity is None:
            return Amount("Estimated total", NOT_KNOWN_YET), None
        if price is None:
            return Amount("Estimated total", None), None
        sums[side] += price * quantity
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


def _notices(look: Look, pay: Paise | None, *, short: bool, missing_shares: bool) -> list[Notice]:
    name, opens, count = look.broker.name, look.market.next_open, len(look.drafts)
    notices: list[Notice] = []
    if look.changed:
        text = "What you saw is not what would be placed now. Nothing has been sent: please look again."
        notices.append(Notice(Tone.NOTE, "Something changed", text))
    if missing_shares:
        these = "this order sells" if count == 1 else "these orders sell"
        text = f"{name} shows fewer shares than {these}. Nothing has been placed."
        notices.append(Notice(Tone.BAD, "Not enough shares", text))
    elif short and pay is not None:
        has = f"About {inr(pay)} is needed and {name} shows {inr(look.account.funds or 0)}."
        text = f"{has} Add money at {name}, then check again."
        notices.append(Notice(Tone.BAD, "Not enough funds", text))
    elif _needs_permission(look):
        text = f"{name} asks the depository (CDSL TPIN) before it sells your shares. Without that it rejects the order."
        notices.append(Notice(Tone.NOTE, "Your permission may be needed", text))
    if look.market.variety is Variety.AMO:
        start = "at the next opening" if opens is None else f"when it opens on {when(opens)}"
        them = "it" if count == 1 else "them"
        text = f"{name} keeps your {orders_in_words(count)} and sends {them} to the exchange {start}."
        notices.append(Notice(Tone.QUEUE, "The market is closed", text))
    elif look.market.phase is Phase.PRE_OPEN and opens is not None:
        notices.append(Notice(Tone.QUEUE, "Before the opening", f"Trading begins at {opens.astimezone(IST):%H:%M}."))
    elif look.market.phase is Phase.UNKNOWN:
        text = f"We do not know today’s market hours. {name} decides whether it takes your {orders_in_words(count)}."
        notices.append(Notice(Tone.NOTE, "Is the market open?", text))
    if untold := _untold(look):
        text = f"{name} did not tell us {untold} in time. You can go on without."
        notices.append(Notice(Tone.NOTE, "Some figures are missing", text))
    return notices


def _untold(look: Look) -> str:
    """What the page would show and the broker did not tell."""
    account = look.account
    prices = account.prices or {}
    unpriced = [draft.security.symbol for draft in look.drafts if draft.security.symbol not in prices]
    told = (
        "your funds" if account.funds is None and any(d.line.side is not Side.SELL for d in look.drafts) else "",
        "your holdings" if account.holdings is None and any(d.line.side is not Side.BUY for d in look.drafts) else "",
        ("the prices" if account.prices is None else f"the price of {', '.join(unpriced[:3])}") if unpriced else "",
    )
    return " and ".join(part for part in told if part)


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
    count = len(look.drafts)
    if look.at_broker:
        return f"Continue to {look.broker.name}"
    if look.market.variety is Variety.AMO:
        return "Place after-market order" if count == 1 else f"Place {count} after-market orders"
    return "Place order" if count == 1 else f"Place {count} orders"


def _blocked(look: Look, *, short: bool, missing_shares: bool) -> Action | None:
    if missing_shares:
        return Action(f"Return to {look.app}", post="cancel", fields={"reason": "insufficient_holdings"})
    return Action("Check again", href=look.frame.home) if short else None


def _priced_at(look: Look) -> str:
    orders = "order is" if len(look.drafts) == 1 else "orders are"
    at = f"{look.market.at.astimezone(IST):%H:%M}"
    return f"Prices from {look.broker.name} at {at}. They move until your {orders} filled."
