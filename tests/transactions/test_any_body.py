"""Whatever a partner sends, they get a 200 or a refusal that says why: never a fault of ours."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.gateway import Caller
from torana.flows.ordering.models import MOST_LINES, MOST_SHARES, OrderConfig
from torana.flows.registry import FLOWS
from torana.kit.errors import ApiError
from torana.transactions.schemas import Wanted, read_create

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
nearly_a_security = st.fixed_dictionaries(
    {"ticker": st.sampled_from(["TCS", "infy", "NOSUCH"]) | anything},
    optional={
        "quantity": st.integers(-1, 5) | anything,
        "type": st.sampled_from(["BUY", "sell", "HOLD"]) | anything,
        "orderType": st.sampled_from(["MARKET", "limit"]) | anything,
        "price": st.decimals(0, 100, places=2).map(float) | anything,
        "exchange": st.sampled_from(["NSE", "bse"]) | anything,
        "extra": anything,
    },
)
nearly_a_create = st.fixed_dictionaries(
    {},
    optional={
        "intent": st.sampled_from(["CONNECT", "TRANSACTION", "FETCH_FUNDS", "transaction", "HOLDINGS_IMPORT"])
        | anything,
        "notes": anything,
        "orderConfig": st.fixed_dictionaries(
            {},
            optional={
                "type": st.sampled_from(["SECURITIES", "securities", "BUY"]) | anything,
                "securities": st.lists(nearly_a_security | anything, max_size=4) | anything,
                "meta": anything,
                "notes": anything,
            },
        )
        | anything,
        "campaign": anything,
    },
)


def read(body: bytes) -> Wanted | None:
    try:
        return read_create(FLOWS, body)
    except ApiError as error:
        refusal = error
    assert refusal.status == 400
    assert refusal.errors
    assert all(refusal.errors)
    return None


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    read(body)


@given(anything)
def test_any_json(value: Any) -> None:
    read(json.dumps(value).encode())


@settings(max_examples=examples(100))
@given(nearly_a_create)
def test_anything_like_a_create(value: Any) -> None:
    wanted = read(json.dumps(value).encode())

    if wanted is None:
        return
    assert wanted.notes is None or len(wanted.notes) <= 256
    assert isinstance(wanted.config, OrderConfig) == (wanted.intent == "TRANSACTION")
    if isinstance(wanted.config, OrderConfig):
        lines = wanted.config.lines
        assert 1 <= len(lines) <= MOST_LINES
        assert len({line.quantity is None for line in lines}) == len({line.side is None for line in lines}) == 1
        assert all(line.quantity is None or 1 <= line.quantity <= MOST_SHARES for line in lines)
        assert all((line.limit_price is None) == (line.order_type == "MARKET") for line in lines)


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nearly_a_create | anything)
async def test_anything_over_http(partner: Caller, value: Any) -> None:
    answer = await partner.client.post(
        f"/gateway/{partner.gateway.name}/transaction", content=json.dumps(value), headers=partner.headers()
    )

    assert answer.status_code in (200, 400), answer.text
    assert answer.json()["success"] is (answer.status_code == 200)
    if answer.status_code == 200:
        details = await partner.details(answer.json()["data"]["transactionId"])
        assert details.status_code == 200, details.text


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "ticker": st.sampled_from(["TCS", "INFY", "ITC"]),
                "quantity": st.integers(1, MOST_SHARES),
                "type": st.sampled_from(["BUY", "SELL"]),
            }
        ),
        min_size=1,
        max_size=MOST_LINES,
    ),
    st.booleans(),
    st.booleans(),
)
def test_every_proper_basket_is_taken_line_by_line(lines: list[Any], with_quantity: bool, with_type: bool) -> None:
    for line in lines:
        if not with_quantity:
            del line["quantity"]
        if not with_type:
            del line["type"]

    wanted = read(
        json.dumps({"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", "securities": lines}}).encode()
    )

    assert wanted is not None
    assert isinstance(wanted.config, OrderConfig)
    assert [(line.symbol, line.quantity, line.side) for line in wanted.config.lines] == [
        (line["ticker"], line.get("quantity"), line.get("type")) for line in lines
    ]


@pytest.mark.parametrize("depth", [1, 30, 33, 300, 3000, 100_000])
@pytest.mark.parametrize("place", ['{"intent":"CONNECT","x":%s}', '{"orderConfig":{"meta":{"x":%s}}}', "%s"])
def test_any_depth(place: str, depth: int) -> None:
    for left, right in (("[", "]"), ('{"a":', "}")):
        read((place % (left * depth + "1" + right * depth)).encode())
        read((place % (left * depth)).encode())
