"""The fields of an order as a table: each form, what is sent only of some orders, and rows that are none."""

from decimal import Decimal
from typing import Any

import pytest

from torana.connectors.contract import Instrument, OrderRequest, OrderType, Proposal, Side, Variety
from torana.connectors.declaration import request_of
from torana.connectors.order_fields import OrderFields

INFY = Instrument("NSE", "INFY", "INE009A01021", code="1594", listed_as="INFY-EQ")


def order(
    kind: OrderType = OrderType.LIMIT, price: int | None = 151235, variety: Variety = Variety.REGULAR
) -> OrderRequest:
    return OrderRequest(INFY, Side.BUY, 10, kind, price, variety, "481516234200001")


def sent(row: str, one: OrderRequest | Proposal | None = None) -> dict[str, Any]:
    return OrderFields({"order": row}, "order")(order() if one is None else one)


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ("exchange at text", {"at": "NSE"}),
        ("exchange at one of N=NSE B=BSE", {"at": "N"}),
        ("symbol of text", {"of": "INFY"}),
        ("listed_as of text", {"of": "INFY-EQ"}),
        ("code of text", {"of": "1594"}),
        ("code of number", {"of": 1594}),
        ("tag of number", {"of": 481516234200001}),
        ("quantity many text", {"many": "10"}),
        ("quantity many number", {"many": 10}),
        ("price each text", {"each": "1512.35"}),
        ("price each number", {"each": Decimal("1512.35")}),
        ("side way one of 1=BUY -1=SELL", {"way": 1}),
        ("variety later one of false=regular true=amo", {"later": False}),
        ("- kind always CNC", {"kind": "CNC"}),
        ("- kind always 0.5", {"kind": Decimal("0.5")}),
        ('- kind always "0"', {"kind": "0"}),
        ('- kind always ""', {"kind": ""}),
        ("- kind always true, only MARKET", {}),
        ("- kind always true, only LIMIT", {"kind": True}),
        ("- kind always true, only amo", {}),
    ],
)
def test_a_field_goes_out_in_its_form(row: str, fields: dict[str, Any]) -> None:
    assert sent(row) == fields


def test_a_market_order_has_no_price_and_a_limit_order_without_one_is_none() -> None:
    assert sent("price each number", order(OrderType.MARKET, None)) == {"each": 0}
    assert sent("- later always 1, only amo", order(variety=Variety.AMO)) == {"later": 1}
    with pytest.raises(ValueError, match="limit price"):
        sent("price each text", order(price=None))


def test_a_proposal_has_the_price_near_which_it_would_be_filled() -> None:
    proposal = Proposal(INFY, Side.SELL, 3, OrderType.MARKET, 41240, Variety.REGULAR)

    assert sent("price each number", proposal) == {"each": Decimal("412.4")}


def test_a_table_holds_another_and_what_follows_replaces_what_it_says() -> None:
    tables = {"line": "quantity many number\n- kind always CNC", "order": "@line\nquantity many text"}

    assert OrderFields(tables, "order")(order()) == {"many": "10", "kind": "CNC"}


def test_what_follows_replaces_what_was_said_for_some_orders_alone() -> None:
    tables = {"line": "price each number, only LIMIT", "order": "@line\nprice each text"}

    assert OrderFields(tables, "order")(order()) == {"each": "1512.35"}


@pytest.mark.parametrize(
    "row",
    [
        "quantity many", "many", "amount many number", "quantity many whole", "quantity many always 1",
        "- kind text", "- kind", "- kind always 1, only IOC", "exchange at one of N=NSE", "tag of one of A=B",
        "exchange at one of", "@nothing", "@order", "exchange at one of N=NSE X=NSE B=BSE",
        "quantity q number\nprice q number", "price p number, only LIMIT\nquantity p number, only LIMIT",
    ],
)  # fmt: skip
def test_a_row_that_is_none_is_refused(row: str) -> None:
    with pytest.raises(ValueError, match=r"no row|no request"):
        sent(row)


def test_a_request_that_a_broker_does_not_have_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="kite: there is no request 'gift'"):
        request_of("kite", "gift")
