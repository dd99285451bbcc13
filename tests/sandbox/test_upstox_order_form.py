"""What the simulated Upstox checks about an order before its order system sees it."""

from decimal import Decimal

import msgspec
import pytest

from torana.sandbox.order_form import Fault, parsed
from torana.sandbox.order_table import OrderTable
from torana.sandbox.refusals import Refused
from torana.sandbox.upstox.errors import REFUSALS, TABLE, wrong
from torana.sandbox.upstox.orders import (
    MULTI,
    ORDER,
    ORDER_V2,
    UPLINK,
    read_change,
    read_order,
)

GOOD: dict[str, object] = {
    "quantity": 7,
    "product": "D",
    "validity": "DAY",
    "price": 0,
    "tag": "482913370415926",
    "instrument_token": "NSE_EQ|INE467B01029",
    "order_type": "MARKET",
    "transaction_type": "BUY",
    "disclosed_quantity": 0,
    "trigger_price": 0,
    "is_amo": False,
}
GOOD_CHANGE: dict[str, object] = {
    "order_id": "261118000000001",
    "validity": "DAY",
    "price": Decimal("101.5"),
    "order_type": "LIMIT",
    "trigger_price": 0,
}


def refusal(given: dict[str, object]) -> Refused:
    with pytest.raises(Refused) as caught:
        read_order(given, ORDER)
    return caught.value


def test_a_complete_order_is_read() -> None:
    form = read_order({**GOOD, "order_type": "LIMIT", "price": Decimal("3120.55")}, ORDER)

    assert (form.instrument, form.side, form.quantity) == ("NSE_EQ|INE467B01029", "BUY", 7)
    assert form.price == 312055
    assert form.tag == "482913370415926"
    assert form.market_protection == -1


@pytest.mark.parametrize("shape", [ORDER_V2, ORDER, UPLINK])
def test_numbers_and_booleans_may_be_sent_as_text(shape: OrderTable) -> None:
    as_text = {"quantity": "7", "price": "3120.55", "trigger_price": "0", "disclosed_quantity": "0", "is_amo": "false"}

    form = read_order(GOOD | as_text | {"order_type": "LIMIT", "market_protection": "-1", "slice": "true"}, shape)
    changed = read_change(GOOD_CHANGE | {"quantity": "7", "price": "101.5", "trigger_price": "0"})

    assert (form.quantity, form.price, form.amo, form.slice) == (7, 312055, False, True)
    assert (changed.quantity, changed.price) == (7, 10150)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("instrument_token", None, "UDAPI1026"),
        ("instrument_token", "TCS", "UDAPI1026"),
        ("order_type", None, "UDAPI1004"),
        ("order_type", "market", "UDAPI1056"),
        ("validity", None, "UDAPI1007"),
        ("validity", "GTC", "UDAPI1055"),
        ("transaction_type", "B", "UDAPI100036"),
        ("product", "CNC", "UDAPI100036"),
        ("product", "CO", "UDAPI100036"),
        ("quantity", 0, "UDAPI1052"),
        ("quantity", None, "UDAPI1052"),
        ("quantity", -4, "UDAPI1052"),
        ("quantity", "seven", "UDAPI100038"),
        ("quantity", "7.0", "UDAPI100038"),
        ("quantity", "0", "UDAPI1052"),
        ("quantity", "", "UDAPI1052"),
        ("quantity", Decimal("7.0"), "UDAPI100038"),
        ("quantity", True, "UDAPI100038"),
        ("price", "1e2", "UDAPI100038"),
        ("price", "-1", "UDAPI100036"),
        ("price", Decimal("0.001"), "UDAPI100036"),
        ("price", -1, "UDAPI100036"),
        ("trigger_price", None, "UDAPI100036"),
        ("disclosed_quantity", None, "UDAPI100036"),
        ("disclosed_quantity", 8, "UDAPI100036"),
        ("is_amo", None, "UDAPI100036"),
        ("is_amo", "no", "UDAPI100038"),
        ("tag", "4" * 41, "UDAPI1119"),
        ("tag", 482913370415926, "UDAPI100038"),
        ("slice", "no", "UDAPI100038"),
        ("market_protection", 26, "UDAPI1159"),
        ("market_protection", Decimal("25.1"), "UDAPI1159"),
        ("market_protection", -2, "UDAPI1160"),
        ("market_protection", "26", "UDAPI1159"),
        ("market_protection", "some", "UDAPI100038"),
        ("market_protection", 0, "UDAPI1158"),
    ],
)
def test_a_wrong_field_is_refused_with_its_documented_code(field: str, value: object, code: str) -> None:
    problem = refusal({**GOOD, field: value})

    assert problem.code == code
    assert problem.field == field


@pytest.mark.parametrize(
    ("order_type", "price", "trigger", "code"),
    [
        ("MARKET", 5, 0, "UDAPI1030"),
        ("LIMIT", 0, 0, "UDAPI1029"),
        ("SL", 0, 90, "UDAPI1031"),
        ("SL", 90, 0, "UDAPI1031"),
        ("SL-M", 0, 0, "UDAPI1036"),
        ("SL-M", 5, 90, "UDAPI1032"),
    ],
)
def test_prices_must_fit_the_order_type(order_type: str, price: int, trigger: int, code: str) -> None:
    problem = refusal({**GOOD, "order_type": order_type, "price": price, "trigger_price": trigger})

    assert problem.code == code


def test_a_tag_of_forty_characters_is_taken_and_disclosure_below_a_tenth_is_not() -> None:
    form = read_order({**GOOD, "tag": "4" * 40}, ORDER)
    problem = refusal({**GOOD, "quantity": 100, "disclosed_quantity": 9})

    assert form.tag == "4" * 40
    assert problem.code == "UDAPI1039"


def test_each_place_has_its_own_rules() -> None:
    uplink = read_order({k: v for k, v in GOOD.items() if k not in ("trigger_price", "is_amo", "tag")}, UPLINK)
    cover = read_order({**GOOD, "product": "CO"}, ORDER_V2)
    many = read_order({**GOOD, "correlation_id": "line-1"}, MULTI)

    assert (uplink.trigger_price, uplink.amo, uplink.tag) == (0, False, None)
    assert cover.product == "CO"
    assert many.quantity == GOOD["quantity"]
    for given, code in ((GOOD, "UDAPI1115"), ({**GOOD, "correlation_id": "x" * 21}, None)):
        with pytest.raises(Refused) as caught:
            read_order(given, MULTI)
        assert caught.value.code == (code or "UDAPI1116")


def test_a_change_keeps_what_it_does_not_name() -> None:
    change = read_change(GOOD_CHANGE)

    assert (change.quantity, change.price) == (None, 10150)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("order_id", None, "UDAPI1003"),
        ("order_id", "12 34", "UDAPI1010"),
        ("quantity", 0, "UDAPI1052"),
        ("quantity", "three", "UDAPI100038"),
        ("price", None, "UDAPI100036"),
        ("order_type", "MARKET", "UDAPI1030"),
    ],
)
def test_a_wrong_change_is_refused(field: str, value: object, code: str) -> None:
    with pytest.raises(Refused) as caught:
        read_change({**GOOD_CHANGE, field: value})

    assert caught.value.code == code


@pytest.mark.parametrize("body", [b"", b"{", b"[1, NaN]", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        parsed(body, wrong("malformed_input"))

    assert caught.value.code == "UDAPI100038"


def test_decimals_arrive_unharmed() -> None:
    assert parsed(b'{"price": 0.1}', ValueError()) == {"price": Decimal("0.1")}


def test_an_error_carries_its_keys_in_both_spellings() -> None:
    answer = REFUSALS.answer(TABLE.of_field("tag", Fault.TOO_LONG, "x"))

    assert msgspec.json.decode(answer.body) == {
        "status": "error",
        "errors": [
            {
                "errorCode": "UDAPI1119",
                "error_code": "UDAPI1119",
                "message": "The 'tag' cannot exceed 40 characters",
                "propertyPath": "tag",
                "property_path": "tag",
                "invalidValue": "x",
                "invalid_value": "x",
            }
        ],
    }


def test_every_code_has_a_status_and_a_text() -> None:
    for refusal in TABLE.codes.values():
        assert refusal.text
        assert 400 <= refusal.status <= 500
