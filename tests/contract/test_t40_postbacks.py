"""T40 to T49: postbacks as the broker really sends them."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from tests.brokers import known
from tests.contract.bench import Bench, order
from tests.support.patience import PATIENCE
from tests.support.servers import Exchange, RawServer, raw_server
from torana.connectors.contract import PostbackProof
from torana.sandbox.faults import Kind, Operation


@pytest.fixture
async def listener(api_bench: Bench) -> AsyncIterator[RawServer]:
    """Where the app takes postbacks: the registered address, but on a server that listens."""
    if api_bench.connector.parts.postbacks is None:
        pytest.skip("this broker sends none")
    async with raw_server(Exchange.answer) as server:
        for app in api_bench.sandbox.world.apps[api_bench.subject.broker].values():
            app.postback_url = server.url + urlsplit(app.postback_url).path
        yield server


async def _received(listener: RawServer, at_least: int = 1) -> list[Exchange]:
    async with asyncio.timeout(PATIENCE):
        while listener.requests < at_least:
            await asyncio.sleep(0.01)
    return list(listener.exchanges)


def _secret_in(exchange: Exchange) -> str | None:
    """What a gateway finds behind /postback/{broker}/."""
    return dict(enumerate(urlsplit(exchange.target).path.split("/"))).get(3)


async def test_t40_a_real_postback_names_user_order_and_tag_where_the_broker_tells_it(
    api_bench: Bench, listener: RawServer
) -> None:
    session = await api_bench.session()
    wanted = order()

    placed = await api_bench.connector.place(session, wanted)

    for exchange in await _received(listener):
        told = api_bench.connector.parse_postback(exchange.headers, exchange.body, _secret_in(exchange))
        assert told.broker_user_id == session.broker_user_id
        assert told.broker_order_id == placed.broker_order_id
        assert told.tag == (wanted.tag if known(api_bench.subject.broker).tells_tag_by_postback else None)


async def test_t41_a_forged_postback_is_refused(api_bench: Bench, listener: RawServer) -> None:
    """K04: a wrong checksum, or a right body at a wrong address."""
    api_bench.fault(Kind.FORGED, Operation.POSTBACK, times=None)
    by_checksum = api_bench.connector.capabilities.postback is PostbackProof.CHECKSUM
    await api_bench.connector.place(await api_bench.session(), order())

    (exchange, *_) = await _received(listener)

    with pytest.raises(ValueError, match=r".+"):
        api_bench.connector.parse_postback(exchange.headers, exchange.body, None if by_checksum else "guessed")


async def test_t42_a_postback_without_its_proof_is_refused(api_bench: Bench, listener: RawServer) -> None:
    """K04."""
    await api_bench.connector.place(await api_bench.session(), order())

    (exchange, *_) = await _received(listener)

    with pytest.raises(ValueError, match=r".+"):
        api_bench.connector.parse_postback(exchange.headers, exchange.body.replace(b"checksum", b"cheksum"), None)


async def test_t43_every_copy_of_a_postback_says_the_same(api_bench: Bench, listener: RawServer) -> None:
    """K01."""
    await api_bench.connector.place(await api_bench.session(), order(108))

    exchanges = await _received(listener, at_least=5)
    hints = {
        api_bench.connector.parse_postback(exchange.headers, exchange.body, _secret_in(exchange))
        for exchange in exchanges
    }

    assert len(hints) == 1
