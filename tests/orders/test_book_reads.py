"""One read of a book for all batches of its account: who gets which."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, cast
from uuid import uuid4

import pytest

from tests.support.brokers import ANY_BROKER
from torana.connectors.contract import BrokerOrder, Calls, Orders, RateLimited, Session, SessionEnded
from torana.kit.database import Database
from torana.orders import book_reads, pace
from torana.orders.book_reads import BookReads
from torana.orders.pace import Account, take
from torana.partners.models import Mode

ONE, OTHER = Session("AB1234", {"token": "one"}), Session("AB1234", {"token": "other"})


class Books:
    """A broker that answers when it is let, with the number of the read."""

    def __init__(self, *, ended: Session | None = None, too_fast: bool = False) -> None:
        self.too_fast = too_fast
        self.asked: list[tuple[Session, set[str]]] = []
        self.let = asyncio.Event()
        self.ended = ended

    async def book(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
        self.asked.append((session, set(known)))
        number = len(self.asked)
        await self.let.wait()
        if session == self.ended:
            raise SessionEnded("over")
        if self.too_fast:
            raise RateLimited("slowly", retry_after=20.0)
        return cast(Sequence[BrokerOrder], [number])


@pytest.fixture
def account() -> Account:
    return Account(Mode.TEST, ANY_BROKER, f"AB{uuid4().hex[:8]}", 1, Calls.BOOK)


async def reading(
    reads: BookReads, database: Database, account: Account, books: Books, session: Session, *ids: str
) -> Any:
    return await reads.shared(database, account, cast(Orders, books), session, frozenset(ids))


async def test_batches_that_wait_for_a_turn_share_the_read(
    database: Database, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One book read serves every batch of the account, and knows the orders of all of them."""
    monkeypatch.setattr(pace, "MARGIN", 0.3)
    reads, books = BookReads(), Books()
    books.let.set()
    await take(database, account, 1)

    got = await asyncio.gather(*(reading(reads, database, account, books, ONE, one) for one in ("B1", "B2", "B3")))

    assert got == [[1], [1], [1]]
    assert books.asked == [(ONE, {"B1", "B2", "B3"})]


async def test_a_read_that_is_on_its_way_answers_no_later_question(database: Database, account: Account) -> None:
    """What it brings may be older than the question."""
    reads, books = BookReads(), Books()
    free = Account(account.mode, account.broker, account.broker_user_id, 0, Calls.BOOK)
    early = asyncio.create_task(reading(reads, database, free, books, ONE))
    while not books.asked:
        await asyncio.sleep(0)
    late = [asyncio.create_task(reading(reads, database, free, books, ONE, one)) for one in ("B1", "B2", "B3")]
    for _ in range(10):
        await asyncio.sleep(0)
    asked_meanwhile = len(books.asked)
    books.let.set()

    assert (await early, await asyncio.gather(*late)) == ([1], [[2], [2], [2]])
    assert asked_meanwhile == 1, "whoever asks meanwhile waits for it, and shares the next"
    assert books.asked == [(ONE, set()), (ONE, {"B1", "B2", "B3"})]


async def test_that_a_login_is_over_is_told_to_its_own_batches_only(
    database: Database, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R05: another login of the same account reads on."""
    monkeypatch.setattr(pace, "MARGIN", 0.3)
    reads, books = BookReads(), Books(ended=ONE)
    books.let.set()
    await take(database, account, 1)

    outcomes: list[object] = await asyncio.gather(
        reading(reads, database, account, books, ONE),
        reading(reads, database, account, books, OTHER),
        return_exceptions=True,
    )

    ended, read = outcomes
    assert isinstance(ended, SessionEnded)
    assert read == [2]
    assert [session for session, _ in books.asked] == [ONE, OTHER]


async def test_a_batch_that_gives_up_leaves_the_read_to_the_others(
    database: Database, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "MARGIN", 0.3)
    reads, books = BookReads(), Books()
    books.let.set()
    await take(database, account, 1)
    first = asyncio.create_task(reading(reads, database, account, books, ONE))
    second = asyncio.create_task(reading(reads, database, account, books, ONE))
    await asyncio.sleep(0)
    first.cancel()

    assert await second == [1]


async def test_a_broker_that_finds_us_too_fast_is_left_alone_by_whoever_reads_next(
    database: Database, account: Account
) -> None:
    """S05: in this process and in every other one."""
    books = Books(too_fast=True)
    books.let.set()

    with pytest.raises(RateLimited):
        await reading(BookReads(), database, account, books, ONE)

    slot = await take(database, account, 1)
    assert slot.wait is not None
    assert 15 < slot.wait <= 20


@pytest.mark.parametrize(("orders", "gap"), [(0, 0.0), (10, 0.05), (100, 0.5), (100_000, 2.0)])
async def test_the_larger_a_book_is_the_longer_it_is_left_alone_after_a_read(
    database: Database, monkeypatch: pytest.MonkeyPatch, orders: int, gap: float
) -> None:
    """Hundreds of batches of one account cost no time of the others."""
    gaps: list[float] = []
    ends = asyncio.Event()

    async def pause(over: "asyncio.Future[float]") -> None:
        gaps.append(await over)
        await ends.wait()

    class Large(Books):
        async def book(self, session: Session, known: Collection[str] = ()) -> Sequence[BrokerOrder]:
            return [row] * orders if await super().book(session, known) else []

    row, reads, books = cast(BrokerOrder, object()), BookReads(), Large()
    books.let.set()
    monkeypatch.setattr(book_reads, "_pause", pause)
    free = Account(Mode.TEST, ANY_BROKER, "AB1", 0, Calls.BOOK)
    await reading(reads, database, free, books, ONE)
    again = asyncio.create_task(reading(reads, database, free, books, ONE))
    for _ in range(10):
        await asyncio.sleep(0)
    asked_meanwhile = len(books.asked)
    ends.set()
    await again

    assert gaps[0] == pytest.approx(gap)
    assert (asked_meanwhile, len(books.asked)) == (1, 2)


async def test_nothing_is_kept_of_an_account_that_is_not_read_any_more(database: Database, account: Account) -> None:
    reads, books = BookReads(), Books(ended=ONE)
    books.let.set()

    with pytest.raises(SessionEnded):
        await reading(reads, database, account, books, ONE)
    while reads._before or reads._waiting:
        await asyncio.sleep(0)

    assert books.asked == [(ONE, set())]
