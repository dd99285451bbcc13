"""The simulated Alice Blue and IIFL Capital, spoken to in their own dialects: what their platform shares."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import aiohttp
import pytest

from tests.sandbox.conftest import Got, fetch
from tests.support.browser import log_in
from torana.sandbox.server import RunningSandbox

BROKERS = ("aliceblue", "iifl")
LOGIN = {"aliceblue": "/?appcode=sandbox-aliceblue", "iifl": "/?v=1&appkey=sandbox-iifl"}
USER = {"aliceblue": "userId", "iifl": "clientId"}
TOKEN = {"aliceblue": "/open-api/od/v1/vendor/getUserDetails", "iifl": "/v1/getusersession"}
PLACE = {"aliceblue": "/open-api/od/v1/orders/placeorder", "iifl": "/v1/orders"}
BOOK = {"aliceblue": "/open-api/od/v1/orders/book", "iifl": "/v1/orders"}
BOTH = pytest.mark.parametrize("broker", BROKERS)
RESTS = 118
"""A magic quantity: the order rests open."""


@dataclass
class Client:
    broker: str
    sandbox: RunningSandbox
    http: aiohttp.ClientSession
    token: str = ""

    async def call(self, method: str, path: str, **how: Any) -> Got:
        url = f"{self.sandbox.url}/{self.broker}/api{path}"
        return await fetch(self.http, method, url, headers={"Authorization": f"Bearer {self.token}"}, **how)

    async def place(self, *legs: dict[str, object]) -> Any:
        return (await self.call("POST", PLACE[self.broker], json=list(legs))).json

    async def book(self) -> Any:
        told = (await self.call("GET", BOOK[self.broker])).json
        return told["result"] if self.broker == "aliceblue" else told

    def leg(self, **changed: object) -> dict[str, object]:
        """Five ITC at the market."""
        alice = self.broker == "aliceblue"
        return {
            "exchange": "NSE" if alice else "NSEEQ", "instrumentId": "1660", "transactionType": "BUY", "quantity": 5,
            "orderComplexity": "REGULAR", "product": "LONGTERM" if alice else "DELIVERY", "orderType": "MARKET",
            "validity": "DAY", "orderTag": "100000000000001", **changed,
        }  # fmt: skip


async def back(broker: str, sandbox: RunningSandbox, http: aiohttp.ClientSession, user: str = "asha") -> dict[str, str]:
    return dict(await log_in(http, f"{sandbox.url}/{broker}/web{LOGIN[broker]}", user))


async def token(client: Client, came: dict[str, str], secret: str | None = None) -> Got:
    proof = f"{came[USER[client.broker]]}{came['authCode']}{secret or f'sandbox-{client.broker}-secret'}"
    return await client.call("POST", TOKEN[client.broker], json={"checkSum": sha256(proof.encode()).hexdigest()})


async def logged_in(broker: str, sandbox: RunningSandbox, http: aiohttp.ClientSession, user: str = "asha") -> Client:
    client = Client(broker, sandbox, http)
    client.token = (await token(client, await back(broker, sandbox, http, user))).json["userSession"]
    return client


@BOTH
async def test_a_code_is_good_once_and_with_its_secret(
    broker: str, sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    client, came = Client(broker, sandbox, http), await back(broker, sandbox, http)

    wrong = await token(client, came, "another-secret")
    right = await token(client, came)
    again = await token(client, came)

    refused = {"aliceblue": ("stat", "Not_ok"), "iifl": ("status", "EC055")}[broker]
    assert [got.json.get(refused[0]) for got in (wrong, again)] == [refused[1]] * 2
    assert right.json["userSession"]


@BOTH
async def test_of_several_legs_each_has_its_answer(
    broker: str, sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    client = await logged_in(broker, sandbox, http)

    told = await client.place(client.leg(), client.leg(instrumentId="9999999"), client.leg(exchange="XXX"))

    good, unknown, strange = told["result"]
    assert told["status"] == "Ok"
    assert good["brokerOrderId"]
    assert good.get("status", "Success") == "Success"
    assert [leg["status"] for leg in (unknown, strange)] == ["EC947", "EC901"]
    assert len(await client.book()) == 1


@BOTH
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"quantity": 0}, "EC904"),
        ({"quantity": None}, "EC903"),
        ({"transactionType": "HOLD"}, "EC929"),
        ({"orderType": "LIMIT"}, "EC950"),
        ({"orderType": "LIMIT", "price": "0"}, "EC958"),
        ({"validity": "GTC"}, "EC932"),
        ({"orderComplexity": "AMO", "validity": "IOC"}, "EC996"),
        ({"instrumentId": "ITC-EQ"}, "EC946"),
        ({"orderTag": "7" * 51}, "EC971"),
        ({"algoId": "7" * 13}, "EC972"),
    ],
)
async def test_a_leg_is_refused_with_the_documented_code(
    broker: str, sandbox: RunningSandbox, http: aiohttp.ClientSession, changed: dict[str, object], code: str
) -> None:
    client = await logged_in(broker, sandbox, http)

    told = await client.place(client.leg(**changed))

    assert [leg["status"] for leg in told["result"]] == [code]
    assert sandbox.ledger.orders == []


@BOTH
async def test_what_is_no_list_of_orders_is_refused_whole(
    broker: str, sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    client = await logged_in(broker, sandbox, http)

    for body in ({}, [], ["ITC"], client.leg()):
        got = await client.call("POST", PLACE[broker], json=body)
        assert got.json["status"] == "EC914"


@BOTH
async def test_an_empty_book_has_a_code_of_its_own(
    broker: str, sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    client = await logged_in(broker, sandbox, http)

    got = await client.call("GET", BOOK[broker])

    assert (got.status, got.json["status"]) == (200, "EC916")


@BOTH
async def test_a_token_that_nobody_has_is_no_session(
    broker: str, sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    got = await Client(broker, sandbox, http, "made-up").call("GET", BOOK[broker])

    assert (got.status, got.json["status"]) == (401, {"aliceblue": "EC087", "iifl": "EC075"}[broker])


async def test_alice_blue_writes_rupees_as_numbers(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
    sandbox.exchange.prices.pin("ITC", 41005)
    client = await logged_in("aliceblue", sandbox, http)
    await client.place(client.leg())

    (row,) = await client.book()

    assert (row["averageTradedPrice"], row["quantity"], row["orderStatus"]) == (410.05, 5, "COMPLETE")
    assert (row["tradingSymbol"], row["orderTime"][:4]) == ("ITC-EQ", "2026")


async def test_iifl_capital_writes_paise_as_texts(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
    sandbox.exchange.prices.pin("ITC", 41005)
    client = await logged_in("iifl", sandbox, http)
    await client.place(client.leg())

    (row,) = await client.book()
    limits = (await client.call("GET", "/v1/limits")).json["result"]
    quotes = (await client.call("POST", "/v1/marketdata/marketquotes", json=[{"exchange": "NSEEQ", "instrumentId": "1660"}])).json  # fmt: skip  # noqa: E501

    assert (float(row["averageTradedPrice"]), row["quantity"], row["orderStatus"]) == (41005.0, "5", "complete")
    assert limits["tradingLimit"] == 10_00_000_00 - 5 * 41005
    assert [(one["instrumentId"], one["ltp"]) for one in quotes["result"]] == [(1660, 410.05)]


async def test_iifl_capital_changes_and_cancels_by_path(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
    client = await logged_in("iifl", sandbox, http)
    (placed,) = (await client.place(client.leg(quantity=RESTS)))["result"]
    path = f"/v1/orders/{placed['brokerOrderId']}"

    changed = await client.call("PUT", path, json={"quantity": str(RESTS + 2)})
    as_a_list = await client.call("PUT", path, json=[{"quantity": str(RESTS + 4)}])
    cancelled = await client.call("DELETE", path)
    again = await client.call("DELETE", path)
    late = await client.call("PUT", path, json={"quantity": "7"})
    history = await client.call("GET", path)
    nobodys = await client.call("GET", "/v1/orders/261118009999999")

    assert [got.json["result"]["status"] for got in (changed, as_a_list, cancelled)] == ["Success"] * 3
    assert [got.json["status"] for got in (again, late, nobodys)] == ["EC997", "EC993", "EC998"]
    assert (history.json[-1]["orderStatus"], history.json[-1]["quantity"]) == ("cancelled", str(RESTS + 4))
