"""The demo shop's backend: whom it believes."""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from standardwebhooks import Webhook

import torana
from tests.support.brokers import ANY_BROKER
from torana.cli.demo_partner import scenarios
from torana.cli.demo_partner.app import create_app
from torana.cli.demo_partner.baskets import BASKETS, Basket
from torana.cli.demo_partner.gateway import GatewayClient
from torana.cli.demo_partner.shop import COOKIE
from torana.cli.demo_partner.trace import message
from torana.sandbox.magic import QUANTITIES
from torana.sandbox.moments import Moment

SECRET = "a secret that signs tokens, 32 bytes"
API_SECRET = "a secret of the API, 32 bytes or more"
SIGNING_SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSB0ZXN0LCAzMiBieXRlcyBsb25nIQ=="
INVESTOR = "5f" * 12
TOKEN = jwt.encode({"smallcaseAuthId": INVESTOR}, SECRET, "HS256")
LOGIN = {"connected": True, "since": "2026-11-18T04:12:30Z", "until": "2026-11-19T00:30:00Z", "broker": ANY_BROKER}


@pytest.fixture
async def shop(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """The shop with an open page, and a gateway that makes TRX_1."""

    async def registered(client: GatewayClient, url: str) -> str:
        return SIGNING_SECRET

    async def created(client: GatewayClient, basket: Basket, investor_id: str | None) -> str:
        return "TRX_1"

    monkeypatch.setattr(GatewayClient, "register_endpoint", registered)

    async def asked(client: GatewayClient, body: dict[str, Any], investor_id: str | None) -> str:
        if body["intent"] == "MF_HOLDINGS_IMPORT":
            return "TRX_4"
        if body["intent"] == "ONBOARDING":
            assert investor_id is None
            return "TRX_5"
        assert investor_id == INVESTOR
        return {"FETCH_FUNDS": "TRX_2", "HOLDINGS_IMPORT": "TRX_3", "AUTHORISE_HOLDINGS": "TRX_4"}[body["intent"]]

    monkeypatch.setattr(GatewayClient, "create_transaction", created)
    monkeypatch.setattr(GatewayClient, "create", asked)
    environ = {
        "SHOP_URL": "http://localhost:1",
        "SANDBOX_URL": "http://127.0.0.1:1",
        "TORANA_URL": "http://127.0.0.1:1",
        "TORANA_GATEWAY": "gatewaydemo",
        "TORANA_SECRET": SECRET,
        "TORANA_API_SECRET": API_SECRET,
    }
    async with AsyncTestClient(create_app(environ)) as client:
        assert (await client.get("/")).status_code == 200
        yield client


async def buy(shop: AsyncTestClient[Litestar]) -> dict[str, Any]:
    made = await shop.post("/api/purchases", json={"basket": "night-light"})
    assert made.status_code == 201
    found: dict[str, Any] = made.json()
    return found


async def tell(shop: AsyncTestClient[Litestar], token: str) -> dict[str, Any]:
    outcome = {"result": "resolved", "summary": "", "broker": ANY_BROKER, "smallcaseAuthToken": token}
    answer = await shop.post("/api/purchases/TRX_1/outcome", json=outcome)
    session: dict[str, Any] = answer.json()
    return session


async def deliver(
    shop: AsyncTestClient[Litestar],
    *,
    api_secret: str = API_SECRET,
    secret: str = SIGNING_SECRET,
    transaction_id: str = "TRX_1",
    investor_id: str | None = INVESTOR,
    **more: Any,
) -> int:
    """`more`: further keys of the webhook."""
    said = f"1700000000000{investor_id or transaction_id}".encode()
    names = {} if investor_id is None else {"smallcaseAuthId": investor_id}
    body = json.dumps(
        {
            "event": "batch.completed",
            "status": "COMPLETED",
            "transactionId": transaction_id,
            "timestamp": "1700000000000",
            **names,
            **more,
            "checksum": hmac.new(api_secret.encode(), said, hashlib.sha256).hexdigest(),
        }
    )
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, body),
    }
    return (await shop.post("/webhooks/torana", content=body, headers=headers)).status_code


async def notices(shop: AsyncTestClient[Litestar]) -> list[dict[str, Any]]:
    (purchase,) = (await shop.get("/api/session")).json()["purchases"]
    found: list[dict[str, Any]] = purchase["notices"]
    return found


async def test_a_guest_shares_mutual_funds_and_the_webhook_proves_itself_by_the_transaction(
    shop: AsyncTestClient[Litestar],
) -> None:
    made = await shop.post("/api/mutual-funds", json={})

    assert (made.status_code, made.json()["basket"]) == (201, "Your mutual funds")
    assert await deliver(shop, transaction_id="TRX_4", investor_id=None) == 200
    assert await deliver(shop, transaction_id="TRX_4", investor_id=None, api_secret="another") == 401


async def test_an_investment_is_changed_for_somebody_who_is_connected_only(
    shop: AsyncTestClient[Litestar], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[dict[str, Any], str | None]] = []

    async def created(client: GatewayClient, body: dict[str, Any], investor_id: str | None) -> str:
        asked.append((body["orderConfig"], investor_id))
        return "TRX_1"

    monkeypatch.setattr(GatewayClient, "create", created)
    refused = await shop.post("/api/portfolio/orders", json={"kind": "EXIT", "iscid": "a" * 24})
    bought = await shop.post("/api/portfolio/orders", json={"kind": "BUY", "scid": "LAMP_1", "name": "Night light"})
    await tell(shop, TOKEN)
    sold = await shop.post("/api/portfolio/orders", json={"kind": "EXIT", "iscid": "a" * 24})

    assert (refused.status_code, bought.status_code, sold.status_code) == (409, 201, 201)
    assert bought.json()["basket"] == "Investing in Night light"
    assert asked == [
        ({"type": "BUY", "scid": "LAMP_1"}, None),
        ({"type": "EXIT", "iscid": "a" * 24}, INVESTOR),
    ]


async def test_whatever_the_page_imports_is_served(shop: AsyncTestClient[Litestar]) -> None:
    """What a button copies with is the file of every page of ours: it stands in the tree once."""
    wanted = re.findall(r'src="/static/([a-z]+\.js)"', (await shop.get("/")).text)
    seen: dict[str, str] = {}
    while wanted:
        name = wanted.pop()
        answer = await shop.get(f"/static/{name}")
        assert answer.status_code == 200, name
        seen[name] = answer.text
        wanted += {*re.findall(r'from "\./([a-z]+\.js)"', answer.text)} - seen.keys()

    (ours,) = Path(torana.__file__).parent.rglob("copy.js")
    assert seen["copy.js"] == ours.read_text()


async def test_a_stranger_is_a_guest(shop: AsyncTestClient[Litestar]) -> None:
    session = (await shop.get("/api/session")).json()

    claims = jwt.decode(session["authToken"], SECRET, algorithms=["HS256"])
    assert claims["guest"] is True
    assert not session["connected"]
    assert len(session["baskets"]) == 3


@pytest.mark.parametrize(
    ("what", "transaction_id"), [("funds", "TRX_2"), ("holdings", "TRX_3"), ("authorisation", "TRX_4")]
)
async def test_an_account_is_asked_about_for_somebody_who_is_connected_only(
    shop: AsyncTestClient[Litestar], what: str, transaction_id: str
) -> None:
    await buy(shop)
    before = await shop.post(f"/api/{what}", json={})
    await tell(shop, TOKEN)
    after = await shop.post(f"/api/{what}", json={})

    assert before.status_code == 409
    assert (after.status_code, after.json()["transactionId"]) == (201, transaction_id)


async def test_a_guest_connects_without_buying_and_once_only(shop: AsyncTestClient[Litestar]) -> None:
    made = await shop.post("/api/onboarding", json={})
    outcome = {"result": "resolved", "broker": ANY_BROKER, "smallcaseAuthToken": TOKEN}
    session = await shop.post(f"/api/purchases/{made.json()['transactionId']}/outcome", json=outcome)
    again = await shop.post("/api/onboarding", json={})

    assert (made.status_code, made.json()["transactionId"]) == (201, "TRX_5")
    assert (session.json()["connected"], session.json()["broker"]) == (True, ANY_BROKER)
    assert again.status_code == 409


async def test_the_login_is_asked_about_for_somebody_who_is_connected_only(
    shop: AsyncTestClient[Litestar], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told(client: GatewayClient, investor_id: str) -> dict[str, Any]:
        assert investor_id == INVESTOR
        return LOGIN

    monkeypatch.setattr(GatewayClient, "connection", told)
    await buy(shop)
    before = await shop.get("/api/connection")
    await tell(shop, TOKEN)
    after = await shop.get("/api/connection")

    assert before.status_code == 409
    assert after.json() == {key: LOGIN[key] for key in ("connected", "since", "until")}


async def test_the_end_of_a_login_is_told_to_the_pages_of_its_investor(shop: AsyncTestClient[Litestar]) -> None:
    await buy(shop)
    await tell(shop, TOKEN)
    changes = shop.app.state.shop.people.known(shop.cookies[COOKIE]).listen(every=30)
    waiting = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)

    restored: dict[str, Any] = LOGIN | {"event": "connection.restored", "status": None, "transaction_id": ""}
    forged = await deliver(shop, api_secret="another", **restored)
    others = await deliver(shop, investor_id="0" * 24, **restored)
    taken = await deliver(shop, **restored | {"event": "connection.ended", "connected": False})

    assert (forged, others, taken) == (401, 200, 200)
    assert (await waiting).connected is False
    await changes.aclose()


PLACED = {
    "event": "batch.placed",
    "sequence": 4,
    "batchId": "b" * 24,
    "orders": [{"tradingsymbol": "ITC", "status": "PLACED"}, {"tradingsymbol": "TCS", "status": "PARTIAL"}],
}
ONE_FILLED = PLACED | {"sequence": 5, "orders": [{"tradingsymbol": "ITC", "status": "PLACED"}]}
COMPLETED = PLACED | {
    "sequence": 6,
    "event": "batch.completed",
    "orders": [{"tradingsymbol": "ITC", "status": "COMPLETE"}],
}
ALL_OPEN = {"intent": "CANCEL_AMO", "orderConfig": {"batchId": "b" * 24}}
THE_OPEN = {"intent": "CANCEL_ORDER", "orderConfig": {"batchId": "b" * 24, "ticker": "ITC"}}


@pytest.mark.parametrize(
    ("webhooks", "asked"),
    [
        ([], None),
        ([PLACED], ALL_OPEN),
        ([PLACED, ONE_FILLED], THE_OPEN),
        ([PLACED, COMPLETED], None),
        ([COMPLETED, PLACED], None),
        ([PLACED, COMPLETED | {"api_secret": "another"}], ALL_OPEN),
        ([PLACED | {"api_secret": "another"}], None),
    ],
)
async def test_what_the_newest_webhook_calls_open_can_be_cancelled(
    shop: AsyncTestClient[Litestar],
    monkeypatch: pytest.MonkeyPatch,
    webhooks: list[dict[str, Any]],
    asked: dict[str, Any] | None,
) -> None:
    """A webhook can be late, and a forged one says nothing."""
    bodies: list[dict[str, Any]] = []

    async def created(client: GatewayClient, body: dict[str, Any], investor_id: str | None) -> str:
        bodies.append(body)
        return "TRX_6"

    monkeypatch.setattr(GatewayClient, "create", created)
    await buy(shop)
    await tell(shop, TOKEN)
    for one in webhooks:
        await deliver(shop, **one)

    answer = await shop.post("/api/purchases/TRX_1/cancellation", json={})

    assert answer.status_code == (409 if asked is None else 201)
    assert bodies == ([] if asked is None else [asked])


async def test_who_the_gateway_names_is_remembered(shop: AsyncTestClient[Litestar]) -> None:
    await buy(shop)

    session = await tell(shop, TOKEN)

    assert session["connected"]
    assert session["broker"] == ANY_BROKER
    claims = jwt.decode(session["authToken"], SECRET, algorithms=["HS256"])
    assert claims["smallcaseAuthId"] == INVESTOR


async def test_a_token_that_the_gateway_did_not_sign_is_not_believed(shop: AsyncTestClient[Litestar]) -> None:
    await buy(shop)

    session = await tell(shop, jwt.encode({"smallcaseAuthId": INVESTOR}, "x" * 32, "HS256"))

    assert not session["connected"]


async def test_a_webhook_that_comes_twice_is_one_notice(shop: AsyncTestClient[Litestar]) -> None:
    await buy(shop)

    assert await deliver(shop) == 200
    assert await deliver(shop) == 200

    (notice,) = await notices(shop)
    assert notice["event"] == "batch.completed"
    assert notice["checks"] == {"checksum": True, "signature": True}


async def test_a_webhook_that_proves_nothing_is_refused_and_shown_as_such(shop: AsyncTestClient[Litestar]) -> None:
    await buy(shop)

    assert await deliver(shop, api_secret="another") == 401

    (notice,) = await notices(shop)
    assert notice["checks"] == {"checksum": False, "signature": True}


async def test_a_forged_webhook_does_not_hide_the_real_one(shop: AsyncTestClient[Litestar]) -> None:
    await buy(shop)
    await deliver(shop, api_secret="another")

    assert await deliver(shop) == 200

    assert [notice["checks"]["checksum"] for notice in await notices(shop)] == [False, True]


async def test_another_browser_does_not_see_the_purchase(shop: AsyncTestClient[Litestar]) -> None:
    await buy(shop)

    shop.cookies.clear()
    await shop.get("/")

    assert (await shop.get("/api/session")).json()["purchases"] == []
    assert (await shop.post("/api/purchases/TRX_1/outcome", json={"result": "resolved"})).status_code == 404


async def test_a_scenario_sets_clock_user_and_quantity(
    shop: AsyncTestClient[Litestar], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_there: list[tuple[str, Any]] = []
    bought: list[int] = []

    async def posted(exchange: scenarios.Exchange, path: str, body: Any) -> None:
        set_there.append((path, *body.values()))

    async def created(client: GatewayClient, basket: Basket, investor_id: str | None) -> str:
        bought.append(basket.lines[0].quantity)
        return "TRX_1"

    monkeypatch.setattr(scenarios.Exchange, "_post", posted)
    monkeypatch.setattr(GatewayClient, "create_transaction", created)

    picked = await shop.post("/api/scenario", json={"key": "partly"})
    await buy(shop)
    await shop.post("/api/scenario", json={"key": "after-hours"})
    await buy(shop)

    assert picked.json()["scenario"] == "partly"
    assert bought == [109, BASKETS["night-light"].lines[0].quantity]
    assert set_there == [
        ("/sandbox/clock", "open"),
        ("/sandbox/next-login", "asha"),
        ("/sandbox/next-login", "asha"),
        ("/sandbox/clock", "after_market"),
        ("/sandbox/next-login", "asha"),
        ("/sandbox/next-login", "asha"),
    ]
    assert (await shop.post("/api/scenario", json={"key": "none such"})).status_code == 404


async def test_who_wants_to_see_a_cancelled_login_is_a_guest_again(
    shop: AsyncTestClient[Litestar], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def posted(exchange: scenarios.Exchange, path: str, body: Any) -> None: ...

    monkeypatch.setattr(scenarios.Exchange, "_post", posted)
    await buy(shop)
    assert (await tell(shop, TOKEN))["connected"]

    session = (await shop.post("/api/scenario", json={"key": "cancelled"})).json()

    assert (session["connected"], session["broker"]) == (False, None)


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS.values(), ids=lambda one: one.key)
def test_a_scenario_rests_on_what_the_sandbox_knows(scenario: scenarios.Scenario) -> None:
    assert scenario.clock in set(Moment)
    assert scenario.quantity is None or scenario.quantity in QUANTITIES


async def test_a_sandbox_that_does_not_answer_is_said_and_nothing_is_set(
    shop: AsyncTestClient[Litestar], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given one that refuses, then one that is away, also at a purchase of somebody who has picked an ending before."""

    async def posted(exchange: scenarios.Exchange, path: str, body: Any) -> None: ...

    known = shop.app.state.shop
    away = known.sandbox_url
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as refusing:
        Thread(target=refusing.serve_forever, daemon=True).start()
        known.sandbox_url = f"http://127.0.0.1:{refusing.server_port}"
        refused = await shop.post("/api/scenario", json={"key": "after-hours"})
        refusing.shutdown()
    known.sandbox_url = away
    lost = await shop.post("/api/scenario", json={"key": "filled"})
    session = (await shop.get("/api/session")).json()
    with monkeypatch.context() as there:
        there.setattr(scenarios.Exchange, "_post", posted)
        assert (await shop.post("/api/scenario", json={"key": "filled"})).status_code == 200
    bought = await shop.post("/api/purchases", json={"basket": "night-light"})

    assert (refused.status_code, refused.json()["detail"]) == (502, "the sandbox refused: 501")
    assert session["scenario"] is None
    assert [(step["good"], step["note"]) for step in session["steps"]] == [(False, "501"), (False, "no answer")]
    for answer in (lost, bought):
        assert (answer.status_code, answer.json()["detail"]) == (502, "the sandbox does not answer")


async def test_a_gateway_that_does_not_answer_is_said(shop: AsyncTestClient[Litestar]) -> None:
    await buy(shop)
    await tell(shop, TOKEN)

    for path in ("/api/connection", "/api/portfolio"):
        answer = await shop.get(path)
        assert (answer.status_code, answer.json()["detail"]) == (502, "the gateway does not answer")

    steps = (await shop.get("/api/session")).json()["steps"]
    assert [(step["good"], step["note"]) for step in steps] == [(False, "no answer")] * 2


async def test_the_developers_side_keeps_calls_and_webhooks_without_secrets(shop: AsyncTestClient[Litestar]) -> None:
    await buy(shop)
    call = {"key": "sdk-TRX_1", "story": "TRX_1", "title": "triggerTransaction"}
    assert (await shop.post("/api/steps", json=call)).status_code == 204
    assert (await shop.post("/api/steps", json=call | {"good": True, "milliseconds": 12.5})).status_code == 204
    assert (await shop.post("/api/steps", json=call | {"sent": "x" * 20_001})).status_code == 400
    await deliver(shop, api_secret="another")
    await deliver(shop)

    sdk, forged, webhook = (await shop.get("/api/session")).json()["steps"]

    assert (sdk["kind"], sdk["good"], sdk["milliseconds"]) == ("sdk", True, 12.5)
    assert (forged["good"], forged["note"]) == (False, "checksum wrong, signature right")
    assert (webhook["title"], webhook["story"], webhook["good"]) == ("batch.completed COMPLETED", "TRX_1", True)
    assert "webhook-signature: v1," in webhook["sent"]


def test_a_call_is_shown_without_its_secrets() -> None:
    headers = {"x-gateway-secret": API_SECRET, "x-gateway-authtoken": TOKEN, "content-type": "application/json"}

    shown = message("POST", "/gateway/x/transaction", headers, b'{"intent":"CONNECT"}')

    assert API_SECRET not in shown
    assert TOKEN not in shown
    assert shown.splitlines()[0] == "POST /gateway/x/transaction"
    assert '"intent": "CONNECT"' in shown
