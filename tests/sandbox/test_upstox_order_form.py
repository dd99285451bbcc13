"""What the simulated Upstox checks about an order before its order system sees it."""

from decimal import Decimal

import msgspec
import pytest

from torana.sandbox.order_form import parsed
from torana.sandbox.order_table import OrderTable
from torana.sandbox.refusals import Refused
from torana.sandbox.upstox.errors import REFUSALS, Code
from torana.sandbox.upstox.orders import (
    MULTI,
    UPLINK,
    V2,
    V3,
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
        read_order(given, V3)
    return caught.value


def test_a_complete_order_is_read() -> None:
    form = read_order({**GOOD, "order_type": "LIMIT", "price": Decimal("3120.55")}, V3)

    assert (form.instrument, form.side, form.quantity) == ("NSE_EQ|INE467B01029", "BUY", 7)
    assert form.price == 312055
    assert form.tag == "482913370415926"
    assert form.market_protection == -1


@pytest.mark.parametrize("shape", [V2, V3, UPLINK])
def test_numbers_and_booleans_may_be_sent_as_text(shape: OrderTable) -> None:
    as_text = {"quantity": "7", "price": "3120.55", "trigger_price": "0", "disclosed_quantity": "0", "is_amo": "false"}

    form = read_order(GOOD | as_text | {"order_type": "LIMIT", "market_protection": "-1", "slice": "true"}, shape)
    changed = read_change(GOOD_CHANGE | {"quantity": "7", "price": "101.5", "trigger_price": "0"})

    assert (form.quantity, form.price, form.amo, form.slice) == (7, 312055, False, True)
    assert (changed.quantity, changed.price) == (7, 10150)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("instrument_token", None, Code.INSTRUMENT_KEY_MISSING),
        ("instrument_token", "TCS", Code.INSTRUMENT_KEY_MISSING),
        ("order_type", None, Code.ORDER_TYPE_MISSING),
        ("order_type", "market", Code.ORDER_TYPE_WRONG),
        ("validity", None, Code.VALIDITY_MISSING),
        ("validity", "GTC", Code.VALIDITY_WRONG),
        ("transaction_type", "B", Code.INVALID_INPUT),
        ("product", "CNC", Code.INVALID_INPUT),
        ("product", "CO", Code.INVALID_INPUT),
        ("quantity", 0, Code.QUANTITY_ZERO),
        ("quantity", None, Code.QUANTITY_ZERO),
        ("quantity", -4, Code.QUANTITY_ZERO),
        ("quantity", "seven", Code.MALFORMED_INPUT),
        ("quantity", "7.0", Code.MALFORMED_INPUT),
        ("quantity", "0", Code.QUANTITY_ZERO),
        ("quantity", "", Code.QUANTITY_ZERO),
        ("quantity", Decimal("7.0"), Code.MALFORMED_INPUT),
        ("quantity", True, Code.MALFORMED_INPUT),
        ("price", "1e2", Code.MALFORMED_INPUT),
        ("price", "-1", Code.INVALID_INPUT),
        ("price", Decimal("0.001"), Code.INVALID_INPUT),
        ("price", -1, Code.INVALID_INPUT),
        ("trigger_price", None, Code.INVALID_INPUT),
        ("disclosed_quantity", None, Code.INVALID_INPUT),
        ("disclosed_quantity", 8, Code.INVALID_INPUT),
        ("is_amo", None, Code.INVALID_INPUT),
        ("is_amo", "no", Code.MALFORMED_INPUT),
        ("tag", "4" * 41, Code.TAG_TOO_LONG),
        ("tag", 482913370415926, Code.MALFORMED_INPUT),
        ("slice", "no", Code.MALFORMED_INPUT),
        ("market_protection", 26, Code.PROTECTION_TOO_LARGE),
        ("market_protection", Decimal("25.1"), Code.PROTECTION_TOO_LARGE),
        ("market_protection", -2, Code.PROTECTION_WRONG),
        ("market_protection", "26", Code.PROTECTION_TOO_LARGE),
        ("market_protection", "some", Code.MALFORMED_INPUT),
        ("market_protection", 0, Code.MARKET_ORDER_BLOCKED),
    ],
)
def test_a_wrong_field_is_refused_with_its_documented_code(field: str, value: object, code: Code) -> None:
    problem = refusal({**GOOD, field: value})

    assert problem.code == code
    assert problem.field == field


@pytest.mark.parametrize(
    ("order_type", "price", "trigger", "code"),
    [
        ("MARKET", 5, 0, Code.PRICE_NOT_REQUIRED),
        ("LIMIT", 0, 0, Code.PRICE_MISSING),
        ("SL", 0, 90, Code.PRICE_AND_TRIGGER_MISSING),
        ("SL", 90, 0, Code.PRICE_AND_TRIGGER_MISSING),
        ("SL-M", 0, 0, Code.TRIGGER_MISSING),
        ("SL-M", 5, 90, Code.ONLY_TRIGGER_REQUIRED),
    ],
)
def test_prices_must_fit_the_order_type(order_type: str, price: int, trigger: int, code: Code) -> None:
    problem = refusal({**GOOD, "order_type": order_type, "price": price, "trigger_price": trigger})

    assert problem.code == code


def test_a_tag_of_forty_characters_is_taken_and_disclosure_below_a_tenth_is_not() -> None:
    form = read_order({**GOOD, "tag": "4" * 40}, V3)
    problem = refusal({**GOOD, "quantity": 100, "disclosed_quantity": 9})

    assert form.tag == "4" * 40
    assert problem.code == Code.DISCLOSED_TOO_SMALL


def test_each_place_has_its_own_rules() -> None:
    uplink = read_order({k: v for k, v in GOOD.items() if k not in ("trigger_price", "is_amo", "tag")}, UPLINK)
    cover = read_order({**GOOD, "product": "CO"}, V2)
    many = read_order({**GOOD, "correlation_id": "line-1"}, MULTI)

    assert (uplink.trigger_price, uplink.amo, uplink.tag) == (0, False, None)
    assert cover.product == "CO"
    assert many.quantity == GOOD["quantity"]
    for given, code in ((GOOD, Code.MULTI_NO_CORRELATION), ({**GOOD, "correlation_id": "x" * 21}, None)):
        with pytest.raises(Refused) as caught:
            read_order(given, MULTI)
        assert caught.value.code == (code or Code.MULTI_CORRELATION_TOO_LONG)


def test_a_change_keeps_what_it_does_not_name() -> None:
    change = read_change(GOOD_CHANGE)

    assert (change.quantity, change.price) == (None, 10150)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("order_id", None, Code.MODIFY_ORDER_ID_MISSING),
        ("order_id", "12 34", Code.ORDER_ID_WRONG),
        ("quantity", 0, Code.QUANTITY_ZERO),
        ("quantity", "three", Code.MALFORMED_INPUT),
        ("price", None, Code.INVALID_INPUT),
        ("order_type", "MARKET", Code.PRICE_NOT_REQUIRED),
    ],
)
def test_a_wrong_change_is_refused(field: str, value: object, code: Code) -> None:
    with pytest.raises(Refused) as caught:
        read_change({**GOOD_CHANGE, field: value})

    assert caught.value.code == code


@pytest.mark.parametrize("body", [b"", b"{", b"[1, NaN]", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        parsed(body, Code.MALFORMED_INPUT.refused())

    assert caught.value.code == Code.MALFORMED_INPUT


def test_decimals_arrive_unharmed() -> None:
    assert parsed(b'{"price": 0.1}', ValueError()) == {"price": Decimal("0.1")}


def test_an_error_carries_its_keys_in_both_spellings() -> None:
    answer = REFUSALS.answer(Code.TAG_TOO_LONG.refused("tag", "x"))

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
    for code in Code:
        assert code.text
        assert 400 <= code.status <= 500
