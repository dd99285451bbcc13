"""The example of docs/baskets.md can be published, and the page names every fault."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from tests.support.brokers import ANY_BROKER
from torana.api.answers import encode
from torana.api.guide import REFUSALS
from torana.baskets.action_schemas import action_event
from torana.baskets.adjust import Fault as Unreconcilable
from torana.baskets.dividends import DividendsBody, check_dividends, read_dividends, read_dividends_csv
from torana.baskets.draft import Fault, check_draft
from torana.baskets.files import read_yaml
from torana.baskets.investments import Kind
from torana.baskets.isin_supply import check_changes, read_changes
from torana.baskets.models import ActionEnd, ActionKind, Frequency, PendingAction
from torana.baskets.plan_schemas import PlanAction, PlanResult, sip_details
from torana.baskets.plans import PlanFault
from torana.baskets.reconcile_routes import read_reconcile
from torana.baskets.store.actions import Standing
from torana.flows.planning.request import PlanConfig
from torana.flows.registry import EVENT_TYPES, FLOWS
from torana.transactions.schemas import read_create
from torana.webhooks.models import Event
from torana.webhooks.schemas import webhook_body

PAGE = (Path(__file__).parents[2] / "docs" / "baskets.md").read_text()


def _json() -> list[str]:
    return re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


STANDING = Standing("Night light", 2, True, ANY_BROKER, {})


def test_the_example_can_be_published() -> None:
    written = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    drafts = [check_draft(body, date(2026, 11, 18)) for text in written for body in read_yaml(text)]

    assert [[each.symbol for each in draft.constituents] for draft in drafts] == [["COALINDIA", "NTPC", "POWERGRID"]]


def test_every_fault_is_on_the_page() -> None:
    assert not [fault.value for fault in Fault if f"`{fault.value}`" not in PAGE]


def test_the_orders_on_the_page_can_be_asked_for() -> None:
    bodies = [text for text in _json() if text.startswith('{"intent')]

    wanted = [read_create(FLOWS, body.encode()) for body in bodies]

    kinds = [(one.kind or one.intent, one.extra) for one in wanted]
    assert kinds == [("BUY", {}), ("REBALANCE", {}), ("SMALLPLUG", {}), ("SIP_SETUP", {})]
    plan = wanted[-1].config
    assert isinstance(plan, PlanConfig)
    assert (plan.amount, plan.frequency, plan.day) == (5000_00, "1m", date(2026, 12, 1))


def test_the_plan_on_the_page_is_what_is_told_of_it() -> None:
    (shown,) = (msgspec.json.decode(text) for text in _json() if text.startswith('{"sipDetails'))
    result = PlanResult(
        PlanAction.CREATE, shown["sipDetails"]["iscid"], shown["sipDetails"]["scid"], 5000_00, Frequency.MONTHLY,
        date(2026, 12, 1),
    )  # fmt: skip

    told = sip_details(msgspec.to_builtins(result))

    assert msgspec.json.decode(encode(told)) == shown
    named = next(refusal.errors for refusal in REFUSALS if refusal.anchor == "instalment-plan")
    assert sorted(named) == sorted(PlanFault)


def test_the_dividends_on_the_page_can_be_supplied() -> None:
    (table,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    (body,) = (text for text in _json() if text.startswith('{"dividends'))

    rows = check_dividends(DividendsBody(read_dividends_csv(table.splitlines(keepends=True))))
    sent = check_dividends(read_dividends(body.encode()))

    assert [one.per_share for one in rows.dividends] == [2_50, 15_75]
    assert sent.dividends == rows.dividends[:1]
    assert sent.remove == tuple((one.isin, one.ex_date) for one in rows.dividends[1:])


def test_the_reconciliation_on_the_page_can_be_asked_for() -> None:
    first, amended = (read_reconcile(text.encode()) for text in _json() if '"left"' in text)

    assert [(one.ticker, one.shares, one.price) for one in first.left] == [("NTPC", 2, Decimal("351.5"))]
    assert (len(amended.take_back), amended.left[0].shares) == (1, 1)
    assert not [fault.value for fault in Unreconcilable if f"`{fault.value}`" not in PAGE]


def test_the_isin_change_on_the_page_can_be_supplied() -> None:
    (body,) = (text for text in _json() if text.startswith('{"changes'))

    (change,) = check_changes(read_changes(body.encode()), "gw_1", datetime(2026, 11, 18, tzinfo=UTC))

    assert (change.old_shares, change.new_shares, change.symbol) == (1, 5, "NTPC")


def test_the_pending_action_on_the_page_is_what_is_sent() -> None:
    (shown,) = (msgspec.json.decode(text) for text in _json() if "pending_action" in text)
    action = PendingAction(
        gateway_id="gw_1", action_id=shown["actionId"], investor_id=shown["smallcaseAuthId"], iscid=shown["iscid"],
        scid=shown["scid"], kind=ActionKind.REBALANCE, version=2, created_at=datetime.fromisoformat(shown["date"]),
    )  # fmt: skip
    event = Event("evt_…", None, None, "pending_action.raised", action_event(action, STANDING), action.created_at)

    sent = msgspec.json.decode(webhook_body(EVENT_TYPES, event, "secret"))

    changing = {"eventId", "timestamp", "checksum"}
    assert {key: sent[key] for key in sent.keys() - changing} == {key: shown[key] for key in shown.keys() - changing}
    assert not [end.value for end in ActionEnd if f"`{end.value}`" not in PAGE]


def test_every_kind_of_order_is_on_the_page() -> None:
    assert not [kind.value for kind in Kind if f"`{kind.value}`" not in PAGE]
