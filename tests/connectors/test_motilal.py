"""Motilal Oswal: what stands in no other broker's answers."""

import json
from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from tests.connectors.replay import (
    INFY,
    KEYS,
    LIMIT_SELL,
    NOW,
    SESSION,
    TAG,
    Replayer,
    afterwards,
    answer,
    call,
    connector,
    fixture,
    replying,
)
from torana.connectors.codes import with_names
from torana.connectors.contract import BrokerStatus, LoginRefused, Rows, Unknown
from torana.connectors.motilal import connector as motilal
from torana.connectors.motilal import instruments, mapping, wire
from torana.connectors.tags import on_wire
from torana.kit.http import Request
from torana.market.sorting import Tally

ROWS = json.loads(fixture("motilal", "orders.200"))["data"]


def order(at: int, **changed: object) -> wire.Order:
    """The row at this place of the fixture, with something else in it."""
    return msgspec.convert({**ROWS[at], **changed}, wire.Order, strict=False)


async def test_a_login_is_two_tokens_and_the_profile_says_whose() -> None:
    one, client = replying(
        "motilal", answer(fixture("motilal", "finish_login.200")), *afterwards("motilal", "finish_login.200")
    )

    login = await one.finish_login({"authtoken": "token-1"}, NOW)

    asked, whose = client.requests
    assert (login.broker_user_id, login.user_name) == ("TR0007", "Asha Rao")
    assert login.secrets == {"token": "token-1", "access": "sample-access-token-1"}
    assert (asked.headers["Authorization"], "accesstoken" in asked.headers) == ("token-1", False)
    assert whose.headers["accesstoken"] == "sample-access-token-1"
    assert asked.headers["apisecretkey"] == KEYS["api_secret"]


@pytest.mark.parametrize("callback", [{}, {"authtoken": ""}, {"state": "s"}])
async def test_a_callback_without_a_token_is_no_login(callback: dict[str, str]) -> None:
    one, client = replying("motilal", answer(fixture("motilal", "finish_login.200")))

    with pytest.raises(LoginRefused):
        await one.finish_login(callback, NOW)

    assert client.requests == []


def test_a_call_tells_the_address_by_which_it_leaves() -> None:
    setup = replace(
        connector("motilal", Replayer(())).parts.login.setup,  # type: ignore[attr-defined]  # every part has one
        keys=KEYS.changed(public_ip="203.0.113.7"),
        public_address=lambda account: "203.0.113.9" if account == "AB1" else "",
    )

    told = [
        next(motilal.sign(setup, Request("POST", "https://x", account=account), SESSION)).request.headers  # type: ignore[union-attr]
        for account in ("AB1", "")
    ]

    assert [one["ClientPublicIp"] for one in told] == ["203.0.113.9", "203.0.113.7"]


async def test_shares_are_free_pledged_blocked_or_for_the_depository_to_release() -> None:
    """H04."""
    one, _ = replying("motilal", answer(fixture("motilal", "holdings.200")))

    rows = await one.holdings(SESSION)

    assert [(row.symbol, row.quantity, row.t1_quantity, row.collateral_quantity, row.sold_today) for row in rows] == [
        ("INFY", 25, 5, 0, 0),
        ("ITC", 0, 12, 0, 0),
        ("SBIN", 20, 0, 0, 10),
        ("TCS", 2, 0, 18, 0),
        ("M&M", 10, 0, 0, 2),
    ]
    assert [row.sellable for row in rows] == [25, 0, 20, 2, 3]
    assert {row.exchange for row in rows} == {"NSE"}


@pytest.mark.parametrize(
    ("method", "own"),
    [("orders", "MO1013"), ("holdings", "MO1015"), ("positions", "MO1016"), ("quotes", "MO1058")],
)
@pytest.mark.parametrize("code", ["MO1013", "MO1014", "MO1015", "MO1016", "MO1058"])
async def test_only_the_code_of_its_own_says_that_there_is_nothing(method: str, own: str, code: str) -> None:
    """What is said of holdings says nothing of orders."""
    one, _ = replying("motilal", *[answer(json.dumps({"status": "FAILURE", "message": "", "errorcode": code}))] * 2)

    if code == own:
        assert await call(one, method) in (Rows([]), [], {})
    else:
        with pytest.raises(Unknown):
            await call(one, method)


def test_a_share_of_the_bse_alone_is_held_there() -> None:
    row = json.loads(fixture("motilal", "holdings.200"))["data"][2] | {"nsesymboltoken": 0, "scripname": "SBIN"}

    told = mapping.holding(msgspec.convert(row, wire.Holding))

    assert (told.exchange, told.symbol, told.isin) == ("BSE", "SBIN", "INE062A01020")


async def test_positions_are_the_trades_of_today_and_their_prices() -> None:
    one, _ = replying("motilal", answer(fixture("motilal", "positions.200")))

    rows = await one.positions(SESSION)

    assert [(row.symbol, row.exchange, row.delivery, row.bought, row.sold) for row in rows] == [
        ("INFY", "NSE", True, 2, 0),
        ("SBIN", "BSE", True, 1, 4),
        ("ITC", "NSE", False, 10, 0),
        ("TCS", "NSE", None, 1, 0),
    ]
    assert [(row.buy_price, row.sell_price) for row in rows[:2]] == [(151235, None), (81240, 81265)]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, BrokerStatus.AMO_QUEUED),
        ({"recordinserttime": "18-Nov-2026 09:05:00"}, BrokerStatus.RECEIVED),
        ({"recordinserttime": "18-Nov-2026 15:30:01"}, BrokerStatus.AMO_QUEUED),
        ({"recordinserttime": "21-Nov-2026 12:00:00"}, BrokerStatus.AMO_QUEUED),
        ({"recordinserttime": "0"}, BrokerStatus.RECEIVED),
        ({"orderid": "1100000023700007"}, BrokerStatus.RECEIVED),
        ({"orderstatus": "Confirm"}, BrokerStatus.OPEN),
        ({"orderstatus": "CANCEL"}, BrokerStatus.CANCELLED),
        ({"orderstatus": "Unknown"}, BrokerStatus.UNKNOWN),
    ],
)
def test_an_order_that_was_taken_while_the_market_takes_none_waits_for_it(
    changed: dict[str, object], status: BrokerStatus
) -> None:
    """The seventh row came in the evening before."""
    assert mapping.order_status(order(6, **changed)) is status


@pytest.mark.parametrize(
    "changed", [{"averageprice": 151235}, {"lotsize": 600}, {"lotsize": 0}, {"orderqty": 0}, {"averageprice": "1e99"}]
)
def test_a_row_whose_numbers_may_mean_something_else_is_unread(changed: dict[str, object]) -> None:
    """Paise for rupees, lots for shares."""
    with pytest.raises(Unknown):
        mapping.broker_order(order(0, **changed))


@pytest.mark.parametrize("tag", [on_wire(TAG, mapping.TAG), on_wire(TAG, mapping.TAG).upper(), f" {TAG} "])
def test_our_tag_is_ours_in_capitals_and_not_in_its_long_form(tag: str) -> None:
    told = mapping.broker_order(order(0, tag=tag))

    assert (told.tag, told.foreign_tag) == ((None, True) if TAG in tag else (TAG, False))


def test_a_sale_goes_out_of_the_demat_account_and_its_price_is_exact() -> None:
    body = mapping.order_body(with_names(LIMIT_SELL, "motilal", "test"))

    assert (body["producttype"], body["symboltoken"], body["price"]) == ("SELLFROMDP", 2031, Decimal("3050.10"))


def test_cash_is_what_is_available_without_what_is_lent_or_pledged() -> None:
    lines = {102: "500000.5", 220: "474919.06", 250: "1000"}
    told = [wire.MarginLine(number, Decimal(amount)) for number, amount in lines.items()]

    assert mapping.cash([*told, wire.MarginLine(102, Decimal(7))]) == 2408144
    with pytest.raises(Unknown):
        mapping.cash(told[1:])


def test_a_security_in_lots_is_in_no_list() -> None:
    lines = [
        "exchange,exchangename,scripcode,scripname,marketlot,scripshortname,issuspended",
        "1,NSE,1594,INFY EQ,1,INFY,N",
        "0,BSE,500209,INFY,1,INFY,N",
        "1,NSE,10710,VEEKAYEM SM,4000,VEEKAYEM,N",
        "2,NSEFO,35020,BANKNIFTY 03-Feb-2027 PE 32300,25,BANKNIFTY,N",
        "1,NSE,none,BROKEN EQ,1,BROKEN,N",
    ]
    tally = Tally()

    rows = list(instruments.FILE.read(["\n".join([*lines, ""]).encode()], tally))

    assert [(row.exchange, row.exchange_token, row.code, row.broker_symbol) for row in rows] == [
        ("NSE", 1594, "1594", "INFY"),
        ("BSE", 500209, "500209", "INFY"),
    ]
    assert (tally.seen, tally.left_out, tally.unreadable) == (5, 2, 1)


@pytest.mark.parametrize(
    ("data", "prices"),
    [({"ltp": 151235}, [151235]), ([{"ltp": 151235}], [151235]), ({"ltp": 0}, []), ([{"ltp": 0}], [])],
)
async def test_a_price_is_told_alone_or_in_a_list(data: object, prices: list[int]) -> None:
    one, _ = replying(
        "motilal", answer(json.dumps({"status": "SUCCESS", "message": "", "errorcode": "", "data": data}))
    )

    assert list((await one.quotes(SESSION, [INFY])).values()) == prices


@pytest.mark.parametrize("data", [[], [{"ltp": 1}, {"ltp": 2}], None, {}])
async def test_no_price_and_two_of_them_are_none(data: object) -> None:
    one, _ = replying(
        "motilal", answer(json.dumps({"status": "SUCCESS", "message": "", "errorcode": "", "data": data}))
    )

    with pytest.raises(Unknown):
        await one.quotes(SESSION, [INFY])
