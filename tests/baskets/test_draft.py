"""What a partner may publish, and by which name everything else is refused."""

from datetime import date
from typing import Any

import msgspec
import pytest

from tests.baskets.writing import written
from torana.baskets.draft import check_draft
from torana.baskets.models import Draft
from torana.baskets.reference import EXAMPLE
from torana.baskets.schemas import BasketBody, read_basket
from torana.kit.errors import ApiError

TODAY = date(2026, 11, 18)


def checked(body: dict[str, Any]) -> Draft:
    return check_draft(read_basket(msgspec.json.encode(body)), TODAY)


def test_weights_are_exact_and_old_symbols_are_todays() -> None:
    draft = checked(written(constituents=[{"ticker": "tcs", "weight": 0.1}, {"ticker": "INFY", "weight": 0.9}]))

    assert [(each.symbol, each.weight, each.shares) for each in draft.constituents] == [
        ("INFY", 900_000, None),
        ("TCS", 100_000, None),
    ]


def test_a_basket_by_shares() -> None:
    draft = checked(written(constituents=[{"ticker": "TCS", "shares": 3}, {"ticker": "NIFTYBEES", "shares": 40}]))

    assert [(each.symbol, each.weight, each.shares) for each in draft.constituents] == [
        ("NIFTYBEES", None, 40),
        ("TCS", None, 3),
    ]


def test_the_example_of_the_reference_can_be_published() -> None:
    assert checked(EXAMPLE).active


def of(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"constituents": list(parts)}


TCS, INFY = {"ticker": "TCS"}, {"ticker": "INFY"}


@pytest.mark.parametrize(
    ("different", "name"),
    [
        (of({**TCS, "weight": 0.5}, {**INFY, "weight": 0.499999}), "WeightsNotOne"),
        (of({**TCS, "weight": 0.5}, {**INFY, "weight": 0.6}), "WeightsNotOne"),
        (of({**TCS, "weight": 0}, {**INFY, "weight": 1}), "WeightInvalid"),
        (of({**TCS, "weight": -0.5}, {**INFY, "weight": 1.5}), "WeightInvalid"),
        (of({**TCS, "weight": 0.3333333}, {**INFY, "weight": 0.6666667}), "WeightInvalid"),
        (of({**TCS, "weight": "NaN"}, {**INFY, "weight": 1}), "WeightInvalid"),
        (of({**TCS, "weight": "1e-999999999"}, {**INFY, "weight": "1e999999999"}), "WeightInvalid"),
        (of({**TCS, "weight": 0.5}, {**INFY, "shares": 1}), "WeightsAndSharesMixed"),
        (of({**TCS, "weight": 1, "shares": 1}), "WeightsAndSharesMixed"),
        (of(TCS), "WeightsAndSharesMixed"),
        (of({**TCS, "shares": 0}), "SharesInvalid"),
        (of({**TCS, "shares": 10_000_001}), "SharesInvalid"),
        (of(), "ConstituentCount"),
        (of(*[{"ticker": "TCS", "weight": 0.01}] * 100), "ConstituentCount"),
        (of({**TCS, "weight": 0.5}, {"ticker": "tcs", "weight": 0.5}), "ConstituentTwice"),
        (of({"ticker": "NOSUCHSHARE", "weight": 1}), "ConstituentNotTradable"),
        (of({"ticker": "TCS", "exchange": "LSE", "weight": 1}), "ConstituentNotTradable"),
        ({"rationale": "With guaranteed monthly returns."}, "ReturnsPromised"),
        ({"shortDescription": "Risk-free income for everybody"}, "ReturnsPromised"),
        ({"registration": {"number": "INH000012345", "validUntil": "2026-11-17"}}, "RegistrationEnded"),
        ({"registration": {"number": "12345"}}, "BasketInvalid"),
        ({"registration": None}, "BasketInvalid"),
        ({"benchmark": None}, "BasketInvalid"),
        ({"benchmark": {"name": "Nifty 50"}}, "BasketInvalid"),
        ({"imageUrl": "http://lantern.example/a.png"}, "BasketInvalid"),
        ({"rebalanceSchedule": "sometimes"}, "BasketInvalid"),
        ({"scid": "a b"}, "BasketInvalid"),
        ({"weigths": []}, "BasketInvalid"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_cannot_be_published_is_refused_by_name(different: dict[str, Any], name: str) -> None:
    with pytest.raises(ApiError) as refused:
        checked(written(**different))

    assert refused.value.errors == (name,)
    assert refused.value.status == 400


def test_every_fault_is_told_at_once() -> None:
    body = written(rationale="Assured gains", constituents=[{"ticker": "TCS", "weight": 0.5}, {**INFY, "weight": 0.6}])

    with pytest.raises(ApiError) as refused:
        checked(body)

    assert refused.value.errors == ("WeightsNotOne", "ReturnsPromised")


def test_a_registration_is_good_on_its_last_day() -> None:
    registration = {"number": "INH000012345", "validUntil": TODAY.isoformat()}

    assert checked(written(registration=registration)).profile.registration.valid_until == TODAY


def test_bodies_and_profiles_have_the_same_fields() -> None:
    body = set(BasketBody.__struct_fields__) - {"scid", "constituents", "active"}

    assert body == set(type(checked(written()).profile).__struct_fields__)
