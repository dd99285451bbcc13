"""What is odd about Nuvama: three secrets that travel with a call, numbers as texts, holdings without a price."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert

from tests.brokers import known
from tests.connectors.replay import AMO_BUY, INFY, NOW, call, fixture, replying
from tests.connectors.whole import Whole
from tests.support.vault import MemoryVault
from torana.connectors.contract import (
    BrokerError,
    BrokerStatus,
    ExecutionMode,
    Holding,
    LoginRefused,
    NotSent,
    OrderRef,
    Position,
    Rows,
    Session,
    SessionEnded,
    Setup,
    Side,
    Unknown,
    Variety,
)
from torana.connectors.decoding import Unreadable, decode
from torana.connectors.edelweiss import mapping, wire
from torana.connectors.error_table import Failure
from torana.connectors.hosts import live_hosts
from torana.connectors.order_words import status_of
from torana.connectors.registry import BROKERS
from torana.kit.http import Answer, Request
from torana.sandbox.edelweiss import errors
from torana.sandbox.edelweiss import wire as simulated

KEYS = known("edelweiss").keys
LOGIN, BOOK = fixture("edelweiss", "finish_login.200"), fixture("edelweiss", "orders.200")
VENDOR = b'{"msg":"vendor-1","success":true}'
OVER = fixture("edelweiss", "place.401.vendor")


@dataclass
class Nuvama:
    """Answers in turn, and what was asked."""

    answers: list[tuple[int, bytes, Mapping[str, str]]]
    asked: list[Request] = field(default_factory=list)

    async def send(self, request: Request, *, seconds: float = 7.0) -> Answer:
        self.asked.append(request)
        status, body, headers = self.answers.pop(0)
        return Answer(status, {"content-type": "application/json", **headers}, body)

    def headers(self, *names: str) -> list[list[str | None]]:
        return [[one.headers.get(name) for name in names] for one in self.asked]


def told(body: bytes, status: int = 200, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
    return status, body, headers


def dealing(*answers: tuple[int, bytes, Mapping[str, str]], vault: MemoryVault | None = None) -> tuple[Whole, Nuvama]:
    client, broker = Nuvama(list(answers)), BROKERS["edelweiss"]
    setup = Setup(
        client, live_hosts(broker, KEYS), KEYS, "https://x", ExecutionMode.SERVER_API, vault or MemoryVault(),
        public_address=lambda account: "203.0.113.7" if account else "",
    )  # fmt: skip
    return Whole(broker.bound(setup)), client


async def logged_in(one: Whole, now: datetime = NOW) -> Session:
    login = await one.finish_login({"request_id": "r-1"}, now)
    return Session(login.broker_user_id, login.secrets)


async def test_the_vendors_session_is_made_once_for_the_logins_of_a_day() -> None:
    one, client = dealing(told(VENDOR), told(LOGIN), told(LOGIN), told(VENDOR), told(LOGIN))

    for now in (NOW, NOW + timedelta(hours=3), NOW + timedelta(days=1)):
        await logged_in(one, now)

    assert [one.url.rpartition("/accounts/")[2] for one in client.asked] == [
        "loginvendor/nuvama-vendor/", "logindata/", "logindata/", "loginvendor/nuvama-vendor/", "logindata/",
    ]  # fmt: skip
    assert json.loads(client.asked[0].json or b"") == {"pwd": "nuvama-password"}
    assert [one.headers.get("SourceToken") for one in client.asked] == [
        None, "vendor-1", "vendor-1", None, "vendor-1",
    ]  # fmt: skip


async def test_the_key_of_an_answer_goes_with_the_next_call_and_each_login_has_its_own() -> None:
    one, client = dealing(
        told(VENDOR, appidkey="k-1"), told(LOGIN, appidkey="k-2"),
        told(BOOK, appidkey="k-3", authorization="auth-3"), told(BOOK), told(BOOK, appidkey=""),
        told(LOGIN), told(BOOK),
    )  # fmt: skip

    session = await logged_in(one)
    for _ in range(3):
        await one.orders(session)
    other = replace(await logged_in(one), broker_user_id="60000002")
    await one.orders(other)

    assert client.headers("AppIdKey", "Authorization", "Source", "X-Forwarded-For") == [
        ["nuvama-app-id", None, "nuvama-vendor", None],
        ["k-1", None, None, None],
        ["k-2", "sample-auth-1", "nuvama-vendor", "203.0.113.7"],
        ["k-3", "auth-3", "nuvama-vendor", "203.0.113.7"],
        ["k-3", "auth-3", "nuvama-vendor", "203.0.113.7"],
        ["k-2", None, None, None],
        ["k-2", "sample-auth-1", "nuvama-vendor", "203.0.113.7"],
    ]


async def test_a_vendors_session_that_is_over_is_forgotten_and_the_next_login_makes_another() -> None:
    one, client = dealing(
        told(VENDOR), told(LOGIN), told(OVER, 401), told(VENDOR.replace(b"1", b"2")), told(LOGIN), told(BOOK)
    )
    session = await logged_in(one)

    with pytest.raises(SessionEnded):
        await one.orders(session)
    await one.orders(await logged_in(one))

    assert client.headers("SourceToken")[-1] == ["vendor-2"]


async def test_a_clients_session_that_is_over_leaves_the_vendors_alone() -> None:
    one, client = dealing(told(VENDOR), told(LOGIN), told(fixture("edelweiss", "orders.401"), 401), told(LOGIN))
    session = await logged_in(one)

    with pytest.raises(SessionEnded):
        await one.orders(session)
    await logged_in(one)

    assert len(client.asked) == 4


@pytest.mark.parametrize(
    ("status", "body", "before_a_login", "after_one"),
    [
        (401, b'{"error":{"errCd":"EGN0009","errMsg":"Invalid Vendor Details"}}', LoginRefused, SessionEnded),
        (500, b'{"error":{"errCd":"EGN0001","errMsg":"Error"}}', NotSent, NotSent),
        (200, b"{}", NotSent, NotSent),
        (200, b"<html>", NotSent, NotSent),
        (200, b'{"msg":"Invalid Vendor Details","success":false}', NotSent, NotSent),
    ],
)
async def test_what_is_not_sent_for_want_of_a_vendors_session(
    status: int, body: bytes, before_a_login: type[BrokerError], after_one: type[BrokerError]
) -> None:
    one, client = dealing(told(body, status), told(body, status))

    with pytest.raises(BrokerError) as login:
        await logged_in(one)
    with pytest.raises(BrokerError) as placing:
        await one.place(Session("60000001", {"token": "t", "until": "u"}), AMO_BUY)

    assert (type(login.value), type(placing.value)) == (before_a_login, after_one)
    assert [one.url.rpartition("/accounts/")[2] for one in client.asked] == ["loginvendor/nuvama-vendor/"] * 2
    assert "nuvama-password" not in f"{login.value!r} {placing.value!r}"


@pytest.mark.parametrize("name", ["request_id", "requestId", "reqId"])
async def test_a_request_id_is_taken_by_each_of_its_names(name: str) -> None:
    one, client = dealing(told(VENDOR), told(LOGIN))

    login = await one.finish_login({name: "r-7"}, NOW)

    assert json.loads(client.asked[1].json or b"") == {"reqId": "r-7"}
    assert login.broker_user_id == "60000001"
    assert login.expires_at == datetime(2026, 11, 18, 18, 29, tzinfo=UTC)
    assert login.secrets == {
        "token": "sample-auth-1", "until": "2026-11-18T18:29:00+00:00", "delivery_NSE": "CNC", "delivery_BSE": "C",
        "dependent": "N",
    }  # fmt: skip


async def test_what_the_login_says_goes_with_orders_and_cancellations() -> None:
    one, client = replying("edelweiss", *[Answer(400, {}, b"")] * 2)
    session = Session("60000001", {"token": "t", "delivery_BSE": "C", "dependent": "N"})
    bse = replace(INFY, exchange="BSE", code="500209_BSE", listed_as=INFY.isin)
    assert one.parts.orders is not None

    with pytest.raises(Unknown):
        await one.parts.orders.place(session, replace(AMO_BUY, instrument=bse))
    with pytest.raises(Unknown):
        await one.parts.orders.cancel(
            session, OrderRef("7", None, "", Variety.AMO, bse, {"action": "BUY", "ordTyp": "LIMIT", "curQty": "10"})
        )

    placed, cancelled = (json.loads(one.json or b"") for one in client.requests)
    both = {"exc": "BSE", "prdCode": "C", "trdSym": INFY.isin, "sym": "500209_BSE", "empOrDependent": "N"}
    assert both.items() <= placed.items()
    assert cancelled == {
        **both, "nstOID": "7", "action": "BUY", "ordTyp": "LIMIT", "curQty": "10", "flQty": "0",
    }  # fmt: skip
    assert all(type(value) is str for value in {**placed, **cancelled}.values())
    assert [request.url.partition("/trade/")[2] for request in client.requests] == [
        "amo/placetrade/v1/60000001/", "amo/canceltrade/v1/60000001/",
    ]  # fmt: skip


WORDS = {
    BrokerStatus.RECEIVED: (
        "put order req received", "validation pending", "open pending", "modify pending", "modify validation pending",
        "cancel pending",
    ),
    BrokerStatus.OPEN: ("open", "modified", "not modified", "not cancelled", "accepted"),
    BrokerStatus.TRIGGER_PENDING: ("trigger pending",),
    BrokerStatus.AMO_QUEUED: ("after market order req received", "modify after market order req received"),
    BrokerStatus.COMPLETE: ("complete",),
    BrokerStatus.CANCELLED: ("cancelled", "cancelled after market order"),
    BrokerStatus.REJECTED: ("rejected",),
}  # fmt: skip
"""The order system's, and one that a client knows."""


def test_every_word_means_what_it_means_elsewhere_and_the_simulator_says_no_other() -> None:
    assert dict(mapping.ROWS.statuses) == {word: status for status, words in WORDS.items() for word in words}
    assert simulated.WORDS.simulated() <= mapping.ROWS.statuses.keys()
    assert [word for word, delivery in mapping.ROWS.delivery.items() if delivery] == ["CNC", "C"]


def test_of_the_simulators_codes_the_connector_knows_only_those_that_were_seen() -> None:
    seen = {code for code in errors.TABLE.codes if not code.startswith("ESIM")}

    assert seen == {"EGN0011", "ETRD00036", "EGN0009", "ETRD0002"}
    assert mapping.DIALECT.session_codes == {"EGN0011", "ETRD00036"}
    assert mapping.DIALECT.rejections == {}


@given(word=st.text(max_size=40))
def test_any_other_word_is_unknown(word: str) -> None:
    if word.strip().lower() not in mapping.ROWS.statuses:
        assert status_of(word, 10, 10, mapping.ROWS.statuses) is BrokerStatus.UNKNOWN


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("10", 10), ("-1000", -1000), ("1,56,000.05", Decimal("156000.05")), (" 7 ", 7), (7, 7), (Decimal("7.5"), 7.5),
        ("", None), ("NA", None), ("--", None), (None, None),
    ],
)  # fmt: skip
def test_a_number_is_read_from_its_text(told: object, number: object) -> None:
    assert mapping.number(told) == number


@pytest.mark.parametrize("told", ["ten", True, [], {}, "1" * 61, "1.2.3"])
def test_what_is_no_number_is_refused(told: object) -> None:
    with pytest.raises(ValueError, match="no number"):
        mapping.number(told)


def test_no_number_of_shares_is_never_none_of_them() -> None:
    for told in ("", None, "1.5"):
        with pytest.raises(Unknown, match="number of shares"):
            mapping.ROWS.shares(told)


HOLDING: dict[str, Any] = {"dpName": "INFY", "exc": "NSE", "isin": INFY.isin, "sym": "1594_NSE"}


@pytest.mark.parametrize(
    ("told", "quantity", "t1", "sold"),
    [
        ({"qty": "25", "t1HQty": "5", "usdQty": "0"}, 25, 5, 0),
        ({"qty": "25", "t1HQty": "0", "usdQty": "10"}, 15, 0, 10),
        ({"qty": "25", "t1HQty": "5", "usdQty": "28"}, 0, 5, 28),
        ({"qty": "-3", "t1HQty": "-1", "usdQty": "-2"}, 0, 0, 0),
    ],
)
def test_what_a_row_of_shares_says(told: dict[str, str], quantity: int, t1: int, sold: int) -> None:
    row = mapping.holding(convert({**HOLDING, "cncRmsHdg": told}, wire.Holding))

    assert row == Holding("INFY", "NSE", INFY.isin, quantity, t1, None, quantity, None, sold_today=sold)


def test_shares_that_the_brokers_money_bought_are_none_for_delivery() -> None:
    row = mapping.holding(convert({**HOLDING, "mtfRmsHdg": {"qty": "7"}}, wire.Holding))

    assert (row.quantity, row.sellable, row.delivery) == (0, 0, False)


def test_positions_are_the_trades_of_today() -> None:
    (infy, sbin, itc, tcs) = [
        mapping.ROWS.position(convert(row, wire.Position))
        for row in json.loads(fixture("edelweiss", "positions.200"))["data"]["pos"]
    ]

    assert infy == Position("INFY", "NSE", infy.isin, True, 2, 0, 151235, 0)
    assert (sbin.exchange, sbin.bought, sbin.sold, sbin.sell_price) == ("BSE", 1, 4, 151300)
    assert (itc.delivery, tcs.delivery) == (False, None)


def test_a_row_of_the_book_says_what_a_cancellation_says_again() -> None:
    rows = [mapping.broker_order(convert(row, wire.Order)) for row in json.loads(BOOK)["data"]["ord"]]

    assert rows[0].extra == {"action": "BUY", "ordTyp": "LIMIT", "curQty": "10"}
    assert (rows[2].side, rows[2].extra["action"]) == (Side.SELL, "SELL")
    assert [row.exchange_order_id for row in rows[3:6:2]] == [None, None]
    assert rows[0].message is None, "a change that failed is no word about the order"
    assert rows[4].average_price == 305010


def test_the_latest_minute_of_a_chart_is_the_price() -> None:
    points = decode(fixture("edelweiss", "quotes.200"), wire.Reply[wire.Chart]).data.points

    assert mapping.last_price(points) == 151235
    assert mapping.last_price(wire.Points([], [])) is None
    assert mapping.last_price(wire.Points(["2026-11-18 10:30:00"], [None])) is None
    with pytest.raises(Unknown, match="some minutes"):
        mapping.last_price(wire.Points(["2026-11-18 10:30:00"], []))


@pytest.mark.parametrize(
    ("told", "failure"),
    [
        ({"error": {"errCd": "EGN0011", "errMsg": "Session Expired"}}, ("EGN0011", "Session Expired")),
        ({"error": {"errMsg": "No"}}, (None, "No")),
        ({"error": {"errCd": 7}}, ("7", "")),
        (
            {"error": {"errCd": "ETRD0002", "errMsg": "Seems like there are no trades in your trade book."}},
            ("no trades", "Seems like there are no trades in your trade book."),
        ),
    ],
)
def test_what_says_no(told: object, failure: tuple[str | None, str]) -> None:
    assert wire.failures(json.dumps(told).encode()) == [Failure(*failure)]


@pytest.mark.parametrize("told", [{}, {"error": {}}, {"error": None}, [], {"data": {}}])
def test_what_says_no_to_nothing_is_no_refusal(told: object) -> None:
    with pytest.raises(Unreadable):
        wire.failures(json.dumps(told).encode())


@pytest.mark.parametrize(
    ("method", "own"),
    [("orders", "orders"), ("holdings", "holdings"), ("positions", "positions"), ("quotes", "charts")],
)
@pytest.mark.parametrize("word", ["orders", "trades", "holdings", "positions", "charts"])
async def test_only_the_sentence_of_its_own_says_that_there_is_nothing(method: str, own: str, word: str) -> None:
    """What is said of holdings says nothing of orders."""
    told = json.dumps({"error": {"errCd": "ESIM0002", "errMsg": f"Seems like there are no {word} here."}})
    one, _ = replying("edelweiss", *[Answer(222, {"content-type": "application/json"}, told.encode())] * 2)

    if word == own:
        assert await call(one, method) in (Rows([]), [], {})
    else:
        with pytest.raises(Unknown):
            await call(one, method)


async def test_no_sentence_about_nothing_makes_an_order_that_was_not_placed() -> None:
    """It is the answer to a read; behind an order it proves nothing."""
    one, _ = replying(
        "edelweiss", Answer(222, {"content-type": "application/json"}, fixture("edelweiss", "orders.222.empty"))
    )

    with pytest.raises(Unknown) as caught:
        await one.place(Session("60000001", {"token": "t"}), AMO_BUY)

    assert not caught.value.unmapped
