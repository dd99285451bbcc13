"""Everything that the sandbox can be told to do wrong, seen through the simulated Zerodha's wire."""

from typing import Any

import aiohttp
import pytest

from tests.sandbox.conftest import KITE_KEY, KiteClient, LogIn, fetch, kite_redirect, kite_token
from tests.support.clock import HandClock
from torana.sandbox.server import RunningSandbox


async def set_fault(kite: KiteClient, kind: str, operation: str = "place", **how: Any) -> None:
    body = {"broker": "kite", "operation": operation, "kind": kind} | how
    got = await fetch(kite.http, "POST", f"{kite.sandbox.url}/sandbox/faults", json=body)
    assert got.status == 201, got.body


def orders_of(sandbox: RunningSandbox) -> int:
    return len(sandbox.ledger.orders)


@pytest.mark.parametrize("placed", [True, False])
async def test_an_answer_may_never_come_with_and_without_the_order(
    kite: KiteClient, sandbox: RunningSandbox, placed: bool
) -> None:
    """A01, A02."""
    await set_fault(kite, "hang", placed=placed)

    kite.patience = 0.3
    with pytest.raises(TimeoutError):
        await kite.place(1)

    assert orders_of(sandbox) == int(placed)
    assert sandbox.ledger.place_requests("kite", kite.user_id) == 1


@pytest.mark.parametrize("seconds", [8.0, 90.0])
async def test_an_order_may_appear_late(
    kite: KiteClient, sandbox: RunningSandbox, clock: HandClock, seconds: float
) -> None:
    """A03."""
    await set_fault(kite, "status", status=504, appearsAfter=seconds)

    got = await kite.place(1)
    at_once = await kite.book()
    clock.advance(seconds - 0.1)
    before = await kite.book()
    clock.advance(0.1)
    after = await kite.book()

    assert got.status == 504
    assert (at_once, before) == ([], [])
    assert [row["status"] for row in after] == ["COMPLETE"]


@pytest.mark.parametrize("placed", [True, False])
@pytest.mark.parametrize(
    ("status", "error_type"),
    [
        (400, "OrderException"),
        (500, "GeneralException"),
        (502, "DataException"),
        (503, "NetworkException"),
        (504, "NetworkException"),
    ],
)
async def test_any_status_may_come_with_and_without_the_order(
    kite: KiteClient, sandbox: RunningSandbox, placed: bool, status: int, error_type: str
) -> None:
    """A05, A06."""
    await set_fault(kite, "status", status=status, placed=placed, text="order request timed out")

    got = await kite.place(1)

    assert (got.status, got.json["error_type"]) == (status, error_type)
    assert got.json["message"] == "order request timed out"
    assert orders_of(sandbox) == int(placed)


@pytest.mark.parametrize(
    ("kind", "body", "content_type"),
    [
        ("empty", b"", "application/json"),
        ("empty_object", b"{}", "application/json"),
        ("html", b"<!doctype html>", "text/html"),
        ("truncated", b'{"data":', "application/json"),
        ("wrong_type", b'{"data":{"order_id"', "text/plain"),
        ("wrong_charset", b"\xff\xfe", "application/json; charset=utf-8"),
        ("no_order_id", b'{"data":{},"status":"success"}', "application/json"),
    ],
)
async def test_a_placed_order_may_be_answered_with_a_spoilt_body(
    kite: KiteClient, sandbox: RunningSandbox, kind: str, body: bytes, content_type: str
) -> None:
    """A07, A08."""
    await set_fault(kite, kind)

    got = await kite.place(1)

    assert got.status == 200
    assert got.body.startswith(body)
    assert got.headers["content-type"].startswith(content_type)
    assert orders_of(sandbox) == 1
    if kind == "truncated":
        assert got.json is None


async def test_a_body_may_be_huge(kite: KiteClient) -> None:
    """A07."""
    await set_fault(kite, "huge", count=3, operation="profile")

    async with kite.http.get(
        f"{kite.sandbox.url}/kite/api/user/profile",
        headers={"X-Kite-Version": "3", "Authorization": f"token {KITE_KEY}:{kite.token}"},
    ) as answer:
        size = len(await answer.read())

    assert size > 3_000_000


async def test_the_connection_may_close_within_the_body(kite: KiteClient, sandbox: RunningSandbox) -> None:
    """A07."""
    await set_fault(kite, "cut")

    with pytest.raises(aiohttp.ClientPayloadError):
        await kite.place(1)

    assert orders_of(sandbox) == 1


@pytest.mark.parametrize(("kind", "orders"), [("reset_before", 0), ("reset_after", 1)])
async def test_the_connection_may_be_reset_before_or_after_the_order(
    log_in: LogIn, sandbox: RunningSandbox, kind: str, orders: int
) -> None:
    """A10."""
    kite = await log_in("asha")
    await set_fault(kite, kind)

    with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
        await kite.place(1)

    assert orders_of(sandbox) == orders
    assert sandbox.ledger.place_requests("kite", kite.user_id) == 1


async def test_only_a_connection_that_was_used_before_is_reset(kite: KiteClient, sandbox: RunningSandbox) -> None:
    """A10."""
    await set_fault(kite, "reset_reused")
    async with aiohttp.ClientSession() as fresh:
        first = await KiteClient(sandbox, fresh, kite.token, kite.user_id).place(1)
        with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
            await KiteClient(sandbox, fresh, kite.token, kite.user_id).place(1)

    assert first.status == 200
    assert orders_of(sandbox) == 1
    assert sandbox.ledger.place_requests("kite", kite.user_id) == 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_an_order_may_be_redirected(kite: KiteClient, sandbox: RunningSandbox, status: int) -> None:
    """A11."""
    await set_fault(kite, "redirect", status=status, placed=False)

    got = await kite.place(1)

    assert (got.status, got.headers["location"]) == (status, "/kite/api/orders/regular")
    assert orders_of(sandbox) == 0


async def test_an_answer_may_drip(kite: KiteClient, sandbox: RunningSandbox) -> None:
    """A12."""
    await set_fault(kite, "drip", seconds=0.002)

    got = await kite.place(1)

    assert got.json["data"]["order_id"] == sandbox.ledger.orders[0].order_id


@pytest.mark.parametrize(
    ("reason", "status", "error_type"),
    [
        ("funds", 400, "MarginException"),
        ("holdings", 400, "HoldingException"),
        ("not_authorised", 428, "HoldingException"),
        ("circuit", 400, "OrderException"),
        ("freeze", 400, "OrderException"),
        ("market_closed", 400, "OrderException"),
        ("account_blocked", 400, "UserException"),
    ],
)
async def test_a_business_refusal_may_come_in_the_answer(
    kite: KiteClient, sandbox: RunningSandbox, reason: str, status: int, error_type: str
) -> None:
    """A13."""
    await set_fault(kite, "reject", reason=reason, placed=False)

    got = await kite.place(1)

    assert (got.status, got.json["error_type"]) == (status, error_type)
    assert got.json["message"]
    assert orders_of(sandbox) == 0


async def test_a_business_refusal_may_come_in_the_book(kite: KiteClient) -> None:
    """A13."""
    await set_fault(kite, "reject", reason="circuit")

    got = await kite.place(1)

    assert got.status == 200
    assert [row["status"] for row in await kite.book()] == ["REJECTED"]


async def test_a_refusal_may_carry_a_code_that_nobody_knows(kite: KiteClient, sandbox: RunningSandbox) -> None:
    """A14."""
    await set_fault(kite, "strange_reject", placed=False)

    got = await kite.place(1)

    assert (got.status, got.json["error_type"]) == (400, "ComplianceException")
    assert orders_of(sandbox) == 0


async def test_a_refusal_with_such_a_code_may_be_untrue(kite: KiteClient, sandbox: RunningSandbox) -> None:
    """A14: the order is there all the same."""
    await set_fault(kite, "strange_reject")

    got = await kite.place(1)

    assert (got.status, got.json["error_type"]) == (400, "ComplianceException")
    assert orders_of(sandbox) == 1


async def test_an_order_may_have_a_status_that_nobody_knows(kite: KiteClient) -> None:
    """A15."""
    await set_fault(kite, "strange_status")

    await kite.place(1)

    assert [row["status"] for row in await kite.book()] == ["HELD BY SURVEILLANCE"]


@pytest.mark.parametrize(
    ("kind", "field", "kept"),
    [
        ("echo_symbol", "tradingsymbol", "WIPRO"),
        ("echo_side", "transaction_type", "SELL"),
        ("echo_quantity", "quantity", 6),
        ("tag_truncated", "tags", ["mktp", "mktp:2.00", "1000000000"]),
        ("tag_dropped", "tags", ["mktp", "mktp:2.00"]),
    ],
)
async def test_the_broker_may_keep_another_order_than_was_asked_for(
    kite: KiteClient, sandbox: RunningSandbox, kind: str, field: str, kept: object
) -> None:
    """A16, A21, A22."""
    await set_fault(kite, kind)

    await kite.place(5)

    [row] = await kite.book()
    asked = sandbox.ledger.orders[0].asked
    assert row[field] == kept
    assert (asked.symbol, asked.side, asked.quantity, asked.tag) == ("ITC", "BUY", 5, "100000000000001")


async def test_the_broker_may_turn_the_tag_into_capitals(kite: KiteClient) -> None:
    """A21."""
    await set_fault(kite, "tag_upper")

    await kite.place(1, tag="abc123")

    assert (await kite.book())[0]["tags"][-1] == "ABC123"


async def test_the_answer_may_name_the_order_of_another_client(kite: KiteClient, sandbox: RunningSandbox) -> None:
    """A17."""
    await set_fault(kite, "foreign_order_id")

    foreign = (await kite.place(1)).json["data"]["order_id"]

    assert foreign != sandbox.ledger.orders[0].order_id
    assert (await kite.call("GET", f"/orders/{foreign}")).status == 400
    assert len(await kite.book()) == 1


async def test_the_book_may_fail_and_come_back(kite: KiteClient) -> None:
    """A18."""
    await kite.place(1)
    await set_fault(kite, "status", "orders", status=500, times=2)

    answers = [(await kite.call("GET", "/orders")).status for _ in range(3)]

    assert answers == [500, 500, 200]


async def test_the_book_may_be_stale_and_empty(kite: KiteClient) -> None:
    """A18."""
    order_id = (await kite.place(1)).json["data"]["order_id"]
    await set_fault(kite, "stale_empty", "orders")
    await set_fault(kite, "stale_empty", "order")

    assert await kite.book() == []
    assert (await kite.call("GET", f"/orders/{order_id}")).status == 400
    assert len(await kite.book()) == 1
    assert (await kite.call("GET", f"/orders/{order_id}")).status == 200


async def test_the_book_may_lack_a_new_order_in_the_first_reads(kite: KiteClient, clock: HandClock) -> None:
    """A19."""
    await kite.place(1, tag="1")
    clock.advance(1)
    await set_fault(kite, "missing", "orders", times=3)
    await kite.place(1, tag="2")

    seen = [[row["tags"][-1] for row in await kite.book()] for _ in range(4)]

    assert seen == [["1"], ["1"], ["1"], ["1", "2"]]


async def test_the_book_may_have_thousands_of_rows(kite: KiteClient) -> None:
    """A20."""
    await kite.place(1)
    await set_fault(kite, "padded", "orders")

    book = await kite.book()

    assert len(book) == 3001
    assert len({row["order_id"] for row in book}) == 3001


async def test_the_second_order_within_a_second_may_be_dropped_without_a_word(
    kite: KiteClient, sandbox: RunningSandbox, clock: HandClock
) -> None:
    """A23."""
    await set_fault(kite, "drop_second", times=None)

    ids = [(await kite.place(1, tag=tag)).json["data"]["order_id"] for tag in ("1", "2")]
    clock.advance(1)
    ids.append((await kite.place(1, tag="3")).json["data"]["order_id"])

    assert len(set(ids)) == 3
    assert [row["tags"][-1] for row in await kite.book()] == ["1", "3"]
    assert [order.order_id for order in sandbox.ledger.dropped] == [ids[1]]


async def test_an_order_may_be_accepted_at_once_and_appear_later(kite: KiteClient, clock: HandClock) -> None:
    """A19."""
    await set_fault(kite, "delayed", appearsAfter=8)

    got = await kite.place(1)
    early = await kite.book()
    clock.advance(8)

    assert got.status == 200
    assert early == []
    assert len(await kite.book()) == 1


async def test_the_token_may_die_in_mid_basket(kite: KiteClient, sandbox: RunningSandbox) -> None:
    """S04."""
    await set_fault(kite, "token_dies", after=2)

    answers = [(await kite.place(1)).status for _ in range(4)]

    assert answers == [200, 200, 403, 403]
    assert orders_of(sandbox) == 2


async def test_requests_may_be_refused_as_too_fast_with_and_without_a_hint(
    kite: KiteClient, sandbox: RunningSandbox
) -> None:
    """S05."""
    await set_fault(kite, "rate_limited", seconds=2)
    await set_fault(kite, "rate_limited")

    hinted, bare, right = await kite.place(1), await kite.place(1), await kite.place(1)

    assert (hinted.status, hinted.headers.get("retry-after")) == (429, "2")
    assert (bare.status, bare.headers.get("retry-after")) == (429, None)
    assert right.status == 200
    assert orders_of(sandbox) == 1


async def test_rate_limits_can_be_switched_off(kite: KiteClient) -> None:
    await fetch(kite.http, "POST", f"{kite.sandbox.url}/sandbox/settings", json={"rateLimits": False})

    assert [(await kite.place(1)).status for _ in range(12)] == [200] * 12


async def test_every_answer_may_be_held_up(kite: KiteClient) -> None:
    """S07."""
    await set_fault(kite, "latency", "*", seconds=30, times=None)

    kite.patience = 0.3
    with pytest.raises(TimeoutError):
        await kite.place(1)


async def test_login_pages_may_cut_the_window_that_opened_them(kite: KiteClient, http: aiohttp.ClientSession) -> None:
    """U05."""
    await set_fault(kite, "coop", "login", times=None)

    got = await fetch(http, "GET", f"{kite.sandbox.url}/kite/web/connect/login?v=3&api_key={KITE_KEY}")

    assert got.headers["cross-origin-opener-policy"] == "same-origin"


async def test_a_fault_strikes_only_its_client_operation_and_turn(
    kite: KiteClient, log_in: LogIn, sandbox: RunningSandbox
) -> None:
    ravi = await log_in("ravi")
    await set_fault(kite, "status", status=500, account="ravi", after=1, times=1)

    asha_s = [(await kite.place(1)).status for _ in range(2)]
    ravi_s = [(await ravi.place(1)).status for _ in range(3)]

    assert asha_s == [200, 200]
    assert ravi_s == [200, 500, 200]
    assert len(await ravi.book()) == 3


async def test_the_exchange_of_a_code_may_fail_for_a_magic_name(
    sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    back = await kite_redirect(sandbox, http, "token-error.anna")

    assert (await kite_token(sandbox, http, back["request_token"])).status == 500


async def test_every_second_request_of_a_magic_name_is_refused_as_too_fast(log_in: LogIn) -> None:
    kite = await log_in("rate-limited")

    answers = [(await kite.call("GET", "/user/profile")).status for _ in range(4)]

    assert answers == [429, 200, 429, 200]


async def test_faults_can_be_listed_and_removed(kite: KiteClient) -> None:
    url = f"{kite.sandbox.url}/sandbox/faults"
    await set_fault(kite, "hang")
    await set_fault(kite, "empty")

    listed = (await fetch(kite.http, "GET", url)).json["faults"]
    one_left = (await fetch(kite.http, "DELETE", f"{url}/{listed[0]['id']}")).json["faults"]
    none_left = (await fetch(kite.http, "DELETE", url)).json["faults"]

    assert [fault["kind"] for fault in listed] == ["hang", "empty"]
    assert [fault["kind"] for fault in one_left] == ["empty"]
    assert none_left == []
    assert (await kite.place(1)).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "explode"},
        {"kind": "hang", "operation": "dance"},
        {"kind": "reject"},
        {"kind": "hang", "colour": "red"},
        {"kind": "hang", "times": "twice"},
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused(
    sandbox: RunningSandbox, http: aiohttp.ClientSession, body: dict[str, object]
) -> None:
    got = await fetch(http, "POST", f"{sandbox.url}/sandbox/faults", json=body)

    assert got.status == 400
    assert got.json["error"]
    assert sandbox.faults.all() == []
