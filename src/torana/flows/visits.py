"""One visit of an investor: the pop-up of one transaction, in one browser."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from torana.transactions.models import Transaction

CUT_WITHIN = timedelta(seconds=1.5)
"""A window that looks closed so soon after it left for the broker was cut off by the policy of that page."""


class Stage(StrEnum):
    """How far a flow is, as the partner's page is told."""

    OPENING = "opening"
    """The pop-up has not reached us yet."""
    CHOOSING = "choosing"
    AT_BROKER = "at_broker"
    """On the way to the broker's login, or there."""
    REVIEWING = "reviewing"
    """On the pages of the flow: after the login, or at once where no broker has a part in it."""
    CONFIRMED = "confirmed"
    DONE = "done"
    """The promise in the partner's page may settle."""


class Visit(msgspec.Struct, frozen=True):
    """A visit as it is stored. Times in UTC; of the secrets only hashes.

    `asked_investor_id` is the connected investor whom token or transaction name, `connected` whether the token itself
    named them. `login_hash` stands for the one ticket
    with which the broker may send the browser back, `login_kept` is what the broker's login wants to know again then
    (sealed, empty where it wants nothing), `review_hash` for what the review showed last.
    `answers` is what the pages of the flow have been told so far (JSON), nothing secret. `seen_at` is when its window
    was opened last, `apart_at` when a page in it found that no page that opened it can be seen from there.
    `outer_visit_id` is the visit that went on with this one in its window, and to which the browser goes back.
    `language` is the code of the language of its pages; None: the browser's.
    """

    gateway_id: str
    visit_id: str
    transaction_id: str
    flow_hash: bytes
    cookie_hash: bytes
    asked_investor_id: str | None
    connected: bool
    brokers: list[str] | None
    amo: bool
    return_url: str | None
    broker: str | None
    login_hash: bytes | None
    login_kept: bytes
    review_hash: bytes | None
    answers: dict[str, Any]
    handed_over_at: datetime | None
    left_at: datetime | None
    seen_at: datetime
    apart_at: datetime | None
    created_at: datetime
    outer_visit_id: str | None = None
    language: str | None = None


def stage_of(visit: Visit | None, transaction: Transaction) -> Stage:
    """How far this visit of this transaction is."""
    if transaction.settled_at is not None:
        return Stage.DONE
    if transaction.confirmed_at is not None:
        return Stage.CONFIRMED
    if visit is None:
        return Stage.OPENING
    if visit.broker is None:
        without_broker = transaction.used_at is not None and transaction.session_id is None
        return Stage.REVIEWING if without_broker else Stage.CHOOSING
    logged_in = transaction.session_id is not None and transaction.broker == visit.broker
    return Stage.REVIEWING if logged_in else Stage.AT_BROKER
