"""A page that asks for a yes. What the investor agrees to is the whole text of the page, and it travels as a hash with
their yes."""

import hmac
from collections.abc import Iterable, Sequence
from hashlib import sha256

from torana.pages.views import Action, Broker, ConsentPage, Frame, Term


def consent_page(
    frame: Frame,
    broker: Broker,
    account: str,
    title: str,
    text: str,
    terms: Sequence[Term],
    agree: str,
    refuse: Action,
) -> ConsentPage:
    """The page; `agree` are the words on the button that says yes."""
    notice = notice_text(title, text, [f"{term.label}: {term.text}" for term in terms], agree)
    said = Action(agree, post="confirm", fields={"consent": consent_hash(notice)})
    return ConsentPage(frame, broker, account, title, text, tuple(terms), said, refuse, notice)


def notice_text(title: str, text: str, terms: Iterable[str], agree: str) -> str:
    """What somebody agrees to, as it is kept: everything that the page says, the words on its button last."""
    return "\n".join([title, text, *terms, f"[{agree}]"])


def is_of(given: str, notice: str) -> bool:
    """Whether this yes was said to these very words."""
    return hmac.compare_digest(given.encode(), consent_hash(notice).encode())


def consent_hash(notice: str) -> str:
    """What travels with a yes to these words."""
    return sha256(notice.encode()).hexdigest()[:32]
