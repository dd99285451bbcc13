"""`torana try`: exits 0 only for a transaction that completed and whose webhook proved itself."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from click.testing import CliRunner

from tests.cli.running_demo import Demo, running_demo
from tests.support.brokers import ANY_BROKER
from tests.support.processes import ran
from torana.baskets.investments import Kind
from torana.cli.demo_partner.gateway import GatewayClient
from torana.cli.trial import trial
from torana.cli.trial_outcome import Outcome
from torana.cli.trial_run import Trial
from torana.connectors.contract import ExecutionMode
from torana.connectors.registry import BROKERS
from torana.flows.registry import FLOWS
from torana.flows.securities import Securities

pytestmark = pytest.mark.asyncio(loop_scope="module")
OWN_PAGE = next(key for key, one in BROKERS.items() if one.default_mode is ExecutionMode.REDIRECT_BASKET)
"""A broker that takes orders in its own page: of a rebalance the sells, and the buys with a FIX."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        await demo.until("Ctrl-C stops everything")
        yield demo


async def run_try(*words: str, home: Path) -> tuple[int, dict[str, Any]]:
    told = await ran("torana.cli", "try", "--json", *words, environment={"TORANA_HOME": str(home)})
    return told.code, json.loads(told.output)


async def move_exchange(demo: Demo, to: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{demo.ports['--sandbox-port']}/sandbox/clock"
    async with aiohttp.ClientSession() as http, http.post(url, json=to) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("broker", list(BROKERS))
async def test_a_basket_is_bought_from_create_to_webhook(demo: Demo, broker: str) -> None:
    status, told = await run_try("--url", demo.gateway_url, "--broker", broker, home=demo.home)

    assert told["error"] is None
    assert told["completed"]
    assert told["webhook_verified"]
    assert told["transaction_id"].startswith("TRX_")
    assert status == 0


@pytest.mark.parametrize(
    ("flow", "webhook"),
    [
        ("connect", False),
        ("onboarding", False),
        ("securities", True),
        ("fetch_funds", True),
        ("authorise_holdings", True),
        ("holdings_import", True),
        ("cancel_order", True),
        ("cancel_amo", True),
        ("show_orders", False),
        ("smallplug", False),
        ("account_opening", True),
        ("mf_holdings_import", True),
        *((kind.lower(), True) for kind in Kind),
        ("sip_setup", True),
    ],
)
async def test_every_flow_can_be_walked(demo: Demo, flow: str, *, webhook: bool) -> None:
    words = ("--url", demo.gateway_url, "--flow", flow, "--broker", OWN_PAGE if flow == "rebalance" else ANY_BROKER)

    status, told = await run_try(*words, home=demo.home)

    steps = [step["text"] for step in told["steps"]]
    assert told["error"] is None
    assert told["completed"]
    assert told["webhook_verified"] is webhook
    assert any(step.startswith("funds: ") for step in steps) is (flow == "fetch_funds")
    assert ("status: True" in steps) is (flow == "authorise_holdings")
    assert ("status: SUBMITTED" in steps) is (flow == "account_opening")
    assert ("cancelled: True" in steps) is flow.startswith("cancel")
    assert status == 0


async def test_an_account_is_opened_twice_in_a_row(demo: Demo) -> None:
    """Each with a number of its own: the same one is sent no second code so soon."""
    opened = [
        (await run_try("--url", demo.gateway_url, "--flow", "account_opening", home=demo.home))[1]["error"]
        for _ in range(2)
    ]

    assert opened == [None, None]


async def test_the_flows_that_can_be_walked_are_all_that_are_registered() -> None:
    listed = CliRunner().invoke(trial, ["--flow", "list"])
    unknown = CliRunner().invoke(trial, ["--flow", "teleport"])

    assert listed.output.split() == [
        (flow.kind or flow.intent).lower() for flow in FLOWS if flow.by_partner or flow.by_page
    ]
    assert unknown.exit_code == 2
    assert ", ".join(listed.output.split()) in unknown.output


async def test_orders_that_are_rejected_are_a_failure(demo: Demo) -> None:
    status, told = await run_try("--url", demo.gateway_url, "--user", "blocked", home=demo.home)

    assert not told["completed"]
    assert told["error"] == "settled, but not every order was filled"
    assert status == 1


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
async def test_a_webhook_with_a_wrong_signature_is_a_failure(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    registered = GatewayClient.register_endpoint

    async def another_secret(client: GatewayClient, url: str) -> str:
        await registered(client, url)
        return "whsec_" + "YW5vdGhlciBzZWNyZXQsIGFsc28gMzIgYnl0ZXMgbG9uZw=="

    monkeypatch.setattr(GatewayClient, "register_endpoint", another_secret)
    url = demo.gateway_url
    walk = Trial(url, url, flow=Securities(), broker=ANY_BROKER, user="wrong-signature", tell=lambda outcome: None)

    outcome: Outcome = await walk.run()

    assert not outcome.webhook_verified
    assert outcome.error == "a webhook came whose signature is wrong"
    assert not outcome.good


async def test_without_a_demo_it_makes_an_installation_of_its_own(tmp_path: Path) -> None:
    status, told = await run_try("--url", "http://127.0.0.1:9", home=tmp_path)

    assert told["error"] is None
    assert told["good"]
    assert status == 0


async def test_a_closed_market_is_told_by_the_name_that_the_promise_gives(demo: Demo) -> None:
    # Gateways look at the exchange's clock twice a second: so this is the last test of this demo.
    await move_exchange(demo, {"now": "2026-11-23T20:00:00+05:30"})

    status, told = await run_try("--url", demo.gateway_url, home=demo.home)

    assert told["error"] == "the promise was rejected: market_closed 4004"
    assert status == 1
