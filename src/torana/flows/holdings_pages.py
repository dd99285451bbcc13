"""The pages of the import of holdings."""

from dataclasses import dataclass
from datetime import datetime

from torana.flows.consent_page import consent_page
from torana.holdings.models import WhyUnavailable
from torana.pages.frames import ending
from torana.pages.views import Action, Broker, ConsentPage, Frame, Message, Term, Tone
from torana.transactions.outcomes import CONSENT_DENIED, HOLDINGS_IMPORT_ERROR


@dataclass(frozen=True, slots=True)
class Look:
    """What all of them have: the frame, the broker, the partner's app."""

    frame: Frame
    broker: Broker
    app: str


def question(look: Look, account: str, until: datetime, *, with_funds: bool) -> ConsentPage:
    """What is shared, with whom, for how long."""
    words, app, broker = look.frame.texts.holdings, look.app, look.broker.name
    what = words.what_with_funds if with_funds else words.what
    terms = (
        Term(words.what_label, what(broker=broker)),
        Term(words.who_label, words.who(app=app)),
        Term(words.until_label, words.until(app=app, at=until, broker=broker)),
        Term(words.never_label, words.never),
    )
    refuse = Action(words.refuse, post="cancel", fields={"reason": CONSENT_DENIED.name})
    title, text = words.consent_title(app=app), words.consent_text(app=app, broker=broker)
    return consent_page(look.frame, look.broker, account, title, text, terms, words.agree, refuse)


def unavailable(look: Look, why: WhyUnavailable) -> Message:
    """The broker did not tell, or not all of it."""
    words, page = look.frame.texts.holdings, look.frame.texts.page
    text = {
        WhyUnavailable.NOT_ANSWERED: words.not_answered(app=look.app),
        WhyUnavailable.UNREADABLE: words.unreadable(broker=look.broker.name, app=look.app),
        WhyUnavailable.TOO_MANY: words.too_many(app=look.app),
    }[why]
    return Message(
        look.frame,
        Tone.BAD,
        words.unavailable_title(broker=look.broker.name),
        (text,),
        look.broker,
        Action(page.try_again, href=look.frame.home),
        Action(page.back_to(app=look.app), post="cancel", fields={"reason": HOLDINGS_IMPORT_ERROR.name}),
    )


def shared(look: Look, count: int | None, *, may_stop: bool) -> Message:
    """Done. `count` None: how many securities there are is not for this browser, or is not kept."""
    words = look.frame.texts.holdings
    told = () if count is None else (words.count(broker=look.broker.name, count=count),)
    return Message(
        look.frame,
        Tone.GOOD,
        words.done_title(app=look.app),
        (*told, look.frame.texts.page.nothing_traded),
        look.broker,
        quiet=Action(words.stop, post="again", fields={"withdraw": "1"}) if may_stop else None,
        ending=ending(look.frame, look.app),
    )


def stopped(look: Look) -> Message:
    """The investor has taken their consent back."""
    words = look.frame.texts.holdings
    over = ending(look.frame, look.app, counted=False)
    return Message(look.frame, Tone.NOTE, words.stopped_title, (words.stopped(app=look.app),), look.broker, ending=over)
