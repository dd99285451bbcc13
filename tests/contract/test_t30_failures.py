"""T30 to T39: every row of C.4, over real HTTP: the exact error, and one request at the broker."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.contract.bench import Bench, order
from tests.contract.test_t20_account import CALLS
from tests.support.servers import Exchange, certificate, raw_server
from torana.connectors.contract import (
    BrokerError,
    NotSent,
    RateLimited,
    SessionEnded,
    Unknown,
    Variety,
)
from torana.connectors.hosts import sandbox_hosts
from torana.connectors.registry import BROKERS
from torana.kit.outbound import BrokerClient
from torana.sandbox.faults import Kind, Operation


@dataclass(frozen=True)
class Row:
    """What goes wrong with an answer, and what the connector must say."""

    name: str
    kind: Kind
    how: dict[str, Any] = field(default_factory=dict)
    error: type[BrokerError] = Unknown
    unmapped: bool = False
    slow: bool = False
    exists: bool = True
    """Whether the order is at the broker all the same."""

    def proves(self, bench: Bench) -> type[BrokerError]:
        """Of an order. A 429 proves that it does not exist only where the broker documents that."""
        unproven = self.error is RateLimited and not bench.connector.capabilities.too_fast_is_refused
        return Unknown if unproven else self.error

    def __str__(self) -> str:
        return self.name


ROWS = [
    Row("A01 no answer, placed", Kind.HANG, slow=True),
    Row("A02 no answer, not placed", Kind.HANG, {"placed": False}, slow=True, exists=False),
    Row("A05 400 timed out, placed", Kind.STATUS, {"status": 400, "text": "Order request timed out."}),
    *(Row(f"A06 {status}, placed", Kind.STATUS, {"status": status}) for status in (500, 502, 503, 504)),
    *(
        Row(f"A06 {status}, not placed", Kind.STATUS, {"status": status, "placed": False}, exists=False)
        for status in (500, 502, 503, 504)
    ),
    Row("408", Kind.STATUS, {"status": 408}),
    Row("A07 empty", Kind.EMPTY),
    Row("A07 empty object", Kind.EMPTY_OBJECT),
    Row("A07 a page", Kind.HTML),
    Row("A07 truncated", Kind.TRUNCATED),
    Row("A07 cut", Kind.CUT),
    Row("A07 wrong type", Kind.WRONG_TYPE),
    Row("A07 wrong charset", Kind.WRONG_CHARSET),
    Row("A07 50 MB", Kind.HUGE, {"count": 50}),
    Row("A08 no order id", Kind.NO_ORDER_ID),
    Row("A10 reset before anything", Kind.RESET_BEFORE, exists=False),
    Row("A10 reset after placing", Kind.RESET_AFTER),
    *(Row(f"A11 {status}", Kind.REDIRECT, {"status": status}) for status in (301, 302, 307, 308)),
    Row("A12 a byte a second", Kind.DRIP, slow=True),
    Row("A14 an unseen code", Kind.STRANGE_REJECT, {"placed": False}, unmapped=True, exists=False),
    Row("A14 such a code, untrue", Kind.STRANGE_REJECT, unmapped=True),
    Row("S04 the session dies", Kind.TOKEN_DIES, error=SessionEnded, exists=False),
    Row("S05 too fast", Kind.RATE_LIMITED, error=RateLimited, exists=False),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_t30_placing_ends_in_the_error_that_the_table_says(api_bench: Bench, row: Row) -> None:
    session = await api_bench.session()
    api_bench.fault(row.kind, **row.how)
    connector = api_bench.impatient if row.slow else api_bench.connector
    wanted = order()

    with pytest.raises(BrokerError) as caught:
        await connector.place(session, wanted)

    assert type(caught.value) is row.proves(api_bench)
    assert getattr(caught.value, "unmapped", False) == row.unmapped
    assert api_bench.arrived(Operation.PLACE) == 1
    assert len(api_bench.at_broker(wanted.tag)) == int(row.exists)


@pytest.mark.parametrize("row", [row for row in ROWS if row.exists and not row.slow], ids=str)
async def test_t31_an_order_behind_a_bad_answer_is_found_by_its_tag(api_bench: Bench, row: Row) -> None:
    """A01, A03."""
    session = await api_bench.session()
    api_bench.fault(row.kind, **row.how)
    wanted = order()

    with pytest.raises(Unknown):
        await api_bench.connector.place(session, wanted)

    (found,) = await api_bench.connector.orders_by_tag(session, wanted.tag)
    assert (found.tag, found.quantity) == (wanted.tag, wanted.quantity)


@pytest.mark.parametrize("row", [row for row in ROWS if row.kind is not Kind.NO_ORDER_ID], ids=str)
async def test_t32_cancelling_ends_in_the_error_that_the_table_says(api_bench: Bench, row: Row) -> None:
    session = await api_bench.session()
    placed = await api_bench.connector.place(session, order(118))
    api_bench.fault(row.kind, Operation.CANCEL, **row.how)
    connector = api_bench.impatient if row.slow else api_bench.connector

    with pytest.raises(BrokerError) as caught:
        await connector.cancel(session, placed.broker_order_id, Variety.REGULAR)

    assert type(caught.value) is row.proves(api_bench)
    assert api_bench.arrived(Operation.CANCEL) == 1


NOT_OF_READS = (Kind.NO_ORDER_ID, Kind.STRANGE_REJECT)
BAD_READS = [row for row in ROWS if row.kind not in NOT_OF_READS and "placed" not in row.how]
OPERATIONS = {
    "orders": Operation.ORDERS,
    "orders_by_tag": "*",
    "holdings": Operation.HOLDINGS,
    "funds": Operation.FUNDS,
    "quotes": Operation.QUOTES,
}


@pytest.mark.parametrize("row", [row for row in BAD_READS if not row.slow], ids=str)
async def test_t33_a_read_that_failed_proves_nothing(any_bench: Bench, row: Row) -> None:
    """A18: and it is not tried again."""
    for name, operation in OPERATIONS.items():
        if not any_bench.offers(name):
            continue
        session = await any_bench.session()
        any_bench.fault(row.kind, operation, **row.how)
        before = any_bench.all_arrived

        with pytest.raises(BrokerError) as caught:
            await CALLS[name](any_bench, session)

        assert type(caught.value) is row.error, name
        assert any_bench.all_arrived == before + 1, name
        any_bench.sandbox.faults.clear()


async def test_t34_a_reset_on_a_connection_that_was_used_before_is_unknown(api_bench: Bench) -> None:
    """A10: and the client does not send it again by itself."""
    session = await api_bench.session()
    await api_bench.connector.funds(session)
    api_bench.fault(Kind.RESET_REUSED)
    wanted = order()

    with pytest.raises(Unknown):
        await api_bench.connector.place(session, wanted)

    assert api_bench.arrived(Operation.PLACE) == 1
    assert api_bench.at_broker(wanted.tag) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://no-such-broker.invalid"])
async def test_t35_a_broker_that_cannot_be_reached_was_sent_nothing(api_bench: Bench, url: str) -> None:
    """A09."""
    session = await api_bench.session()
    hosts = sandbox_hosts(BROKERS[api_bench.subject.broker], url)
    async with BrokerClient(api_bench.subject.broker, hosts.origins) as client:
        away = api_bench.built(client=client, sandbox_url=url)

        with pytest.raises(NotSent) as caught:
            await away.place(session, order())

    assert type(caught.value) is NotSent
    assert api_bench.arrived(Operation.PLACE) == 0


async def test_t35_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(api_bench: Bench) -> None:
    """A09, S10."""
    session = await api_bench.session()
    server_side, _ = certificate("127.0.0.1")
    async with raw_server(tls=server_side) as server:
        hosts = sandbox_hosts(BROKERS[api_bench.subject.broker], server.url)
        async with BrokerClient(api_bench.subject.broker, hosts.origins) as client:
            with pytest.raises(NotSent):
                await api_bench.built(client=client, sandbox_url=server.url).place(session, order())

        assert server.requests == 0


async def test_t36_a_silent_server_is_asked_once(api_bench: Bench) -> None:
    """A10: the connection ends without an answer, on the first request and on a later one."""
    session = await api_bench.session()
    async with raw_server(_hang_up) as server:
        hosts = sandbox_hosts(BROKERS[api_bench.subject.broker], server.url)
        async with BrokerClient(api_bench.subject.broker, hosts.origins) as client:
            connector = api_bench.built(client=client, sandbox_url=server.url)
            for sent in (1, 2):
                with pytest.raises(Unknown):
                    await connector.place(session, order())
                assert server.requests == sent


async def _hang_up(exchange: Exchange) -> None:
    exchange.reset()


async def test_t37_no_error_shows_a_secret(api_bench: Bench) -> None:
    """I10, X04."""
    session = await api_bench.session()
    shown: list[str] = []
    for row in ROWS:
        api_bench.fault(row.kind, **row.how)
        with pytest.raises(BrokerError) as caught:
            await (api_bench.impatient if row.slow else api_bench.connector).place(session, order())
        shown += [repr(caught.value), str(caught.value), caught.value.message]
        session = await api_bench.session()

    keys = BROKERS[api_bench.subject.broker].sandbox_keys[api_bench.subject.mode]
    assert not [one for one in session.secrets.values() if one in "".join(shown)]
    hidden = [keys[key.name] for key in BROKERS[api_bench.subject.broker].keys if key.secret]
    assert not [one for one in hidden if one in "".join(shown)]
