"""The control API."""

from datetime import datetime
from typing import Any

import aiohttp
import pytest

from tests.sandbox.conftest import Got, KiteClient, LogIn, fetch
from tests.support.clock import HandClock
from torana.sandbox.server import RunningSandbox


@pytest.fixture
def control(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> "Control":
    return Control(sandbox, http)


class Control:
    def __init__(self, sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.http = http

    async def get(self, path: str) -> Any:
        return (await fetch(self.http, "GET", f"{self.sandbox.url}/sandbox{path}")).json

    async def post(self, path: str, body: object = None) -> Got:
        return await fetch(self.http, "POST", f"{self.sandbox.url}/sandbox{path}", json=body)


async def test_the_clock_tells_time_offset_and_phase(control: Control) -> None:
    told = await control.get("/clock")

    assert datetime.fromisoformat(told["now"]) == datetime.fromisoformat("2026-11-18T05:00:00+00:00")
    assert (told["offsetSeconds"], told["phase"], told["amoOpen"]) == (0, "OPEN", False)


@pytest.mark.parametrize(
    ("body", "offset", "phase"),
    [
        ({"now": "2026-11-18T16:30:00+05:30"}, 6 * 3600, "CLOSED"),
        ({"offsetSeconds": -4501}, -4501, "PRE_OPEN"),
        ({"advanceSeconds": 86400}, 86400, "OPEN"),
        ({"mode": "trading"}, 0, "OPEN"),
        ({"mode": "real"}, 0, "OPEN"),
    ],
)
async def test_the_clock_can_be_set(control: Control, body: dict[str, object], offset: float, phase: str) -> None:
    told = (await control.post("/clock", body)).json

    assert (told["offsetSeconds"], told["phase"]) == (offset, phase)
    assert (await control.get("/clock"))["offsetSeconds"] == offset


@pytest.mark.parametrize(
    "body", [{}, {"now": "soon"}, {"now": "2026-11-18T16:30:00"}, {"mode": "lunch"}, {"offsetSeconds": "x"}]
)
async def test_a_clock_setting_that_makes_no_sense_is_refused(control: Control, body: dict[str, object]) -> None:
    assert (await control.post("/clock", body)).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"now": "9999-12-31T23:59:59+05:30"},
        {"now": "0001-01-01T00:00:00+14:00"},
        {"offsetSeconds": -1e12},
        {"advanceSeconds": 1e18},
    ],
)
async def test_a_time_at_the_end_of_all_dates_is_refused_and_the_clock_goes_on(
    control: Control, body: dict[str, object]
) -> None:
    """Nothing could be looked at any more, and nothing set it back."""
    before = await control.get("/clock")

    assert (await control.post("/clock", body)).status == 400
    assert await control.get("/clock") == before


async def test_trading_mode_goes_to_half_past_ten_of_the_next_trading_day(control: Control, clock: HandClock) -> None:
    clock.advance(4 * 86400)

    told = (await control.post("/clock", {"mode": "trading"})).json

    assert datetime.fromisoformat(told["now"]) == datetime.fromisoformat("2026-11-23T10:30:00+05:30")
    assert told["phase"] == "OPEN"


async def test_trading_mode_works_beyond_the_known_calendar(control: Control, clock: HandClock) -> None:
    clock.advance(3 * 365 * 86400)

    assert (await control.post("/clock", {"mode": "trading"})).json["phase"] == "OPEN"


async def test_the_ledger_holds_orders_clients_and_counts(control: Control, kite: KiteClient, log_in: LogIn) -> None:
    ravi = await log_in("ravi")
    await kite.place(5, tag="1")
    await kite.place(0)
    await ravi.place(6, tag="2")

    everything = await control.get("/ledger")
    only_asha = await control.get("/ledger?account=asha")
    only_tag = await control.get("/ledger?tag=2")

    assert [order["quantity"] for order in everything["orders"]] == [5, 6]
    assert [(order["askedTag"], order["state"]) for order in only_asha["orders"]] == [("1", "COMPLETE")]
    [asha] = only_asha["accounts"]
    assert (asha["account"], asha["userName"], asha["placeRequests"]) == (kite.user_id, "asha", 2)
    assert asha["peakPlacesPerSecond"] == 2
    assert [order["account"] for order in only_tag["orders"]] == [ravi.user_id]


@pytest.mark.parametrize(
    ("body", "status", "filled"),
    [
        ({"action": "fill"}, "COMPLETE", 118),
        ({"action": "partial", "quantity": 18, "price": 40000}, "OPEN", 18),
        ({"action": "reject", "reason": "circuit"}, "REJECTED", 0),
        ({"action": "cancel"}, "CANCELLED", 0),
    ],
)
async def test_an_order_can_be_pushed_along(
    control: Control, kite: KiteClient, body: dict[str, object], status: str, filled: int
) -> None:
    order_id = (await kite.place(118)).json["data"]["order_id"]

    got = await control.post(f"/orders/{order_id}/advance", body)

    [row] = await kite.book()
    assert got.json["state"] == status
    assert (row["status"], row["filled_quantity"]) == (status, filled)
    if "price" in body:
        assert row["average_price"] == 400.0


async def test_a_final_order_can_be_corrected(control: Control, kite: KiteClient) -> None:
    order_id = (await kite.place(118)).json["data"]["order_id"]
    await control.post(f"/orders/{order_id}/advance", {"action": "cancel"})

    await control.post(f"/orders/{order_id}/advance", {"action": "fill"})

    [row] = await kite.book()
    assert (row["status"], row["filled_quantity"], row["cancelled_quantity"]) == ("COMPLETE", 118, 0)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/orders/1/advance", {"action": "fill"}, 404),
        ("/sessions/end", {"broker": "kite", "account": "nobody"}, 404),
        ("/prices", {"symbol": "NOSUCHSHARE", "price": 1}, 404),
        ("/accounts", {"broker": "kite", "account": "nobody"}, 404),
        ("/prices", {}, 400),
        ("/nothing", {}, 404),
        ("/ledger", {}, 405),
    ],
)
async def test_what_cannot_be_done_is_said(control: Control, path: str, body: dict[str, object], status: int) -> None:
    got = await control.post(path, body)

    assert got.status == status
    assert got.json["error"]


async def test_an_unknown_action_is_refused(control: Control, kite: KiteClient) -> None:
    order_id = (await kite.place(118)).json["data"]["order_id"]

    assert (await control.post(f"/orders/{order_id}/advance", {"action": "explode"})).status == 400


async def test_sessions_can_be_ended(control: Control, kite: KiteClient, log_in: LogIn) -> None:
    ravi = await log_in("ravi")

    got = await control.post("/sessions/end", {"broker": "kite", "account": "asha"})

    assert got.json == {"ended": 1}
    assert (await kite.call("GET", "/orders")).status == 403
    assert (await ravi.call("GET", "/orders")).status == 200


async def test_an_account_can_be_furnished(control: Control, kite: KiteClient) -> None:
    body = {"broker": "kite", "account": kite.user_id, "cash": 500_00, "holdings": {"ITC": 3}, "needsEdis": True}

    got = await control.post("/accounts", body)

    margins = (await kite.call("GET", "/user/margins")).json["data"]
    holdings = (await kite.call("GET", "/portfolio/holdings")).json["data"]
    assert got.status == 200
    assert margins["equity"]["net"] == 500
    assert [(row["tradingsymbol"], row["quantity"]) for row in holdings] == [("ITC", 3)]
    assert (await kite.place(1, transaction_type="SELL")).status == 428


async def test_an_app_gets_other_addresses(control: Control, sandbox: RunningSandbox) -> None:
    body = {"broker": "kite", "key": "sandboxkite", "redirectUrl": "https://app.example/back"}

    await control.post("/apps", body)

    app = sandbox.world.apps["kite"]["sandboxkite"]
    assert (app.redirect_url, app.secret) == ("https://app.example/back", "sandboxkite_secret")
    assert app.postback_url == "http://127.0.0.1:1/postback/kite"


async def test_a_price_can_be_held_and_let_go(control: Control, kite: KiteClient) -> None:
    free = (await control.post("/prices", {"symbol": "ITC"})).json["price"]
    held = (await control.post("/prices", {"symbol": "ITC", "price": 41000})).json["price"]
    again = (await control.post("/prices", {"symbol": "ITC"})).json["price"]

    assert (held, again) == (41000, free)


async def test_what_a_price_is_and_may_be_today_is_told_in_paise(control: Control, sandbox: RunningSandbox) -> None:
    await control.post("/prices", {"symbol": "ITC", "price": 41000})
    now = sandbox.exchange.now()

    told = (await control.get("/prices?symbol=ITC&symbol=BSE:INFY"))["prices"]

    lowest, highest = sandbox.exchange.prices.band("ITC", now)
    assert told[0] == {"symbol": "ITC", "last": 41000, "lowest": lowest, "highest": highest}
    assert [one["symbol"] for one in told] == ["ITC", "BSE:INFY"]
    assert told[1]["lowest"] < told[1]["last"] < told[1]["highest"]


@pytest.mark.parametrize(("now", "today"), [("15:29:59", []), ("15:30:00", ["2026-11-18"])])
async def test_a_close_is_there_once_its_session_has_ended(control: Control, now: str, today: list[str]) -> None:
    await control.post("/clock", {"now": f"2026-11-18T{now}+05:30"})

    told = (await control.get("/closes?symbol=ITC&since=2026-11-13"))["closes"]

    assert [one["day"] for one in told] == ["2026-11-13", "2026-11-16", "2026-11-17", *today]


async def test_a_reset_forgets_everything(control: Control, kite: KiteClient, sandbox: RunningSandbox) -> None:
    await kite.place(118)
    await control.post("/faults", {"kind": "hang"})
    await control.post("/prices", {"symbol": "ITC", "price": 41000})

    await control.post("/reset")

    ledger = await control.get("/ledger")
    assert (ledger["accounts"], ledger["orders"]) == ([], [])
    assert (await control.get("/faults"))["faults"] == []
    assert (await kite.call("GET", "/orders")).status == 403
    assert sandbox.exchange.last_price("ITC") != 41000


async def test_the_tables_can_be_read_as_json(control: Control) -> None:
    tables = await control.get("/magic")

    assert {"cancel", "no-funds"} <= {row["name"] for row in tables["names"]}
    assert {101, 104} <= {row["quantity"] for row in tables["quantities"]}
    assert "hang" in tables["faults"]


async def test_the_root_leads_to_the_page_and_elsewhere_is_nothing(
    sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    root = await fetch(http, "GET", f"{sandbox.url}/")
    nowhere = await fetch(http, "GET", f"{sandbox.url}/elsewhere")
    page = await fetch(http, "GET", f"{sandbox.url}/sandbox/")
    style = await fetch(http, "GET", f"{sandbox.url}/sandbox/static/sandbox.css")
    missing = await fetch(http, "GET", f"{sandbox.url}/sandbox/static/other.css")

    assert (root.status, root.headers["location"]) == (302, "/sandbox/")
    assert nowhere.status == 404
    assert "Simulated" in page.body.decode()
    assert style.headers["content-type"].startswith("text/css")
    assert missing.status == 404
