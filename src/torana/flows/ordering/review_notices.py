"""Remarks above a review: what stands against it, and what else the investor should know before they confirm."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torana.connectors.contract import Side, Variety
from torana.flows.ordering.review_input import ReviewInput
from torana.flows.ordering.shortage import Shortage
from torana.flows.shares import Shares
from torana.kit.money import Paise
from torana.market.calendar import Phase
from torana.pages.views import Notice, Tone

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Against:
    """What stands against the lines as they are: lines that sell too much or are too large, by number, and money.
    `pay` is what the buys need beyond the sells, None where that is not known."""

    lacking: Mapping[int, Shortage]
    large: Mapping[int, str]
    pay: Paise | None
    short: bool
    unreleased: Mapping[str, int] = field(default_factory=dict)
    """Shares by ISIN that are sold and wait for the depository, where they can be released from here."""

    @property
    def is_certain(self) -> bool:
        """Whether shares lack of which the broker shows everything."""
        return any(one.certain for one in self.lacking.values())


def notices_of(given: ReviewInput, against: Against) -> list[Notice]:
    words, name, count = given.texts.notice, given.broker.name, len(given.drafts)
    notices: list[Notice] = []
    if given.changed is not None:
        told = given.changed.told or (words.changed_text,)
        notices.append(Notice(Tone.NOTE, words.changed_title, " ".join((*told, words.changed_unsent))))
    if against.large:
        text = words.large_text(problems=" ".join(against.large.values()))
        notices.append(Notice(Tone.BAD, words.large_title, text))
    elif against.lacking:
        shares_text = words.shares_text if against.is_certain else words.shares_unsure
        notices.append(Notice(Tone.BAD, words.shares_title, shares_text(broker=name, count=count)))
    elif against.short and against.pay is not None:
        text = words.funds_text(needed=against.pay, broker=name, funds=given.account.funds or 0)
        notices.append(Notice(Tone.BAD, words.funds_title, text))
    elif against.unreleased:
        depository = given.texts.depository
        notices.append(Notice(Tone.NOTE, depository.notice_title, depository.notice_text(broker=name)))
    else:
        notices += _permissions(given)
    if given.far:
        symbols = [draft.security.symbol for draft in given.far[:MOST_NAMED]]
        notices.append(Notice(Tone.ASK, words.far_title, words.far_text(symbols=symbols)))
    notices += _hours(given)
    if missing := _not_known(given):
        needed = any(draft.needs_price and draft.number not in given.prices for draft in given.drafts)
        text = " ".join((*missing, words.missing_needed if needed else words.missing_go_on))
        notices.append(Notice(Tone.NOTE, words.missing_title, text))
    return notices


def _hours(given: ReviewInput) -> list[Notice]:
    words, name, count = given.texts.notice, given.broker.name, len(given.drafts)
    opens = given.market.next_open
    notices: list[Notice] = []
    if given.market.variety is Variety.AMO:
        text = (
            words.closed_next(broker=name, count=count)
            if opens is None
            else words.closed_on(broker=name, count=count, at=opens)
        )
        # By confirming they agree to it: it stands where it is read first.
        text = f"{text} {given.texts.review.consent_amo(count=count)}"
        notices.append(Notice(Tone.QUEUE, words.closed_title, text))
    elif given.market.phase is Phase.PRE_OPEN and opens is not None:
        notices.append(Notice(Tone.QUEUE, words.pre_open_title, words.pre_open_text(at=opens)))
    if given.market.phase is Phase.UNKNOWN or not given.market.hours_known:
        notices.append(Notice(Tone.NOTE, words.hours_title, words.hours_text(broker=name, count=count)))
    return notices


def _permissions(given: ReviewInput) -> list[Notice]:
    """Shares are there, but something has to happen before they can be sold."""
    notices: dict[str, Notice] = {}
    words, name = given.texts.notice, given.broker.name
    wanted: dict[str, int] = {}
    for draft, known in zip(given.drafts, given.entered, strict=True):
        held = (given.account.shares or {}).get(draft.security.isin)
        if known.side is not Side.SELL or known.quantity is None or held is None:
            continue
        isin = draft.security.isin
        wanted[isin] = wanted.get(isin, 0) + known.quantity
        if held.waiting and wanted[isin] > held.free:
            text = words.permission_text(broker=name)
            notices["permission"] = Notice(Tone.NOTE, words.permission_title, text)
        if held.pledged and wanted[isin] > held.free + held.waiting:
            unsure = given.sells_pledged is None
            text = (words.pledged_unsure if unsure else words.pledged_released)(broker=name)
            notices["pledged"] = Notice(Tone.NOTE, words.pledged_title, text)
    return list(notices.values())


def _not_known(given: ReviewInput) -> list[str]:
    """What the page would show and we do not know, and why, as sentences."""
    words, name, shares = given.texts.notice, given.broker.name, given.account.shares or {}
    sold = [draft for draft in given.drafts if draft.line.side is not Side.BUY]
    unread = [one.security.symbol for one in sold if shares.get(one.security.isin, Shares()) is None]
    missing = _missing(given)
    sentences = [words.missing_text(broker=name, parts=missing)] if missing else []
    if unread:
        sentences.append(words.missing_unread(broker=name, symbols=", ".join(unread[:3])))
    return sentences


def _missing(given: ReviewInput) -> list[str]:
    """What the page would show and the broker did not tell in time."""
    words, account = given.texts.notice, given.account
    prices = account.prices or {}
    unpriced = [draft.security.symbol for draft in given.drafts if draft.price_key not in prices]
    missing: list[str] = []
    if account.funds is None and any(draft.line.side is not Side.SELL for draft in given.drafts):
        missing.append(words.missing_funds)
    if account.shares is None and any(draft.line.side is not Side.BUY for draft in given.drafts):
        missing.append(words.missing_holdings)
    if unpriced:
        some = words.missing_price_of(symbols=", ".join(unpriced[:3]))
        missing.append(words.missing_prices if account.prices is None else some)
    return missing
