"""Magic quantities, at the exchange and on the wire; the tables that say what they do."""

import asyncio
import re
from pathlib import Path

import aiohttp
import pytest

from tests.sandbox.conftest import KiteClient, LogIn, fetch
from tests.support.clock import HandClock
from torana.sandbox import magic
from torana.sandbox.exchange import Exchange, Tempo
from torana.sandbox.faults import FAULT_NOTES, Kind
from torana.sandbox.models import Order, OrderType, Side, State, Ticket
from torana.sandbox.registrar_books import PANS
from torana.sandbox.server import RunningSandbox

DOCS = Path(__file__).parents[2] / "docs" / "sandbox.md"


@pytest.fixture
def exchange(clock: HandClock) -> Exchange:
    return Exchange(clock, tempo=Tempo(1.0, 1.0))


def buy(exchange: Exchange, quantity: int) -> Order:
    account = exchange.accounts.at_login("kite", "asha", "AA0000")
    return exchange.submit(account, Ticket("ITC", Side.BUY, quantity, OrderType.MARKET, None, "CNC"))


def watch(exchange: Exchange, clock: HandClock, order: Order, *moments: float) -> list[tuple[State, int, int]]:
    """State, filled and cancelled quantity at these seconds after the order."""
    seen, now = [], 0.0
    for moment in moments:
        clock.advance(moment - now)
        now = moment
        exchange.catch_up()
        seen.append((order.state, order.filled, order.cancelled))
    return seen


OPEN, COMPLETE, CANCELLED, REJECTED = State.OPEN, State.COMPLETE, State.CANCELLED, State.REJECTED


@pytest.mark.parametrize(
    ("quantity", "story"),
    [
        (7, {0.5: (OPEN, 0, 0), 1.1: (COMPLETE, 7, 0)}),
        (101, {1.1: (OPEN, 40, 0), 3.9: (OPEN, 40, 0), 4.1: (COMPLETE, 101, 0)}),
        (102, {0.2: (State.VALIDATION_PENDING, 0, 0), 0.4: (REJECTED, 0, 0)}),
        (103, {0.4: (REJECTED, 0, 0)}),
        (109, {1.1: (OPEN, 43, 0), 3600: (OPEN, 43, 0)}),
        (110, {1.1: (OPEN, 0, 0), 3600: (OPEN, 0, 0)}),
        (118, {1.1: (OPEN, 0, 0), 3600: (OPEN, 0, 0)}),
        (119, {20.0: (OPEN, 0, 0), 21.1: (COMPLETE, 119, 0)}),
        (121, {89: (State.RECEIVED, 0, 0), 92: (COMPLETE, 121, 0)}),
        (123, {1.1: (CANCELLED, 0, 123), 6.1: (COMPLETE, 123, 0)}),
        (124, {1.1: (COMPLETE, 125, 0)}),
        (125, {1.1: (OPEN, 50, 0), 4.1: (CANCELLED, 50, 75)}),
        (126, {0.4: (REJECTED, 0, 0)}),
    ],
)
def test_a_magic_quantity_decides_how_the_order_ends(
    exchange: Exchange, clock: HandClock, quantity: int, story: dict[float, tuple[State, int, int]]
) -> None:
    order = buy(exchange, quantity)

    assert watch(exchange, clock, order, *story) == list(story.values())


def test_an_order_may_be_filled_although_its_cancellation_was_accepted(exchange: Exchange, clock: HandClock) -> None:
    """B06."""
    order = buy(exchange, 122)
    watch(exchange, clock, order, 2.0)

    account = exchange.accounts.at_login("kite", "asha", "AA0000")
    exchange.cancel(account, order.order_id)
    pending = order.state
    clock.advance(1)
    exchange.catch_up()

    assert (pending, order.state, order.filled) == (State.CANCEL_PENDING, State.COMPLETE, 122)


@pytest.mark.parametrize("quantity", [104, 105, 114, 120, 127])
async def test_some_quantities_never_get_an_answer(kite: KiteClient, quantity: int) -> None:
    """A01, A02, A03, A04."""
    kite.patience = 0.3
    with pytest.raises(TimeoutError):
        await kite.place(quantity)


@pytest.mark.parametrize(("quantity", "late"), [(104, 0), (105, 8), (106, 8), (120, 90), (127, 300)])
async def test_an_order_without_a_right_answer_appears_in_its_time(
    kite: KiteClient, clock: HandClock, quantity: int, late: int
) -> None:
    """A01, A03, A04, A05."""
    kite.patience = 0.3
    try:
        assert (await kite.place(quantity)).status == 400
    except TimeoutError:
        assert quantity != 106

    before = await kite.book() if late else []
    clock.advance(late)
    after = await kite.book()

    assert before == []
    assert [(row["quantity"], row["status"]) for row in after] == [(quantity, "COMPLETE")]


@pytest.mark.parametrize(
    ("quantity", "status", "orders"),
    [
        (107, 200, 1),
        (111, 400, 0),
        (112, 503, 1),
        (113, 503, 0),
        (115, 200, 1),
        (117, 400, 0),
        (128, 200, 1),
        (129, 429, 0),
    ],
)
async def test_some_quantities_are_answered_badly(
    kite: KiteClient, sandbox: RunningSandbox, quantity: int, status: int, orders: int
) -> None:
    """A06, A07, A08, A13, A14."""
    got = await kite.place(quantity)

    assert got.status == status
    assert not (got.json or {}).get("data")
    assert len(sandbox.ledger.orders) == orders


async def test_one_quantity_breaks_the_connection(kite: KiteClient, sandbox: RunningSandbox) -> None:
    """A10."""
    with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
        await kite.place(116)

    assert len(sandbox.ledger.orders) == 1


async def test_one_quantity_loses_its_tag(kite: KiteClient) -> None:
    """A22."""
    await kite.place(130)

    assert (await kite.book())[0]["tags"] == ["mktp", "mktp:2.00"]


async def test_a_magic_name_may_go_on_after_a_dot_and_is_then_another_client(log_in: LogIn) -> None:
    first, second = await log_in("no-funds"), await log_in("no-funds.ravi")
    ordinary = await log_in("no-fundsravi")

    assert first.user_id != second.user_id
    assert (first.account.cash, second.account.cash) == (0, 0)
    assert ordinary.account.cash > 0


async def test_the_token_of_a_magic_name_dies_at_the_second_order(log_in: LogIn) -> None:
    """S04."""
    kite = await log_in("token-dies")

    assert [(await kite.place(1)).status for _ in range(2)] == [200, 403]


async def test_the_book_and_the_quotes_of_magic_names_are_down(log_in: LogIn) -> None:
    """A18."""
    book, quotes = await log_in("book-down"), await log_in("quotes-down")

    assert (await book.call("GET", "/orders")).status == 500
    assert (await book.place(1)).status == 200
    assert (await quotes.call("GET", "/quote/ltp?i=NSE:ITC")).status == 503


async def test_a_magic_name_is_slow(log_in: LogIn) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(log_in("slow"), 0.5)


async def test_the_tables_on_the_page_and_in_the_docs_are_those_of_the_code(
    sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    page = (await fetch(http, "GET", f"{sandbox.url}/sandbox/inputs")).body.decode()
    docs = DOCS.read_text(encoding="utf-8")

    names = [(entry.name, entry.note) for entry in magic.NAMES.values()]
    quantities = [(str(entry.quantity), entry.note) for entry in magic.QUANTITIES.values()]
    kinds = [(kind.value, note) for kind, note in FAULT_NOTES.items()]
    assert _rows(docs, "User names") == names
    assert _rows(docs, "Quantities") == quantities
    pans = [(digits, note) for digits, (_, note) in PANS.items()]
    assert _rows(docs, "PANs") == pans
    assert _rows(docs, "Faults") == kinds
    for key, _ in [*names, *quantities, *pans, *kinds]:
        assert key in page


def test_every_kind_of_fault_is_described() -> None:
    assert set(FAULT_NOTES) == set(Kind)


def _rows(docs: str, heading: str) -> list[tuple[str, str]]:
    """The two first columns of the first table after a heading."""
    section = docs.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `?([^|`]+)`? \| (.+?) \|$", section, re.MULTILINE)
    return [(key, note) for key, note in rows if not note.startswith("--") and key.strip("-")][1:]
