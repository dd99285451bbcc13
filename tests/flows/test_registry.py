"""What every registered flow declares, and that nobody else knows an intent by its name."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from tests.portal.samples import TRANSACTION
from tests.support.brokers import ANY_BROKER
from torana.connections.schemas import CONNECTION_EVENTS
from torana.connectors.contract import ExecutionMode, capabilities_of
from torana.connectors.registry import BROKERS
from torana.flows.authorise_holdings import AuthoriseHoldings
from torana.flows.connect import Connect
from torana.flows.context import meets
from torana.flows.contract import Flow
from torana.flows.fetch_funds import FUNDS, FetchFunds
from torana.flows.registry import EVENT_TYPES, FLOWS
from torana.kit.errors import ApiError
from torana.kit.tables import PersonalTable
from torana.orders.schemas import HALTED, RESUMED
from torana.transactions.intents import INTERFACE_INTENTS, LOGIN, ORDERS, Intents, Need
from torana.transactions.schemas import read_create

SOURCE = Path(__file__).parents[2] / "src/torana"
ALSO_NAMED = {"holdings_snapshots": {"retention"}}
"""A consent does not leave before what a row of this table refers to."""
flows = pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)


@pytest.mark.parametrize(
    "flow", [flow for flow in FLOWS if flow.by_partner or flow.by_page], ids=lambda flow: flow.name
)
def test_a_flow_reads_its_own_examples(flow: Flow[Any]) -> None:
    assert flow.examples
    for example in flow.examples.values():
        wanted = read_create(FLOWS, msgspec.json.encode(example), by_page=not flow.by_partner)
        stored = msgspec.json.decode(msgspec.json.encode(wanted.config))
        transaction = msgspec.structs.replace(TRANSACTION, intent=wanted.intent, kind=wanted.kind, config=stored)

        assert (wanted.intent, wanted.kind, wanted.extra) == (flow.intent, flow.kind, {})
        assert FLOWS.of(transaction) is flow
        assert flow.config_of(transaction) == wanted.config


@flows
def test_a_flow_documents_what_it_tells(flow: Flow[Any]) -> None:
    assert flow.intent in INTERFACE_INTENTS or flow.by_page or not flow.by_partner
    assert flow.lifetime.total_seconds() > 0
    assert set(flow.result_example or {}) <= set(flow.result_schema)
    assert flow.completion is None or flow.completion in flow.events
    assert set(flow.body_schema()["properties"]) <= flow.body_keys


def test_what_is_not_a_partners_is_refused_to_its_server() -> None:
    """What only a page asks for, or nobody, is nothing that a create of a partner's server can name."""
    with pytest.raises(ApiError, match="intent must be"):
        FLOWS.asked_for({"intent": "ACCOUNT_OPENING"})
    connect = {"intent": "CONNECT", "orderConfig": {"type": "INSTEAD_OF_ACCOUNT_OPENING"}}

    assert FLOWS.asked_for({"intent": "ACCOUNT_OPENING"}, by_page=True).intent == "ACCOUNT_OPENING"
    assert [FLOWS.asked_for(connect, by_page=by_page).kind for by_page in (False, True)] == [None, None]


@pytest.mark.parametrize("table", FLOWS.tables, ids=lambda table: table.name)
def test_a_table_of_an_intent_is_named_in_its_own_folder_alone(table: PersonalTable) -> None:
    """What retention, export, erasure, withdrawal and the change of keys do with it follows from what it declares."""
    name = re.compile(rf"\b(?:from|join|into|update|table)\s+{table.name}\b|[\"']{table.name}[\"']")
    code = [path for path in SOURCE.rglob("*.py") if path.relative_to(SOURCE).parts[0] != "migrations"]
    folders = {path.relative_to(SOURCE).parts[0] for path in code if name.search(path.read_text())}

    assert len(folders - ALSO_NAMED.get(table.name, set())) == 1, folders


def test_every_event_has_one_owner() -> None:
    told = {event for flow in FLOWS for event in flow.events} | {*CONNECTION_EVENTS, HALTED, RESUMED}

    assert set(EVENT_TYPES.values()) == told
    assert len(EVENT_TYPES) == len(told)


def test_an_intent_is_registered_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        Intents([Connect(), Connect()])


def test_an_intent_that_is_not_registered_is_an_error() -> None:
    with pytest.raises(LookupError):
        Intents([Connect()]).of(msgspec.structs.replace(TRANSACTION, intent="FETCH_FUNDS", kind=None))


@pytest.mark.parametrize(
    ("orders", "needs", "met"),
    [
        (True, {LOGIN, ORDERS}, True),
        (False, {LOGIN, ORDERS}, False),
        (False, {LOGIN, FUNDS}, True),
        (False, set(), True),
    ],
)
def test_a_broker_has_what_is_needed_or_not(needs: set[Need], *, orders: bool, met: bool) -> None:
    known = capabilities_of(BROKERS[ANY_BROKER], ExecutionMode.SERVER_API)
    known = known if orders else replace(known, order_types=frozenset())

    assert meets(known, needs) is met


def test_a_broker_without_a_portfolio_tells_no_funds() -> None:
    known = replace(capabilities_of(BROKERS[ANY_BROKER], ExecutionMode.SERVER_API), holdings=False)

    assert not meets(known, {LOGIN, FUNDS})
    assert meets(known, {LOGIN, ORDERS})


@pytest.mark.parametrize(
    ("result", "funds", "at"),
    [
        ({"funds": 123450, "read_at": "2026-11-18T05:12:30Z"}, 1234.5, "2026-11-18T05:12:30.000Z"),
        ({"funds": 0, "read_at": "2026-11-18T05:12:30Z"}, 0, "2026-11-18T05:12:30.000Z"),
        (None, None, None),
    ],
)
async def test_funds_are_the_same_in_the_result_and_in_the_webhook(
    result: Any, funds: float | None, at: str | None
) -> None:
    """Null once the person was erased, who then has no notes either: unavailable is never zero."""
    flow = FetchFunds()
    transaction = msgspec.structs.replace(TRANSACTION, intent="FETCH_FUNDS", kind=None, result=result)
    event = {"transaction_id": "TRX_1", "investor_id": "i", "broker": ANY_BROKER, "intent": "FETCH_FUNDS"}

    told = await flow.result(cast(Any, None), transaction)
    body = EVENT_TYPES["funds.fetched"].wire(event | ({"result": result} if result else {}))

    assert told == {"funds": funds, "fundsAt": at}
    assert {key: body[key] for key in told} == told
    assert (body["status"], body["notes"]) == ("COMPLETED", None)


@pytest.mark.parametrize(
    ("result", "status"), [({"status": True}, True), ({"status": False, "standing": False}, False), (None, None)]
)
async def test_an_authorisation_is_the_same_in_the_result_and_in_the_webhook(result: Any, status: bool | None) -> None:
    """Null once the person was erased. In the webhook `status` is the transaction's."""
    flow = AuthoriseHoldings()
    transaction = msgspec.structs.replace(TRANSACTION, intent="AUTHORISE_HOLDINGS", kind=None, result=result)
    event = {"transaction_id": "TRX_1", "investor_id": "i", "broker": ANY_BROKER, "intent": "AUTHORISE_HOLDINGS"}

    told = await flow.result(cast(Any, None), transaction)
    body = EVENT_TYPES["holdings.authorised"].wire(event | ({"result": result} if result else {}))

    assert told == {"status": status}
    assert (body["status"], body["authorised"]) == ("COMPLETED", status)


def test_nobody_outside_of_the_flows_knows_an_intent_by_its_name() -> None:
    """Folders below and above know intents by their registered data."""
    names = re.compile(
        r'"(CONNECT|TRANSACTION|SECURITIES|FETCH_FUNDS|AUTHORISE_HOLDINGS|CANCEL_ORDER|CANCEL_AMO|SHOW_ORDERS|SMALLPLUG)"'
    )
    folders = ("transactions", "orders", "webhooks", "pages", "portal", "events", "investors", "partners", "retention")
    listed = {"transactions/intents.py"}
    """The names of the interface, of which some are registered."""

    found = {
        str(path.relative_to(SOURCE))
        for folder in folders
        for path in (SOURCE / folder).rglob("*.py")
        if names.search(path.read_text("utf-8"))
    }

    assert found <= listed
