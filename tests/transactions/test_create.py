"""Creating a transaction: what is taken, what is refused, what is stored."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.clock import HandClock
from tests.support.gateway import Caller
from torana.connectors.contract import OrderType, Side
from torana.flows.ordering.models import Line, OrderConfig
from torana.flows.registry import FLOWS
from torana.flows.securities import Securities, lines_of
from torana.kit.database import Database
from torana.market import securities
from torana.market.listing import Origin, build
from torana.market.models import Security
from torana.market.packaged import packaged_securities
from torana.transactions.intents import INTERFACE_INTENTS
from torana.transactions.models import Status, Transaction
from torana.transactions.schemas import MOST_BYTES
from torana.transactions.store import find

INVESTOR = "65f0c0ffee65f0c0ffee65f0"


def basket(*securities: Any, **more: Any) -> dict[str, Any]:
    return {"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", "securities": list(securities)}, **more}


def config_of(transaction: Transaction) -> OrderConfig:
    return Securities().config_of(transaction)


async def created(
    database: Database, partner: Caller, body: dict[str, Any], investor_id: str | None = None
) -> Transaction:
    answer = await partner.create(body, investor_id)
    assert answer.status_code == 200, answer.text
    transaction = await find(database, partner.gateway.gateway_id, answer.json()["data"]["transactionId"])
    assert transaction is not None
    return transaction


async def refused(partner: Caller, body: Any, investor_id: str | None = None) -> list[str]:
    answer = await partner.create(body, investor_id)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errorType"] == "InputException"
    return [*answer.json()["errors"], answer.json()["message"]]


@pytest.mark.parametrize(
    ("securities", "first"),
    [
        ([{"ticker": "TCS"}, {"ticker": "INFY"}], Line("TCS")),
        ([{"ticker": "TCS", "quantity": 3}, {"ticker": "INFY", "quantity": 1}], Line("TCS", 3)),
        ([{"ticker": "TCS", "type": "BUY"}, {"ticker": "INFY", "type": "SELL"}], Line("TCS", None, Side.BUY)),
        (
            [{"ticker": "TCS", "type": "SELL", "quantity": 3}, {"ticker": "INFY", "type": "BUY", "quantity": 1}],
            Line("TCS", 3, Side.SELL),
        ),
    ],
    ids=["ticker", "ticker and quantity", "ticker and type", "all three"],
)
async def test_the_four_shapes_of_a_basket_are_taken(
    database: Database, partner: Caller, securities: list[Any], first: Line
) -> None:
    transaction = await created(database, partner, basket(*securities))

    assert transaction.intent == "TRANSACTION"
    assert transaction.status is Status.INITIALIZED
    assert config_of(transaction).lines[0] == first
    assert len(config_of(transaction).lines) == 2


@pytest.mark.parametrize(
    ("securities", "fault"),
    [
        ([{"ticker": "TCS", "quantity": 3}, {"ticker": "INFY"}], "quantity must be given for every security"),
        ([{"ticker": "TCS"}, {"ticker": "INFY", "type": "BUY"}], "type must be given for every security"),
        ([{"ticker": "TCS", "quantity": 3}, {"ticker": "INFY", "type": "BUY"}], "type must be given for every"),
        ([{"ticker": "TCS", "quantity": None}, {"ticker": "INFY", "quantity": 1}], "quantity must be given"),
    ],
)
async def test_a_mixed_basket_is_refused(partner: Caller, securities: list[Any], fault: str) -> None:
    assert any(fault in error for error in await refused(partner, basket(*securities)))


@pytest.mark.parametrize("quantity", [0, -1, 1_000_000_000_000, 1e12, 3.5, "3.5", "3", True, False, [], {}, 10**30])
async def test_a_quantity_is_a_whole_number_of_shares(partner: Caller, quantity: Any) -> None:
    errors = await refused(partner, basket({"ticker": "TCS", "quantity": quantity, "type": "BUY"}))

    assert "orderConfig.securities[0].quantity must be a whole number of shares, 1 to 10000000" in errors


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            {"ticker": "ABBOTINDIA", "price": 28001.05},
            "price must be a multiple of 5.00, the tick of ABBOTINDIA: 28000.00 is near",
        ),
        ({"ticker": "INFY", "price": 1500.05}, "price must be a multiple of 0.10, the tick of INFY: 1500.00 is near"),
        ({"ticker": "ITC", "price": 0.01}, "price must be a multiple of 0.05, the tick of ITC: 0.05 is near"),
        (
            {"ticker": "ZOMATO", "price": 25.01},
            "price must be a multiple of 0.05, the tick of ETERNAL: 25.00 is near",
        ),
        ({"ticker": "AAKAAR", "quantity": 3}, "quantity must be a multiple of 1600, the lot of AAKAAR"),
    ],
)
async def test_what_the_exchange_would_refuse_for_its_steps_is_refused_at_once(
    partner: Caller, line: dict[str, Any], said: str
) -> None:
    errors = await refused(partner, basket({"type": "BUY", **line}))

    assert set(errors) == {f"orderConfig.securities[0].{said}"}


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ({"ticker": "NMDC", "price": 75.10}, Line("NMDC", limit_price=7510, order_type=OrderType.LIMIT)),
        ({"ticker": "SUZLON", "price": 55.03}, Line("SUZLON", limit_price=5503, order_type=OrderType.LIMIT)),
        ({"ticker": "ABBOTINDIA", "price": 28005}, Line("ABBOTINDIA", limit_price=2800500, order_type=OrderType.LIMIT)),
        ({"ticker": "NIFTYBEES", "quantity": 10}, Line("NIFTYBEES", 10)),
        ({"ticker": "GOLDBEES"}, Line("GOLDBEES")),
        ({"ticker": "EMBASSY"}, Line("EMBASSY")),
        ({"ticker": "ZOMATO"}, Line("ETERNAL")),
        ({"ticker": "tatamotors"}, Line("TMPV")),
        ({"ticker": "AAKAAR", "quantity": 3200}, Line("AAKAAR", 3200)),
        ({"ticker": "ITC", "quantity": 9_999_999}, Line("ITC", 9_999_999)),
    ],
)
async def test_everything_of_the_list_can_be_ordered_in_the_steps_of_the_exchange(
    database: Database, partner: Caller, line: dict[str, Any], kept: Line
) -> None:
    transaction = await created(database, partner, basket(line))

    assert config_of(transaction).lines == [kept]


async def test_of_what_is_not_in_the_list_it_is_said_which_list_that_is(partner: Caller) -> None:
    error, *_ = await refused(partner, basket({"ticker": "TCS.NS"}))

    assert error.endswith("'TCS.NS' is not in this installation's list of 1 July 2026")


@pytest.fixture
def with_other_series() -> Iterator[None]:
    """A listing as the brokers' files give it: with what is no share."""
    bond = Security("754GS2036", "GOI 7.54 % 2036", "IN0020220029", "GS", 1, 100, 888, "other")
    debenture = Security("CITY5", "CITY DEBENTURE", "INE111A07016", "F", 1, 1, 930111, "other", None, "BSE", 930111)
    dates = {"NSE": date(2026, 11, 27), "BSE": date(2026, 11, 27)}
    securities.use(build([*packaged_securities(), bond, debenture], [], dates=dates, origin=Origin.REFRESHED))
    yield
    securities.use(None)


@pytest.mark.usefixtures("with_other_series")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            {"ticker": "754GS2036"},
            "'754GS2036' is GOI 7.54 % 2036 of series GS, and orders are for shares and units of funds and trusts",
        ),
        (
            {"ticker": "08ABB"},
            "which is listed on the BSE only (543151): give the exchange BSE to order it there",
        ),
        ({"ticker": "NOSUCH"}, "'NOSUCH' is not in this installation's list of 27 November 2026"),
        ({"ticker": "INFY", "exchange": "MCX"}, "exchange must be NSE or BSE, or left out for the NSE"),
        ({"ticker": "999999", "exchange": "BSE"}, "'999999' is not in this installation's list of 27 November 2026"),
        (
            {"ticker": "CITY5", "exchange": "BSE"},
            "'CITY5' is CITY DEBENTURE of series F, and orders are for shares and units of funds and trusts",
        ),
        ({"ticker": "ABGSEC", "exchange": "BSE"}, "leave the exchange out to order it there"),
        (
            {"ticker": "INFY", "exchange": "BSE", "type": "BUY", "quantity": 1, "price": 1500.01},
            "price must be a multiple of 0.05, the tick of INFY: 1500.00 is near",
        ),
    ],
)
async def test_what_no_order_can_be_for_is_refused_by_what_it_is(
    partner: Caller, line: dict[str, Any], said: str
) -> None:
    error, *_ = await refused(partner, basket(line))

    assert error.startswith("orderConfig.securities[0].")
    assert error.endswith(said)


@pytest.mark.parametrize(
    "ticker", ["NOSUCH", "\u0131tc", "\u017fbin", "TCS ", "", " TCS", "TCS.NS", None, 1, ["TCS"], "T" * 100_000, "тсs"]
)
async def test_an_unknown_ticker_is_refused(partner: Caller, ticker: Any) -> None:
    errors = await refused(partner, basket({"ticker": "INFY"}, {"ticker": ticker}))

    assert any(error.startswith("orderConfig.securities[1].ticker") for error in errors)
    assert max(len(error) for error in errors) < 200


async def test_every_fault_is_told_at_once(partner: Caller) -> None:
    errors = await refused(
        partner,
        basket({"ticker": "NOSUCH", "quantity": 0, "type": "HOLD"}, "TCS", {"ticker": "TCS", "price": -1}, notes=5),
    )

    assert len(errors) == 6  # one of them is the message
    assert "(and 4 more, see errors)" in errors[-1]


@pytest.mark.parametrize(
    "config",
    [
        None,
        [],
        "SECURITIES",
        {},
        {"type": "SECURITIES"},
        {"type": "SECURITIES", "securities": []},
        {"type": "SECURITIES", "securities": {}},
        {"type": "SECURITIES", "securities": [None]},
        {"type": "SECURITIES", "securities": [{"ticker": "TCS"}] * 101},
        {"type": "SECURITIES", "securities": [{"ticker": "TCS"}], "meta": "x"},
        {"type": "WISHES", "securities": [{"ticker": "TCS"}]},
        {"securities": [{"ticker": "TCS"}]},
    ],
)
async def test_an_order_config_that_makes_no_sense_is_refused(partner: Caller, config: Any) -> None:
    assert any("orderConfig" in e for e in await refused(partner, {"intent": "TRANSACTION", "orderConfig": config}))


async def test_a_basket_may_have_a_hundred_lines(database: Database, partner: Caller) -> None:
    transaction = await created(database, partner, basket(*[{"ticker": "TCS", "quantity": 1, "type": "BUY"}] * 100))

    assert len(config_of(transaction).lines) == 100


async def test_the_same_line_twice_stays_two_lines(database: Database, partner: Caller) -> None:
    """B09."""
    line = {"ticker": "TCS", "quantity": 3, "type": "BUY"}

    transaction = await created(database, partner, basket(line, line))

    assert config_of(transaction).lines == [Line("TCS", 3, Side.BUY)] * 2


async def test_letter_case_does_not_matter(database: Database, partner: Caller) -> None:
    body = {
        "intent": "transaction",
        "orderConfig": {"type": "Securities", "securities": [{"ticker": "tcs", "type": "buy", "exchange": "nse"}]},
    }

    transaction = await created(database, partner, body)

    assert config_of(transaction).lines == [Line("TCS", None, Side.BUY)]


@pytest.mark.parametrize(
    ("given", "order_type", "paise"),
    [
        ({}, None, None),
        ({"orderType": "market"}, OrderType.MARKET, None),
        ({"orderType": "MARKET", "price": 0}, OrderType.MARKET, None),
        ({"orderType": "LIMIT", "price": 3200.10}, OrderType.LIMIT, 320010),
        ({"orderType": "LIMIT", "price": 3200}, OrderType.LIMIT, 320000),
        ({"orderType": "limit", "price": "3200.5"}, OrderType.LIMIT, 320050),
        ({"price": 0.1}, OrderType.LIMIT, 10),
    ],
)
async def test_a_line_may_bring_its_limit_price(
    database: Database, partner: Caller, given: dict[str, Any], order_type: OrderType | None, paise: int | None
) -> None:
    transaction = await created(database, partner, basket({"ticker": "TCS", **given}))

    assert config_of(transaction).lines == [Line("TCS", None, None, order_type, paise)]


@pytest.mark.parametrize(
    "given",
    [
        {"orderType": "LIMIT"},
        {"orderType": "LIMIT", "price": 0},
        {"orderType": "LIMIT", "price": -5},
        {"orderType": "LIMIT", "price": 10.005},
        {"orderType": "LIMIT", "price": 1e9},
        {"orderType": "LIMIT", "price": True},
        {"orderType": "LIMIT", "price": "12 rupees"},
        {"orderType": "LIMIT", "price": "1e3"},
        {"orderType": "LIMIT", "price": "NaN"},
        {"orderType": "LIMIT", "price": [1]},
        {"orderType": "MARKET", "price": 12},
        {"orderType": "STOP", "price": 12},
        {"orderType": 5},
        {"exchange": "NFO"},
        {"exchange": 1},
        {"type": "HOLD"},
        {"type": True},
    ],
)
async def test_what_cannot_be_an_order_is_refused(partner: Caller, given: dict[str, Any]) -> None:
    assert any(
        "orderConfig.securities[0]." in error for error in await refused(partner, basket({"ticker": "TCS", **given}))
    )


async def test_notes_are_kept_wherever_they_stand(database: Database, partner: Caller) -> None:
    outside = await created(database, partner, basket({"ticker": "TCS"}, notes="x" * 256))
    inside = await created(
        database,
        partner,
        {
            "intent": "TRANSACTION",
            "orderConfig": {"type": "SECURITIES", "securities": [{"ticker": "TCS"}], "notes": "n"},
        },
    )

    assert outside.notes == "x" * 256
    assert inside.notes == "n"


@pytest.mark.parametrize("notes", ["x" * 257, 5, ["a"], {"a": 1}, True])
async def test_notes_are_a_short_text(partner: Caller, notes: Any) -> None:
    assert "notes must be a text of at most 256 characters" in await refused(
        partner, {"intent": "CONNECT", "notes": notes}
    )


async def test_what_we_do_not_know_is_kept(database: Database, partner: Caller) -> None:
    body = {
        "intent": "TRANSACTION",
        "campaign": {"id": 7, "share": 0.25},
        "orderConfig": {
            "type": "SECURITIES",
            "securities": [{"ticker": "TCS"}, {"ticker": "INFY", "note": "second"}],
            "meta": {"orderName": "Momentum 5", "orderLogo": "https://kiran.example/m.png"},
            "colour": "green",
        },
    }

    transaction = await created(database, partner, body)

    assert config_of(transaction).meta == {"orderName": "Momentum 5", "orderLogo": "https://kiran.example/m.png"}
    assert transaction.extra == {
        "body": {"campaign": {"id": 7, "share": 0.25}},
        "orderConfig": {"colour": "green"},
        "orderConfig.securities[1]": {"note": "second"},
    }


async def test_connect_lasts_five_minutes_and_orders_fifteen(
    database: Database, partner: Caller, clock: HandClock
) -> None:
    connect = await partner.create({"intent": "CONNECT"})
    order = await created(database, partner, basket({"ticker": "TCS"}))

    assert connect.json() == {
        "success": True,
        "errors": None,
        "data": {"transactionId": connect.json()["data"]["transactionId"], "expireAt": "2026-11-18T05:05:00.000Z"},
    }
    assert order.expires_at == clock.now() + timedelta(minutes=15)


async def test_the_investor_of_the_token_is_asked_for(database: Database, partner: Caller) -> None:
    of_guest = await created(database, partner, basket({"ticker": "TCS"}))
    of_connected = await created(database, partner, basket({"ticker": "TCS"}), INVESTOR)

    assert of_guest.asked_investor_id is None
    assert of_connected.asked_investor_id == INVESTOR
    assert of_connected.investor_id is None


async def test_a_connect_takes_a_guest_token(partner: Caller) -> None:
    errors = await refused(partner, {"intent": "CONNECT"}, INVESTOR)

    assert "This investor is connected already: CONNECT needs a guest token" in errors


async def test_a_connect_has_no_orders(partner: Caller) -> None:
    body = {**basket({"ticker": "TCS"}), "intent": "CONNECT"}

    assert "orderConfig has no place in a CONNECT: leave it out" in await refused(partner, body)


async def test_funds_are_asked_for_a_connected_investor_alone(database: Database, partner: Caller) -> None:
    body = {"intent": "fetch_funds", "notes": "for the home screen"}

    errors = await refused(partner, body)
    asked = await partner.create(body)
    transaction = await created(database, partner, body, INVESTOR)

    assert errors[0] == "InvalidIntent"
    assert asked.json()["docUrl"].endswith("#connected-only")
    assert (transaction.intent, transaction.kind, transaction.config) == ("FETCH_FUNDS", None, {})
    assert transaction.expires_at - transaction.created_at == timedelta(minutes=5)


@pytest.mark.parametrize("intent", sorted(INTERFACE_INTENTS - set(FLOWS.names)))
async def test_an_intent_that_we_do_not_do_is_named(partner: Caller, intent: str) -> None:
    errors = await refused(partner, {"intent": intent.lower()})

    assert errors[0] == "InvalidIntent"
    taken = f"{', '.join(FLOWS.names[:-1])} or {FLOWS.names[-1]}"
    assert errors[-1] == f"The intent {intent} is not supported by this version: use {taken}"


@pytest.mark.parametrize("kind", ["DUMMY", "RECONCILIATION"])
async def test_an_order_that_we_do_not_do_is_named(partner: Caller, kind: str) -> None:
    errors = await refused(partner, {"intent": "TRANSACTION", "orderConfig": {"type": kind, "scid": "KIRN_0001"}})

    assert f"Orders of type {kind} are not supported by this version: use SECURITIES, BUY" in errors[-1]


@pytest.mark.parametrize("intent", [None, "", "PLACE", 1, [], {}, True])
async def test_an_intent_that_nobody_knows_is_refused(partner: Caller, intent: Any) -> None:
    assert (await refused(partner, {"intent": intent}))[0] == "InvalidIntent"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"CONNECT"',
        b"intent=CONNECT",
        b"\xff\xfe",
        b'{"intent": "CONNECT"',
        b'{"intent": "CONNECT", "x": "\\ud800"}',
        b'{"intent": "CONNECT", "x": "\\u0000"}',
        b'{"intent": "CONNECT", "x": 1e9999999999999999999}',
        b'{"intent": "CONNECT", "x": ' + b"9" * 6000 + b"}",
        b'{"intent": "CONNECT", "x": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"intent": "CONNECT", "x": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"intent": "CONNECT", "x": ' + b"[" * 90000 + b"]" * 90000 + b"}",
    ],
    ids=lambda body: repr(body[:45]),
)
async def test_a_body_that_is_no_json_object_of_ours_is_refused(partner: Caller, body: bytes) -> None:
    answer = await partner.client.post(
        f"/gateway/{partner.gateway.name}/transaction", content=body, headers=partner.headers()
    )

    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"]


@pytest.mark.parametrize("number", ["1e308", "1e400", "-1e400", "9" * 400, "0.1", "-0.0", "18446744073709551616"])
async def test_numbers_that_we_do_not_know_do_no_harm(partner: Caller, number: str) -> None:
    answer = await partner.client.post(
        f"/gateway/{partner.gateway.name}/transaction",
        content=f'{{"intent": "CONNECT", "score": {number}}}',
        headers=partner.headers(),
    )

    assert answer.status_code == 200, answer.text


async def test_a_body_above_the_limit_is_refused(partner: Caller) -> None:
    answer = await partner.create({"intent": "CONNECT", "x": "y" * MOST_BYTES})

    assert answer.status_code == 413
    assert answer.json()["success"] is False


async def test_the_content_type_does_not_matter(partner: Caller) -> None:
    answer = await partner.client.post(
        f"/gateway/{partner.gateway.name}/transaction",
        content=b'{"intent": "CONNECT"}',
        headers={**partner.headers(), "content-type": "text/plain"},
    )

    assert answer.status_code == 200


async def test_a_refused_create_stores_nothing(database: Database, partner: Caller) -> None:
    await refused(partner, basket({"ticker": "NOSUCH"}))

    assert (
        await database.value("select count(*) from transactions where gateway_id = $1", partner.gateway.gateway_id) == 0
    )


async def test_a_create_writes_one_event_and_is_due_at_its_expiry(database: Database, partner: Caller) -> None:
    """I8."""
    transaction = await created(database, partner, basket({"ticker": "TCS"}, {"ticker": "INFY"}), INVESTOR)

    async with database.connection() as connection:
        [event] = await connection.fetch(
            "select * from events where gateway_id = $1 and transaction_id = $2",
            transaction.gateway_id,
            transaction.transaction_id,
        )
        due_at = await connection.fetchval(
            "select due_at from transactions where transaction_id = $1", transaction.transaction_id
        )
    assert (event["sequence"], event["type"]) == (1, "transaction.created")
    assert event["data"] == {"intent": "TRANSACTION", "kind": "SECURITIES", "asked_investor_id": INVESTOR}
    assert transaction.event_count == 1
    assert due_at == transaction.expires_at


async def events_of(database: Database, transaction: Transaction) -> list[tuple[int, str, Any]]:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "select sequence, type, data from events where gateway_id = $1 and transaction_id = $2 order by sequence",
            transaction.gateway_id,
            transaction.transaction_id,
        )
    return [(row["sequence"], row["type"], row["data"]) for row in rows]


async def test_the_same_order_twice_without_a_key_is_two_transactions_and_a_warning(
    database: Database, partner: Caller
) -> None:
    """D15."""
    body = basket({"ticker": "TCS", "quantity": 3, "type": "BUY"})
    first = await created(database, partner, body)

    second = await created(database, partner, body)

    assert first.transaction_id != second.transaction_id
    assert [name for _, name, _ in await events_of(database, first)] == ["transaction.created"]
    assert [(number, name) for number, name, _ in await events_of(database, second)] == [
        (1, "transaction.created"),
        (2, "transaction.repeated"),
    ]
    assert (await events_of(database, second))[1][2] == {"first": first.transaction_id}
    assert second.event_count == 2


async def test_a_repetition_is_told_once_a_minute(database: Database, partner: Caller, clock: HandClock) -> None:
    """D15."""
    body = basket({"ticker": "TCS", "quantity": 3, "type": "BUY"})
    counts = []
    for seconds in (0, 1, 1, 70):
        clock.advance(seconds)
        counts.append((await created(database, partner, body)).event_count)

    assert counts == [1, 2, 1, 1]


async def test_other_orders_are_no_repetition(database: Database, partner: Caller, stranger: Caller) -> None:
    """D15."""
    line = {"ticker": "TCS", "quantity": 3, "type": "BUY"}
    await created(database, partner, basket(line))

    for caller, body, investor_id in (
        (partner, basket({**line, "quantity": 4}), None),
        (partner, basket(line), INVESTOR),
        (stranger, basket(line), None),
        (partner, {"intent": "CONNECT"}, None),
        (partner, {"intent": "CONNECT"}, None),
    ):
        assert (await created(database, caller, body, investor_id)).event_count == 1


async def test_orders_with_their_own_keys_are_no_repetition(database: Database, partner: Caller) -> None:
    """D15."""
    body = basket({"ticker": "TCS", "quantity": 3, "type": "BUY"})

    for key in ("one", "two"):
        answer = await partner.create(body, idempotency_key=key)
        transaction = await find(database, partner.gateway.gateway_id, answer.json()["data"]["transactionId"])
        assert transaction is not None
        assert transaction.event_count == 1


@pytest.mark.parametrize(
    ("line", "symbol", "exchange"),
    [
        ({"ticker": "INFY"}, "INFY", "NSE"),
        ({"ticker": "INFY", "exchange": "nse"}, "INFY", "NSE"),
        ({"ticker": "infy", "exchange": "bse"}, "INFY", "BSE"),
        ({"ticker": "500209", "exchange": "BSE"}, "INFY", "BSE"),
        ({"ticker": "08ABB", "exchange": "BSE"}, "08ABB", "BSE"),
        ({"ticker": "20MICRONS", "exchange": "BSE", "price": 200.05}, "20MICRONS", "BSE"),
    ],
)
async def test_an_order_can_be_for_the_bse_by_its_symbol_or_its_number(
    database: Database, partner: Caller, line: dict[str, Any], symbol: str, exchange: str
) -> None:
    """Lists, ticks and lots are those of the exchange that was named; the NSE is meant where none was."""
    transaction = await created(database, partner, basket(line))

    (asked,) = lines_of(transaction)
    told = FLOWS.of(transaction).order_config(FLOWS.of(transaction).config_of(transaction))
    assert (asked.symbol, asked.exchange) == (symbol, exchange)
    assert told is not None
    assert (told["securities"][0]["ticker"], told["securities"][0]["exchange"]) == (symbol, exchange)
