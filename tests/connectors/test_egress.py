"""From which address the orders of an account leave."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.connectors.replay import SESSION, Replayer, answer, call, methods_of, replying
from tests.kit.servers import Exchange, raw_server
from torana.cli.main import main
from torana.connectors.contract import BrokerError, Session
from torana.connectors.egress import Egress, EgressClient, Way, read_egress
from torana.connectors.registry import BROKERS, Connectors
from torana.kit.errors import ConfigurationError
from torana.kit.http import Request

HERE = Way("kite", "AB1234", source="127.0.0.2")
FAMILY = Way("kite", source="127.0.0.3")


async def _peer(exchange: Exchange) -> None:
    await exchange.answer(body=str(exchange.writer.get_extra_info("peername")[0]).encode())


@pytest.mark.parametrize(
    ("broker", "account", "seen"),
    [
        ("kite", "AB1234", b"127.0.0.2"),
        ("kite", "XY0001", b"127.0.0.3"),
        ("kite", "", b"127.0.0.3"),
        ("upstox", "AB1234", b"127.0.0.1"),
    ],
)
async def test_a_request_leaves_by_the_address_of_its_account(broker: str, account: str, seen: bytes) -> None:
    async with raw_server(_peer) as server:
        client = EgressClient("live", broker, frozenset({server.url}), Egress([HERE, FAMILY]))
        told = await client.send(Request("GET", f"{server.url}/orders", account=account))
        await client.close()

    assert told.body == seen


async def test_a_request_may_leave_through_a_proxy() -> None:
    async with raw_server() as proxy:
        way = Way("kite", "AB1234", proxy=proxy.url)
        client = EgressClient("live", "kite", frozenset({"http://broker.invalid"}), Egress([way]))
        await client.send(Request("GET", "http://broker.invalid/orders", account="AB1234"))
        await client.close()

    assert [exchange.request_line for exchange in proxy.exchanges] == ["GET http://broker.invalid/orders HTTP/1.1"]


@pytest.mark.parametrize(("broker", "method"), [(one, name) for one in BROKERS for name in methods_of(one)])
async def test_every_request_for_an_investor_says_for_whom_it_is(broker: str, method: str) -> None:
    one, client = replying(broker, answer(b""))

    with pytest.raises(BrokerError):
        await call(one, method)

    assert [request.account for request in client.requests] == ["" if method == "finish_login" else "TR0007"]
    assert SESSION.broker_user_id == "TR0007"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[way", "cannot read"),
        ("x = 1", "cannot read"),
        ('[[road]]\nbroker = "kite"\nsource = "10.0.0.1"', "and nothing else"),
        ('[[way]]\nbroker = "nobody"\nsource = "10.0.0.1"', "way 1: no broker"),
        ('[[way]]\nbroker = "kite"', "exactly one"),
        ('[[way]]\nbroker = "kite"\nsource = "10.0.0.1"\nproxy = "http://p:1"', "exactly one"),
        ('[[way]]\nbroker = "kite"\nsource = "ten"', "no address"),
        ('[[way]]\nbroker = "kite"\nproxy = "socks://p:1"', "http://host:port"),
        ('[[way]]\nbroker = "kite"\nsource = "10.0.0.1"\n[[way]]\nbroker = "kite"\nsource = "10.0.0.2"', "two ways"),
        ('[[way]]\nbroker = "kite"\nsource = "10.0.0.1"\naddress = "here"', "`address` is no address"),
        ('[[way]]\nbroker = "kite"\nadress = "10.0.0.1"', "cannot read"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "egress.toml"
    file.write_text(text)

    with pytest.raises(ConfigurationError, match=says):
        read_egress(file, list(BROKERS))


def test_the_operator_is_told_which_addresses_to_register(tmp_path: Path) -> None:
    file = tmp_path / "egress.toml"
    file.write_text(
        '[[way]]\nbroker = "kite"\naccount = "AB1234"\nsource = "203.0.113.7"\n'
        '[[way]]\nbroker = "upstox"\nproxy = "http://user:secret@proxy.example:3128"\n'
    )

    told = CliRunner().invoke(
        main, ["doctor", "ip"], env={"TORANA_EGRESS_FILE": str(file), "TORANA_HOME": str(tmp_path)}
    )

    assert told.exit_code == 0, told.output
    assert "kite AB1234: source address 203.0.113.7" in told.output
    assert "upstox (every account): proxy proxy.example:3128" in told.output
    assert "secret" not in told.output


ANGEL = {"api_key": "a", "public_ip": "198.51.100.1", "mac_address": "02:00:00:00:00:01"}


@pytest.mark.parametrize(
    ("mode", "account", "seen"),
    [
        ("live", "A1", "203.0.113.7"),
        ("live", "A2", "203.0.113.8"),
        ("live", "A3", "198.51.100.1"),
        ("test", "A1", "127.0.0.1"),
    ],
)
async def test_a_broker_that_wants_the_address_told_hears_that_of_the_account(
    mode: str, account: str, seen: str
) -> None:
    ways = Egress(
        [
            Way("angelbroking", "A1", source="203.0.113.7"),
            Way("angelbroking", "A2", proxy="http://proxy.example:3128", address="203.0.113.8"),
            Way("kite", "A3", source="203.0.113.9"),
        ]
    )
    client = Replayer([answer(b"")])
    connectors = Connectors.build(
        keys={"angelbroking": ANGEL},
        sandbox_url="http://127.0.0.1:8081",
        public_url="https://torana.example",
        client=lambda *_: client,
        egress=ways,
    )
    portfolio = connectors.get(mode, "angelbroking").portfolio
    assert portfolio is not None

    with pytest.raises(BrokerError):
        await portfolio.funds(Session(account, {"token": "token"}))

    (request,) = client.requests
    assert (request.headers["X-ClientPublicIP"], request.account) == (seen, account)
