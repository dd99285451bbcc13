"""Our orders beside the brokers' books: where the two differ, and which books could not be read.

A database that was restored or promoted may have forgotten what left it. The books remember the day. Nothing here
changes an order or sends one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial

from torana.connectors.contract import BrokerError, BrokerOrder, Calls, Orders
from torana.connectors.registry import BROKERS, Connectors
from torana.investors.sessions import Sessions
from torana.kit.cipher import CannotOpen
from torana.kit.clock import IST
from torana.kit.database import Database
from torana.orders import store
from torana.orders.pace import Pace
from torana.orders.states import FINAL, STATE_OF, AttemptState, OrderState
from torana.orders.store import Recorded
from torana.partners.models import Mode
from torana.partners.store import gateway_ids

RECENT = timedelta(days=1)
"""How far back books and logins are compared: a broker's book shows one day, which may have begun yesterday."""
READS_AT_ONCE = 4
NO_TAGS = "its book shows no tags: of orders that this database forgot it tells nothing"


class DifferenceKind(StrEnum):
    """In which way a broker's book and our database differ. The value is shown; `TEXTS` explains it."""

    DUPLICATE_TAG = "DUPLICATE_TAG"
    UNKNOWN_TAG = "UNKNOWN_TAG"
    UNRECORDED_SEND = "UNRECORDED_SEND"
    OTHER_END = "OTHER_END"


TEXTS = {
    DifferenceKind.DUPLICATE_TAG: "more than one order at the broker carries this tag",
    DifferenceKind.UNKNOWN_TAG: "an order at the broker has a tag of our form that this database does not know",
    DifferenceKind.UNRECORDED_SEND: "the order is at the broker, and this database does not say that it was accepted",
    DifferenceKind.OTHER_END: "the order ended differently at the broker, or with another quantity",
}

_NEVER_ACCEPTED = frozenset({AttemptState.PLANNED, AttemptState.NOT_SENT, AttemptState.REJECTED, AttemptState.ABSENT})
"""`SENDING` and `UNKNOWN` are being looked up: that the broker has such an order is no difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`subject` is our order's id, or the tag where we have no order."""

    kind: DifferenceKind
    broker: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class UnreadBook:
    """A broker account whose book was not read, or shows no tags: about orders that are not known here it says
    nothing."""

    broker: str
    broker_user_id: str
    why: str


@dataclass(slots=True)
class Comparison:
    """What came of comparing. `read` counts the books that were read whole."""

    read: int
    differences: list[Difference]
    unread: list[UnreadBook]


def differences(
    broker: str, recorded: Sequence[Recorded], book: Sequence[BrokerOrder], known_tags: Collection[str]
) -> list[Difference]:
    """Where one account's book differs from its attempts in the database. `known_tags`: tags of the book that stand
    somewhere in the database. An order that the book lacks is no difference: books are cleared overnight."""
    by_tag: dict[str, list[BrokerOrder]] = defaultdict(list)
    for entry in book:
        if entry.tag is not None:
            by_tag[entry.tag].append(entry)
    ours = {attempt.tag: attempt for attempt in recorded}
    found: list[Difference] = []
    for tag, entries in by_tag.items():
        attempt, known = ours.get(tag), tag in known_tags
        subject = tag if attempt is None else attempt.order_id
        ids = list(dict.fromkeys(entry.broker_order_id for entry in entries))  # a book may say one order twice
        if len(ids) > 1:
            found.append(Difference(DifferenceKind.DUPLICATE_TAG, broker, subject, f"broker orders {', '.join(ids)}"))
        elif not known:
            found.append(Difference(DifferenceKind.UNKNOWN_TAG, broker, subject, f"broker order {ids[0]}"))
        elif attempt is not None and (kind := _difference(attempt, entries[0])) is not None:
            found.append(Difference(kind, broker, subject, _both(attempt, entries[0])))
    return found


def _difference(attempt: Recorded, entry: BrokerOrder) -> DifferenceKind | None:
    refused_there = STATE_OF.get(entry.status) is OrderState.REJECTED
    if attempt.attempt_state in _NEVER_ACCEPTED:
        agreed = attempt.attempt_state is AttemptState.REJECTED and refused_there
        return None if agreed else DifferenceKind.UNRECORDED_SEND
    state = STATE_OF.get(entry.status)
    if attempt.state not in FINAL or state is None or not attempt.latest:
        return None
    if state is not attempt.state or entry.filled_quantity != attempt.filled_quantity:
        return DifferenceKind.OTHER_END
    return None


def _both(attempt: Recorded, entry: BrokerOrder) -> str:
    return (
        f"here {attempt.state} (attempt {attempt.attempt_state}), {attempt.filled_quantity} filled; "
        f"broker order {entry.broker_order_id} {entry.status}, {entry.filled_quantity} filled"
    )


async def compare(database: Database, sessions: Sessions, connectors: Connectors, now: datetime) -> Comparison:
    """Read the book of every account with a live login or a batch of the last day, each once, and compare.

    Attempts that changed while the books were read are left out: workers may be at work beside us.
    """
    since = now - RECENT
    day = since.astimezone(IST).date()
    gateways = await gateway_ids(database)
    before = await _recorded(database, gateways, day)
    logins: dict[store.AccountKey, list[store.Login]] = defaultdict(list)
    for gateway_id in gateways:
        for login in await store.live_logins(database, gateway_id, since, now):
            logins[login.account].append(login)
    accounts = list(dict.fromkeys([attempt.account for attempt in before] + list(logins)))
    free = asyncio.Semaphore(READS_AT_ONCE)

    async def read(account: store.AccountKey) -> Sequence[BrokerOrder] | str:
        mode, broker, broker_user_id = account
        connector = connectors.find(mode, broker)
        if connector is None or connector.orders is None:
            return "this installation has no keys for the broker"
        pace = Pace(database, Mode(mode), connector.broker, broker_user_id)
        async with free:
            return await _read(sessions, connector.orders, pace, logins.get(account, ()))

    books = dict(zip(accounts, await asyncio.gather(*map(read, accounts)), strict=True))
    unchanged: dict[store.AccountKey, list[Recorded]] = defaultdict(list)
    for attempt in set(before).intersection(await _recorded(database, gateways, day)):
        unchanged[attempt.account].append(attempt)
    comparison = Comparison(0, [], [])
    for account, book in books.items():
        _, broker, broker_user_id = account
        if isinstance(book, str):
            comparison.unread.append(UnreadBook(broker, broker_user_id, book))
            continue
        rule = BROKERS[broker].capabilities.tag
        if rule is not None and rule.is_shown:
            comparison.read += 1
        else:
            book = _known_by_id(book, unchanged[account])
            comparison.unread.append(UnreadBook(broker, broker_user_id, NO_TAGS))
        tags = [entry.tag for entry in book if entry.tag is not None]
        known = frozenset(
            [tag for gateway_id in gateways for tag in await store.known_tags(database, gateway_id, tags)]
        )
        comparison.differences += differences(broker, unchanged[account], book, known)
    return comparison


def _known_by_id(book: Sequence[BrokerOrder], recorded: Sequence[Recorded]) -> list[BrokerOrder]:
    """The rows of a broker that shows no tags, with those of the orders whose ids it gave."""
    tags = {one.broker_order_id: one.tag for one in recorded if one.latest and one.broker_order_id is not None}
    return [replace(entry, tag=tags.get(entry.broker_order_id)) for entry in book]


async def _recorded(database: Database, gateways: Sequence[str], day: date) -> list[Recorded]:
    return [one for gateway_id in gateways for one in await store.recorded_since(database, gateway_id, day)]


async def _read(
    sessions: Sessions, orders: Orders, pace: Pace, logins: Sequence[store.Login]
) -> Sequence[BrokerOrder] | str:
    """The book by the first login that can read it, newest first; or why none can, in words for the operator."""
    why = "no live login"
    for login in logins:
        try:
            session = sessions.opened(login.gateway_id, login.session).as_session()
            return list(await pace.ask(Calls.BOOK, partial(orders.book, session)))
        except CannotOpen:
            why = "the login cannot be decrypted with the keys of this installation"
        except BrokerError as error:
            why = f"the broker gave no book ({type(error).__name__})"
    return why
