"""The example of docs/baskets.md can be published, and the page names every fault."""

import re
from datetime import date
from pathlib import Path

from torana.baskets.draft import Fault, check_draft
from torana.baskets.files import read_yaml
from torana.baskets.investments import Kind
from torana.flows.registry import FLOWS
from torana.transactions.schemas import read_create

PAGE = (Path(__file__).parents[2] / "docs" / "baskets.md").read_text()


def test_the_example_can_be_published() -> None:
    written = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    drafts = [check_draft(body, date(2026, 11, 18)) for text in written for body in read_yaml(text)]

    assert [[each.symbol for each in draft.constituents] for draft in drafts] == [["COALINDIA", "NTPC", "POWERGRID"]]


def test_every_fault_is_on_the_page() -> None:
    assert not [fault.value for fault in Fault if f"`{fault.value}`" not in PAGE]


def test_the_orders_on_the_page_can_be_asked_for() -> None:
    bodies = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)

    wanted = [read_create(FLOWS, body.encode()) for body in bodies]

    assert [(one.kind, one.extra) for one in wanted] == [("BUY", {}), ("REBALANCE", {})]


def test_every_kind_of_order_is_on_the_page() -> None:
    assert not [kind.value for kind in Kind if f"`{kind.value}`" not in PAGE]
