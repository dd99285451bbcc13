"""A partner publishes baskets; apps read them in the interface's form."""

import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from httpx import Response

from tests.baskets.writing import written
from tests.support.clock import HandClock
from tests.support.gateway import Caller, api_services_of, application, calling
from tests.support.partner import make_gateway
from torana.baskets import figures
from torana.baskets.index import Point, history
from torana.baskets.routes import baskets_router
from torana.kit.database import Database
from torana.market import store as market
from torana.market.models import Close
from torana.market.securities import find

PRICES = {"TCS": 3_000_00, "NTPC": 350_00, "ITC": 400_00}


class Partner(Caller):
    async def publish(self, body: dict[str, Any], **query: str) -> Response:
        return await self.client.post(
            f"/v1/{self.gateway.name}/baskets", json=body, params=query, headers=self.headers()
        )

    async def read(self, path: str, **query: Any) -> Response:
        return await self.client.get(
            f"/v1/{self.gateway.name}/engine/{path}",
            params={name.replace("__", "[]"): value for name, value in query.items()},
            headers=self.headers(),
        )

    async def names(self, **query: Any) -> list[str]:
        answer = await self.read("smallcases", **query)
        return [each["scid"] for each in answer.json()["data"]["smallcases"]]


@pytest.fixture
async def partner(database: Database, clock: HandClock) -> AsyncIterator[Partner]:
    app = application(database, clock, more=[baskets_router(api_services_of(database, clock))])
    async with calling(app) as client:
        yield Partner(client, await make_gateway(database, clock), clock)


@pytest.fixture
async def priced(database: Database) -> None:
    """The closes of Tuesday 17 November 2026."""
    await load(database, {name: {date(2026, 11, 17): price} for name, price in PRICES.items()})


async def load(database: Database, prices: dict[str, dict[date, int]]) -> None:
    found = [Close(isin_of(name), day, price) for name, of in prices.items() for day, price in of.items()]
    async with database.transaction() as connection:
        await connection.execute("delete from closing_prices")
        await market.put_closes(connection, "test", found)


def isin_of(symbol: str) -> str:
    security = find(symbol)
    assert security is not None
    return security.isin


async def test_a_published_basket_is_there_with_its_minimum_amount(partner: Partner, priced: None) -> None:
    """A quarter in NTPC at 350, three quarters in TCS at 3,000: 4,000 is the least that buys a share of TCS; a third
    share of NTPC would be over it."""
    made = await partner.publish(written("LAMP_1"))
    answer = await partner.read("smallcase", scid="LAMP_1")

    assert made.json()["data"]["outcome"] == "created"
    found = answer.json()["data"]
    assert (found["scid"], found["version"], found["flags"]["active"]) == ("LAMP_1", 1, True)
    assert found["rationale"] == "<p>Power is used in any weather.</p><p>Who digs &amp; who carries.</p>"
    assert found["stats"]["minInvestAmount"] == 4000
    assert found["stats"]["pricesOf"] == "2026-11-17"
    assert [(each["ticker"], each["weight"], each["shares"]) for each in found["constituents"]] == [
        ("NTPC", 0.25, 2),
        ("TCS", 0.75, 1),
    ]
    assert found["info"]["registrationNumber"] == "INH000012345"
    assert found["stats"]["returns"] == {"daily": None, "weekly": None, "monthly": None, "yearly": None}


async def test_without_a_price_nothing_is_invented(partner: Partner, database: Database) -> None:
    await load(database, {"TCS": {date(2026, 11, 17): 3_000_00}})
    await partner.publish(written("LAMP_1"))

    found = (await partner.read("smallcase", scid="LAMP_1")).json()["data"]

    assert found["stats"]["minInvestAmount"] is None
    assert found["stats"]["indexValue"] is None
    assert [each["shares"] for each in found["constituents"]] == [None, None]
    assert await partner.names(minInvest="0-999999999") == []


async def test_other_weights_are_a_new_version_and_other_texts_are_none(partner: Partner) -> None:
    other = [{"ticker": "NTPC", "weight": 0.5}, {"ticker": "ITC", "weight": 0.5}]
    await partner.publish(written("LAMP_1"))

    again = (await partner.publish(written("LAMP_1"))).json()["data"]
    renamed = (await partner.publish(written("LAMP_1", name="Lamp"))).json()["data"]
    looked = (await partner.publish(written("LAMP_1", name="Lamp", constituents=other), dryRun="true")).json()["data"]
    changed = (await partner.publish(written("LAMP_1", name="Lamp", constituents=other))).json()["data"]

    assert (again["outcome"], again["version"], again["changes"]) == ("unchanged", 1, [])
    assert (renamed["outcome"], renamed["version"]) == ("changed", 1)
    assert renamed["changes"] == [{"field": "name", "before": "Night light", "after": "Lamp"}]
    assert looked == changed
    assert (changed["outcome"], changed["version"]) == ("new version", 2)
    assert changed["changes"] == [
        {"field": "constituents.ITC", "before": None, "after": "weight 0.5"},
        {"field": "constituents.NTPC", "before": "weight 0.25", "after": "weight 0.5"},
        {"field": "constituents.TCS", "before": "weight 0.75", "after": None},
    ]


async def test_a_refused_basket_changes_nothing(partner: Partner) -> None:
    await partner.publish(written("LAMP_1"))

    refused = await partner.publish(written("LAMP_1", name="Lamp", constituents=[{"ticker": "TCS", "weight": 0.9}]))

    assert refused.status_code == 400
    assert refused.json()["errors"] == ["WeightsNotOne"]
    assert refused.json()["docUrl"].endswith("#basket")
    assert (await partner.read("smallcase", scid="LAMP_1")).json()["data"]["info"]["name"] == "Night light"


async def test_a_key_makes_a_repeated_publication_one(partner: Partner) -> None:
    """The same request with the same key is answered as the first was; another body with that key is refused."""
    url, headers = f"/v1/{partner.gateway.name}/baskets", {**partner.headers(), "idempotency-key": "once"}

    first = await partner.client.post(url, json=written("LAMP_1"), headers=headers)
    again = await partner.client.post(url, json=written("LAMP_1"), headers=headers)
    other = await partner.client.post(url, json=written("LAMP_1", name="Lamp"), headers=headers)

    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert other.status_code == 422


async def test_a_withdrawn_basket_leaves_the_list_and_stays_readable(partner: Partner) -> None:
    await partner.publish(written("LAMP_1"))
    await partner.publish(written("LAMP_1", active=False))

    assert await partner.names() == []
    assert (await partner.read("smallcase", scid="LAMP_1")).json()["data"]["flags"]["active"] is False

    back = (await partner.publish(written("LAMP_1"))).json()["data"]
    assert back["changes"] == [{"field": "active", "before": "false", "after": "true"}]
    assert await partner.names() == ["LAMP_1"]


async def test_lists_are_filtered_sorted_and_paged(partner: Partner, priced: None) -> None:
    """Minimum amounts: 4,000 of the first, 800 of the second, 350 of the third."""
    half = [{"ticker": "NTPC", "weight": 0.5}, {"ticker": "ITC", "weight": 0.5}]
    await partner.publish(written("A", name="Cat", tier="free", popularRank=2))
    await partner.publish(written("B", name="Ape", constituents=half, featuredRank=1))
    await partner.publish(written("C", name="Bee", constituents=[{"ticker": "NTPC", "shares": 7}], popularRank=1))

    assert await partner.names() == ["B", "C", "A"]
    assert await partner.names(sortBy="name", sortOrder=-1) == ["A", "C", "B"]
    assert await partner.names(sortBy="minInvestAmount") == ["C", "B", "A"]
    assert await partner.names(sortBy="popularity", sortOrder=-1) == ["A", "C", "B"]
    assert await partner.names(sortBy="name", count=1, offset=1) == ["C"]
    assert await partner.names(minInvest="0-800") == ["B", "C"]
    assert await partner.names(search="tcs") == ["A"]
    assert await partner.names(tier="Free") == ["A"]
    assert await partner.names(scids__=["A", "C", "Z"]) == ["C", "A"]
    assert (await partner.read("smallcases", count=1)).json()["data"]["total"] == 3
    for wrong in ({"count": 0}, {"count": 101}, {"offset": -1}, {"minInvest": "5-1"}, {"sortBy": "luck"}):
        assert (await partner.read("smallcases", **wrong)).status_code == 400, wrong


async def test_another_gateways_basket_is_not_there(partner: Partner, database: Database, clock: HandClock) -> None:
    await partner.publish(written("LAMP_1"))
    stranger = Partner(partner.client, await make_gateway(database, clock), clock)

    answers = [await stranger.read("smallcase", scid=scid) for scid in ("LAMP_1", "NOBODYS")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert [answer.json()["errors"] for answer in answers] == [["ScidNotFound"], ["ScidNotFound"]]
    assert await stranger.names() == []
    assert (await stranger.publish(written("LAMP_1"))).json()["data"]["outcome"] == "created"


async def test_publishing_takes_the_partners_secret(partner: Partner) -> None:
    answer = await partner.client.post(
        f"/v1/{partner.gateway.name}/baskets", json=written(), headers={"x-gateway-secret": "wrong"}
    )

    assert answer.status_code == 401


async def test_the_index_begins_at_100_and_follows_the_closes(
    partner: Partner, database: Database, clock: HandClock
) -> None:
    """Published on a Wednesday; on Thursday NTPC is up by 8 %, a quarter of the basket."""
    await partner.publish(written("LAMP_1"))
    today = clock.now().date()
    before, after = today - timedelta(1), today + timedelta(1)
    await load(
        database,
        {
            "TCS": {before: 1_00, today: 3_000_00, after: 3_000_00},
            "NTPC": {before: 1_00, today: 350_00, after: 378_00},
        },
    )

    history = (await partner.read("smallcase/history", scid="LAMP_1")).json()["data"]["points"]
    stats = (await partner.read("smallcase", scid="LAMP_1")).json()["data"]["stats"]

    assert history == [{"date": "2026-11-18", "index": 100}, {"date": "2026-11-19", "index": 102}]
    assert (stats["indexValue"], stats["lastCloseIndex"], stats["returns"]["daily"]) == (102, 100, 0.02)


async def test_figures_go_by_the_closes_and_the_version_of_the_moment(
    partner: Partner, database: Database, clock: HandClock
) -> None:
    """A close that is corrected and a version that is published show at once, in lists, alone and in the history."""
    await partner.publish(written("LAMP_1"))
    today = clock.now().date()
    days = [today, today + timedelta(1)]

    async def told() -> tuple[Any, Any]:
        alone = (await partner.read("smallcase", scid="LAMP_1")).json()["data"]
        (listed,) = (await partner.read("smallcases")).json()["data"]["smallcases"]
        history = (await partner.read("smallcase/history", scid="LAMP_1")).json()["data"]["points"]
        assert listed["stats"] == alone["stats"]
        assert alone["stats"]["indexValue"] == (history[-1]["index"] if history else None)
        return alone["stats"]["indexValue"], alone["version"]

    await load(database, {})
    without = await told()
    await load(database, {"TCS": dict.fromkeys(days, 3_000_00), "NTPC": dict(zip(days, (350_00, 378_00), strict=True))})
    first = await told()
    await load(database, {"TCS": dict.fromkeys(days, 3_000_00), "NTPC": dict(zip(days, (350_00, 364_00), strict=True))})
    corrected = await told()
    await partner.publish(written("LAMP_1", constituents=[{"ticker": "TCS", "weight": 1}]))
    changed = await told()

    assert (without, first, corrected, changed) == ((None, 1), (102, 1), (101, 1), (100, 2))


async def test_a_history_is_reckoned_once_for_each_state_of_closes_and_version(
    partner: Partner, database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Charts are drawn again and again; all closes since a basket began are not read each time."""
    await partner.publish(written("LAMP_1"))
    days = [clock.now().date(), clock.now().date() + timedelta(1)]
    reckoned: list[Any] = []

    def counted(*given: Any) -> list[Point]:
        reckoned.append(given)
        return history(*given)

    monkeypatch.setattr(figures, "history", counted)

    async def asked() -> int:
        for _ in range(3):
            await partner.read("smallcase/history", scid="LAMP_1")
        return len(reckoned)

    without = await asked()
    await load(database, {"TCS": dict.fromkeys(days, 3_000_00), "NTPC": dict.fromkeys(days, 350_00)})
    loaded = await asked()
    await partner.publish(written("LAMP_1", constituents=[{"ticker": "TCS", "weight": 1}]))

    assert (without, loaded, await asked()) == (1, 2, 3)


async def test_news_is_what_the_partner_supplied(partner: Partner) -> None:
    item = {
        "headline": "Rain in Odisha",
        "link": "https://lantern.example/rain",
        "date": "2026-11-17T10:00:00+05:30",
        "source": "Lantern",
        "scids": ["LAMP_1"],
        "tickers": ["NTPC"],
    }

    async def supply(**body: Any) -> Response:
        return await partner.client.post(
            f"/v1/{partner.gateway.name}/baskets/news", json=body, headers=partner.headers()
        )

    await supply(news=[{"id": "n1", **item}, {"id": "n2", **item, "date": "2026-11-18T10:00:00Z", "scids": []}])
    about = (await partner.read("market/news", scids__=["LAMP_1"])).json()["data"]["news"]
    everything = (await partner.read("market/news", count=1)).json()["data"]["news"]
    answer = await supply(
        news=[
            {"id": "n2", **item, "scids": ["old"]},
            {"id": "n2", **item, "headline": "Sun", "scids": ["LAMP_2", "new"]},
        ],
        remove=["n1", "never"],
    )
    (rewritten,) = (await partner.read("market/news")).json()["data"]["news"]

    assert [each["id"] for each in about] == ["n1"]
    assert about[0]["date"] == "2026-11-17T04:30:00.000Z"
    assert about[0]["stocks"] == [{"sid": "NTPC"}]
    assert [each["id"] for each in everything] == ["n2"]
    assert answer.json()["data"] == {"written": 2, "removed": 1}
    assert (rewritten["headline"], rewritten["smallcases"]) == ("Sun", ["LAMP_2", "new"])
    assert len((await partner.read("market/news", scid="new")).json()["data"]["news"]) == 1
    assert (await partner.read("market/news", scid="old")).json()["data"]["news"] == []
    assert (await partner.read("market/news", scid="LAMP_1")).json()["data"]["news"] == []
    assert (await supply(news=[{"id": "n3", **item, "date": "2026-11-18T10:00:00"}])).status_code == 400


async def test_wire_numbers_are_exact(partner: Partner, priced: None) -> None:
    thirds = [{"ticker": "NTPC", "weight": 0.333333}, {"ticker": "ITC", "weight": 0.666667}]
    await partner.publish(written("LAMP_1", constituents=thirds))

    raw = (await partner.read("smallcase", scid="LAMP_1")).content

    found = json.loads(raw, parse_float=Decimal)["data"]["constituents"]
    assert sum(each["weight"] for each in found) == 1
