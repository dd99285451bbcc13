"""Z04: every request of every broker, rendered without a network and compared with what was reviewed.

After a wanted change: `python -m tests.connectors.test_requests` writes the files anew; review the difference.
"""

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.connectors.replay import (
    AMO_BUY,
    LIMIT_SELL,
    MARKET_BUY,
    SESSION,
    answer,
    before,
    call,
    connector,
    fixtures,
    methods_of,
    replying,
)
from torana.connectors.contract import BrokerError, ExecutionMode, OrderRequest, Variety
from torana.connectors.registry import BROKERS
from torana.kit.http import Request

FOLDER = Path(__file__).parent / "requests"


def rendered(request: Request) -> dict[str, Any]:
    shown: dict[str, Any] = {"request": f"{request.method} {request.url}", "headers": dict(request.headers)}
    if request.query:
        shown["query"] = [list(pair) for pair in request.query]
    if request.form is not None:
        pairs = isinstance(request.form, tuple)
        shown["form"] = [list(pair) for pair in request.form] if pairs else dict(request.form)
    if request.json is not None:
        shown["json"] = json.loads(request.json)
    return shown


def url_shown(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {"url": f"{parts.scheme}://{parts.netloc}{parts.path}", "query": dict(parse_qsl(parts.query))}


async def probe(broker: str) -> dict[str, Any]:
    """Everything that this connector can send, by name."""
    seen: dict[str, Any] = {}

    async def note(name: str, method: str, order: OrderRequest | None = None) -> None:
        one, client = replying(broker, *before(broker, method), answer(b""))
        try:
            if order is not None:
                await one.place(SESSION, order)
            elif method == "cancel amo":
                await one.cancel(SESSION, "26/11?8", Variety.AMO)
            else:
                await call(one, method)
        except BrokerError:
            pass
        assert len(client.requests) == 1 + len(before(broker, method))
        seen[name] = rendered(client.requests[-1])

    for method in methods_of(broker):
        await note(method, method)
    await note("place, limit sell", "place", LIMIT_SELL)
    await note("place, after market", "place", AMO_BUY)
    await note("cancel, after market, hostile id", "cancel amo")
    begun = [answer(path.read_bytes()) for path in fixtures(broker) if path.stem == "begin_login.200"]
    one, client = replying(broker, *begun)
    seen["login"] = url_shown(await one.login_url("state-1 &=?"))
    if begun:
        seen["login, before"] = rendered(client.requests[-1])
    if BROKERS[broker].browser_orders is None:
        return seen
    form = one.basket_form(
        SESSION,
        [MARKET_BUY, LIMIT_SELL, AMO_BUY],
        return_url="https://torana.example/portal/g/v/returned",
        state="state-1",
    )
    seen["basket"] = {"url": form.url, "fields": {**form.fields, "data": json.loads(form.fields["data"])}}
    return seen


@pytest.mark.parametrize("broker", BROKERS)
async def test_every_request_is_as_reviewed(broker: str) -> None:
    assert await probe(broker) == json.loads((FOLDER / f"{broker}.json").read_text())


WITH_BASKETS = pytest.mark.parametrize("broker", [name for name, one in BROKERS.items() if one.browser_orders])


@WITH_BASKETS
def test_prices_leave_as_exact_decimals(broker: str) -> None:
    form = connector(broker, replying(broker)[1]).basket_form(SESSION, [LIMIT_SELL], return_url="https://x", state="s")

    assert '"price":3050.10' in form.fields["data"]


@WITH_BASKETS
@pytest.mark.parametrize("mode", list(ExecutionMode))
def test_a_form_shows_no_secret_when_it_is_printed(broker: str, mode: ExecutionMode) -> None:
    """I10."""
    one = connector(broker, replying(broker)[1], mode)

    form = one.basket_form(SESSION, [MARKET_BUY], return_url="https://x", state="s")

    for printed in (repr(form), repr(one), repr(one.parts.login), repr(SESSION)):
        assert "sample-token" not in printed
        assert "sampleapp_secret" not in printed
        assert "sample-postback-secret" not in printed


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in BROKERS:
        (FOLDER / f"{name}.json").write_text(json.dumps(asyncio.run(probe(name)), indent=2) + "\n")
