"""Alice Blue and IIFL Capital: what their platform shares, as rows over pure functions."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.connectors.replay import AMO_BUY, KEYS, LIMIT_SELL, MARKET_BUY, NOW, SESSION, answer, call, fixture, replying
from torana.connectors.aliceblue.connector import API as ALICE
from torana.connectors.aliceblue.connector import AliceOrders
from torana.connectors.codifi import mapping, wire
from torana.connectors.contract import (
    BrokerStatus,
    Hosts,
    Instrument,
    LoginRefused,
    OrderRequest,
    Reason,
    Rejected,
    Rows,
    Setup,
    Unknown,
)
from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.iifl.connector import API as IIFL
from torana.connectors.iifl.connector import IiflOrders, IiflPortfolio, fits
from torana.kit.errors import ConfigurationError


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(fixture("aliceblue", name), parse_float=Decimal)["result"]
    return rows


RUPEE, PAISA = Decimal(1), Decimal("0.01")
ROWS = mapping.rows_of(ALICE, RUPEE)
ORDER = msgspec.convert(_rows("orders.200")[0], wire.Order)
HOLDING = msgspec.convert(_rows("holdings.200")[0], wire.Holding)


@pytest.mark.parametrize(
    ("body", "failures"),
    [
        ({"status": "EC087", "message": "Session Expired"}, [Failure("EC087", "Session Expired")]),
        ({"stat": "Not_ok", "emsg": "Invalid auth code"}, [Failure(None, "Invalid auth code")]),
        ({"status": "Not_Ok", "message": "EC003: again later"}, [Failure("EC003", "EC003: again later")]),
        (
            {"status": "Ok", "message": "Success", "result": [{"status": "EC901", "message": "exchange"}]},
            [Failure("EC901", "exchange")],
        ),
        ({"status": "Ok", "result": {"status": "EC997", "message": "gone"}}, [Failure("EC997", "gone")]),
        (
            {"status": "Ok", "result": [{"status": "EC904"}, {"status": "EC901"}]},
            [Failure("EC904", ""), Failure("EC901", "")],
        ),
    ],
)
def test_a_refusal_stands_above_the_legs_or_in_one(body: dict[str, object], failures: list[Failure]) -> None:
    assert wire.failures(json.dumps(body).encode()) == failures


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"status":"error"}',
        '{"status":"Ok","result":[]}',
        '{"stat":"Not_ok"}',
        "[]",
    ],
)
def test_what_says_no_to_nothing_is_no_refusal(body: str) -> None:
    with pytest.raises(Unreadable):
        wire.failures(body.encode())


@pytest.mark.parametrize(
    "result", [[], [{"brokerOrderId": "1"}, {"brokerOrderId": "2"}], [{"brokerOrderId": ""}], None]
)
def test_an_order_is_placed_by_one_answer_with_an_id(result: object) -> None:
    with pytest.raises(Unreadable):
        decode(json.dumps({"status": "Ok", "result": result}).encode(), wire.One[wire.Placed])


def test_one_result_may_stand_alone() -> None:
    body = b'{"status":"Ok","result":{"brokerOrderId":"7"}}'

    assert decode(body, wire.One[wire.Placed]).data.broker_order_id == "7"


def test_a_token_that_a_document_shows_masked_is_a_text_like_any_other() -> None:
    told = decode(b'{"status":"Ok","userSession":"abc1*******9xyz"}', wire.Token)

    assert (told.user_session, told.client_id) == ("abc1*******9xyz", None)


@pytest.mark.parametrize("broker", ["aliceblue", "iifl"])
async def test_a_leg_that_failed_refuses_the_order_whatever_stands_above_it(broker: str) -> None:
    one, client = replying(broker, answer(fixture(broker, "place.200.exchange")))

    with pytest.raises(Rejected) as caught:
        await one.place(SESSION, MARKET_BUY if broker == "aliceblue" else LIMIT_SELL)

    assert (caught.value.reason, caught.value.code) == (Reason.INSTRUMENT_NOT_TRADABLE, "EC901")
    assert len(client.requests) == 1


@pytest.mark.parametrize("method", ["orders", "holdings", "positions"])
@pytest.mark.parametrize("body", [b"[]", b"[{}]", b'[{"status":"EC003"}]', b"[null]"])
async def test_a_bare_list_without_a_row_says_nothing(method: str, body: bytes) -> None:
    one, _ = replying("iifl", answer(body))

    with pytest.raises(Unknown):
        await call(one, method)


@pytest.mark.parametrize("method", ["orders", "holdings", "positions"])
async def test_a_list_is_the_same_with_an_envelope_and_without(method: str) -> None:
    told = json.loads(fixture("iifl", f"{method}.200"))
    rows = told if isinstance(told, list) else told["result"]
    bare, _ = replying("iifl", answer(json.dumps(rows)))
    enveloped, _ = replying("iifl", answer(json.dumps({"status": "Ok", "message": "Success", "result": rows})))

    assert await call(bare, method) == await call(enveloped, method)


@pytest.mark.parametrize(
    ("word", "complexity", "at_exchange", "filled", "status"),
    [
        ("OPEN", "REGULAR", "1100", 0, BrokerStatus.OPEN),
        ("open", "REGULAR", "", 0, BrokerStatus.OPEN),
        ("OPEN", "REGULAR", "1100", 4, BrokerStatus.PARTIAL),
        ("OPEN", "AMO", "", 0, BrokerStatus.AMO_QUEUED),
        ("OPEN", "AMO", "NA", 0, BrokerStatus.AMO_QUEUED),
        ("OPEN", "AMO", "NA", 4, BrokerStatus.PARTIAL),
        ("OPEN", "AMO", "NA", 10, BrokerStatus.OPEN),
        ("OPEN", "AMO", "1100", 0, BrokerStatus.OPEN),
        ("TRIGGER_PENDING", "REGULAR", "1100", 0, BrokerStatus.TRIGGER_PENDING),
        ("CANCELED", "AMO", "", 0, BrokerStatus.CANCELLED),
        ("after market order req received", "AMO", "NA", 0, BrokerStatus.AMO_QUEUED),
        ("REJECTED", "AMO", "", 0, BrokerStatus.REJECTED),
        ("PENDING", "REGULAR", "", 0, BrokerStatus.UNKNOWN),
    ],
)
def test_a_status_is_read_beside_what_the_order_is(
    word: str, complexity: str, at_exchange: str, filled: int, status: BrokerStatus
) -> None:
    of_ten = {"quantity": Decimal(10), "filled": Decimal(filled)}
    row = msgspec.structs.replace(
        ORDER, status=word, order_complexity=complexity, exchange_order_id=at_exchange, **of_ten
    )

    assert mapping.broker_order(row, ROWS).status is status


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("RMS:Margin Exceeds, Required:812.35, Available:0.00 for entity", Reason.INSUFFICIENT_FUNDS),
        ("RMS:MtoM Exceeds, Required:812.35, Available:0.00 for entity", Reason.INSUFFICIENT_FUNDS),
        ("RMS:Client not enabled on product", Reason.NOT_PERMITTED),
        ("RMS:Scrip INFY is in Ban Period.", Reason.INSTRUMENT_NOT_TRADABLE),
        ("RED:Margin Shortfall:INR 28,030.64 Available:INR 29.36", Reason.INSUFFICIENT_FUNDS),
        ("ORA:Price 1120.15 is not a multiple of tick size 0.10 ", Reason.INVALID_ORDER),
        ("RMS:Auto Square Off Block", Reason.OTHER),
    ],
)
def test_a_rejection_is_told_in_the_words_of_the_risk_checks(text: str, reason: Reason) -> None:
    row = msgspec.structs.replace(ORDER, status="REJECTED", message=text)

    read = mapping.broker_order(row, ROWS)

    assert (read.reason, read.message) == (reason, text)


@pytest.mark.parametrize("nothing", ["", "NA", "--", None])
def test_a_tag_that_says_nothing_is_none(nothing: str | None) -> None:
    read = mapping.broker_order(msgspec.structs.replace(ORDER, tag=nothing), ROWS)

    assert (read.tag, read.foreign_tag) == (None, False)


@pytest.mark.parametrize(("unit", "price"), [(RUPEE, 151235), (PAISA, 1512)])
def test_amounts_are_counted_in_what_the_operator_says(unit: Decimal, price: int) -> None:
    assert mapping.broker_order(ORDER, mapping.rows_of(IIFL, unit)).average_price == price


@pytest.mark.parametrize("said", ["", "Paise", "rupee"])
def test_an_installation_that_does_not_say_it_does_not_start(said: str) -> None:
    one, client = replying("iifl", answer(b""))
    setup = Setup(client, Hosts({}, frozenset()), KEYS.changed(amounts=said), "https://x.example", one.execution_mode)

    with pytest.raises(ConfigurationError, match="TORANA_BROKER_IIFL_AMOUNTS"):
        IiflPortfolio(setup)


@pytest.mark.parametrize(
    ("changed", "needed", "expected"),
    [
        ({}, None, (25, 25, 0)),
        ({"dp_quantity": Decimal(20)}, None, (20, 20, 5)),
        ({"sellable_qty": Decimal(2)}, None, (25, 2, 0)),
        ({"sellable_qty": None}, None, (25, 25, 0)),
        ({"total_quantity": Decimal(0)}, None, (25, 25, 0)),
        ({"authorized_quantity": Decimal(10)}, True, (25, 10, 0)),
        ({"authorized_quantity": Decimal(10), "dp_quantity": Decimal(20)}, True, (20, 5, 5)),
        ({"authorized_quantity": Decimal(0)}, False, (25, 25, 0)),
    ],
)
def test_of_a_holding_the_smallest_limit_counts(
    changed: dict[str, object], needed: bool | None, expected: tuple[int, int, int]
) -> None:
    """25 in the account and 5 on their way: free, to sell now, sold today."""
    start = {"dp_quantity": Decimal(25), "t1_quantity": Decimal(5), "total_quantity": Decimal(30)}
    row = msgspec.structs.replace(HOLDING, **{**start, "sellable_qty": Decimal(25), **changed})

    read = mapping.holding(row, ROWS, needed)

    assert (read.quantity, read.sellable, read.sold_today) == expected


def test_a_share_of_the_bse_alone_is_one_of_the_bse() -> None:
    row = msgspec.structs.replace(
        HOLDING,
        nse_instrument_id="", nse_trading_symbol="NA", bse_instrument_id="500209", bse_trading_symbol="INFY",
    )  # fmt: skip

    read = mapping.holding(row, ROWS, None)

    assert (read.exchange, read.symbol) == ("BSE", "INFY")


def _named(order: OrderRequest) -> OrderRequest:
    return replace(order, instrument=Instrument("BSE", "INFY", "INE009A01021", "500209", "INFY"))


def test_each_broker_is_told_in_its_own_words() -> None:
    alice, iifl = ALICE.leg(_named(MARKET_BUY)), IIFL.leg(_named(LIMIT_SELL))

    assert (alice["exchange"], alice["product"], alice["quantity"]) == ("BSE", "LONGTERM", 10)
    assert alice["marketProtectionPercent"] == "1"
    assert "price" not in alice
    assert (iifl["exchange"], iifl["product"], iifl["quantity"]) == ("BSEEQ", "DELIVERY", "3")
    assert (iifl["price"], iifl["orderComplexity"]) == ("3050.10", "REGULAR")
    assert IIFL.leg(_named(AMO_BUY))["orderComplexity"] == "AMO"


@pytest.mark.parametrize(
    ("masked", "client", "can_be"),
    [
        ("3******1", "31625881", True),
        ("31625881", "31625881", True),
        ("3******1", "316258811", False),
        ("3******1", "3162581", False),
        ("3******1", "31625882", False),
        ("3******1", "41625881", False),
        ("", "31625881", False),
    ],
)
def test_a_masked_id_tells_which_client_it_cannot_be(masked: str, client: str, *, can_be: bool) -> None:
    assert fits(masked, client) is can_be


@pytest.mark.parametrize(("claimed", "code"), [("316258817", "abc"), ("3162588", "17abc")])
async def test_an_id_that_lent_to_its_code_or_borrowed_from_it_is_no_login(claimed: str, code: str) -> None:
    """The checksum is the same as that of 31625881 with 7abc."""
    profile = b'{"status":"Ok","message":"Success","result":{"clientId":"3******1"}}'
    one, client = replying("iifl", answer(fixture("iifl", "finish_login.200")), answer(profile))

    with pytest.raises(LoginRefused):
        await one.finish_login({"clientId": claimed, "authCode": code}, NOW)

    assert [request.account for request in client.requests] == ["", claimed]


async def test_an_answer_that_names_no_client_is_no_login() -> None:
    one, _ = replying("aliceblue", answer(b'{"stat":"Ok","userSession":"token-1"}'))

    with pytest.raises(Unknown):
        await one.finish_login({"userId": "912444", "authCode": "code-1"}, NOW)


@pytest.mark.parametrize("broker", ["aliceblue", "iifl"])
@pytest.mark.parametrize(("method", "own"), [("orders", "EC916"), ("positions", "EC920"), ("holdings", "EC922")])
@pytest.mark.parametrize("code", ["EC916", "EC920", "EC922"])
async def test_only_the_code_of_its_own_says_that_a_list_is_empty(
    broker: str, method: str, own: str, code: str
) -> None:
    """What is said of holdings says nothing of orders."""
    one, _ = replying(broker, answer(json.dumps({"status": code, "message": "", "result": []})))

    if code == own:
        assert await call(one, method) in (Rows([]), [])
    else:
        with pytest.raises(Unknown):
            await call(one, method)


def test_an_id_of_a_broker_cannot_leave_its_place_in_an_address() -> None:
    assert IIFL.cancel("26/11?8")[:2] == ("DELETE", "/v1/orders/26%2F11%3F8")


def test_members_share_what_means_the_same_and_nothing_else() -> None:
    """EC807 is a product of Alice Blue's and a date of IIFL Capital's."""
    assert "EC807" in AliceOrders.dialect.rejections
    assert "EC807" not in IiflOrders.dialect.rejections
    assert not AliceOrders.dialect.too_fast_is_refused
