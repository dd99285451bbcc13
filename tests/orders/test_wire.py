"""An order batch as every telling gives it: numbers, codes, whose it is."""

import msgspec
import pytest

from tests.portal.samples import batch, order
from tests.support.brokers import ANY_BROKER
from torana.api.answers import encode
from torana.connectors.contract import OrderType, Reason, Side
from torana.flows.ordering.reference import ORDER_BATCHES
from torana.orders.schemas import order_batch
from torana.orders.states import AttentionKind, OrderState


def test_a_batch_says_at_which_broker_and_in_whose_account_it_is() -> None:
    told = order_batch(batch(order("TCS", 1, OrderState.COMPLETE)))

    assert (told["broker"], told["smallcaseAuthId"]) == (ANY_BROKER, "c" * 24)


@pytest.mark.parametrize(
    ("paise", "written"),
    [(0, "0"), (5, "0.05"), (10, "0.1"), (41_250, "412.5"), (41_255, "412.55"), (3_20_000, "3200")],
)
def test_amounts_are_as_short_as_json_allows(paise: int, written: str) -> None:
    one = order("TCS", 1, OrderState.COMPLETE)
    one.average_price = paise

    body = encode(order_batch(batch(one))).decode()

    assert f'"averagePrice":{written},' in body
    assert f'"buyAmount":{written},' in body
    assert '"sellAmount":0,' in body


def test_the_price_of_an_order_is_its_limit_and_0_at_the_market() -> None:
    market, limit = order("TCS", 1, OrderState.OPEN), order("ITC", 1, OrderState.OPEN, side=Side.SELL)
    limit.order_type, limit.limit_price = OrderType.LIMIT, 41_250

    body = encode(order_batch(batch(market, limit))).decode()

    assert '"price":0,' in body
    assert '"price":412.5,' in body


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.INSUFFICIENT_HOLDINGS, 1004),
        (Reason.HOLDINGS_NOT_AUTHORISED, 1004),
        (Reason.MARKET_CLOSED, 4004),
        (Reason.INSUFFICIENT_FUNDS, 2000),
        (Reason.OTHER, 2000),
        ("broker_unreachable", 2000),
        ("not_found_at_broker", 2000),
        ("stopped", 2000),
    ],
)
@pytest.mark.parametrize("state", [OrderState.REJECTED, OrderState.NOT_PLACED])
def test_a_reason_has_its_number_beside_it(reason: str, code: int, state: OrderState) -> None:
    told = order_batch(batch(order("TCS", 1, state, reason=reason)))

    (one,) = told["orders"] + told["unplaced"]
    assert (one["reason"], one["errorCode"]) == (reason, code)


@pytest.mark.parametrize("state", [OrderState.COMPLETE, OrderState.OPEN, OrderState.CHECKING, OrderState.PARTIAL])
def test_what_did_not_fail_has_neither_whatever_was_once_suspected(state: OrderState) -> None:
    """An order that was called absent and landed late keeps its old reason in its row."""
    (one,) = order_batch(batch(order("TCS", 1, state, reason="not_found_at_broker")))["orders"]

    assert (one["reason"], one["errorCode"]) == (None, None)


def test_the_reference_names_every_kind_of_attention() -> None:
    told = msgspec.json.encode(ORDER_BATCHES).decode()

    assert all(f'"{kind.value}"' in told for kind in AttentionKind)
