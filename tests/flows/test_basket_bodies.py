"""What a create of an order on a basket may ask for."""

from typing import Any

import msgspec
import pytest

from torana.flows.registry import FLOWS
from torana.kit.errors import ApiError
from torana.transactions.schemas import read_create


@pytest.mark.parametrize("amount", [0, -5, 10**12, 1e12, 0.001, "5000", True, [5000]])
def test_an_amount_that_is_none_is_refused_by_its_name(amount: Any) -> None:
    body = {"intent": "TRANSACTION", "orderConfig": {"type": "buy", "scid": "LAMP_1", "amount": amount}}

    with pytest.raises(ApiError) as refused:
        read_create(FLOWS, msgspec.json.encode(body))

    assert (refused.value.status, list(refused.value.errors)) == (400, ["AmountInvalid"])


def test_an_amount_is_kept_to_the_paisa() -> None:
    body = {"intent": "TRANSACTION", "orderConfig": {"type": "BUY", "scid": "LAMP_1", "amount": 5000.25}}

    assert read_create(FLOWS, msgspec.json.encode(body)).config.amount == 5000_25  # type: ignore[attr-defined]
