"""The examples of docs/mutual-funds.md: what they send is taken, what they show is what comes."""

import re
from pathlib import Path
from typing import Any

import msgspec

from tests.mutual_funds.steps import fetched, webhook
from tests.support.clock import HandClock
from tests.support.gateway import Caller
from torana.mutual_funds.imports import FundImports

PAGE = (Path(__file__).parents[2] / "docs" / "mutual-funds.md").read_text("utf-8")


def example(name: str) -> dict[str, Any]:
    found = re.search(rf"```json {name}\n(.*?)```", PAGE, re.S)
    assert found is not None, name
    body: dict[str, Any] = msgspec.json.decode(found[1])
    return body


async def test_the_examples(partner: Caller, imports: FundImports, clock: HandClock) -> None:
    made = await partner.create(example("create"))
    transaction_id = made.json()["data"]["transactionId"]
    for call in ("getOtp", "verifyOtp"):
        body = example(call) | {"transactionId": transaction_id}
        answer = await partner.client.post(f"/gateway/mf/{call}", json=body, headers=partner.headers())
        assert answer.status_code == 200, answer.text
    await fetched(imports, partner, clock)
    told = (await partner.details(transaction_id)).json()["data"]["success"]
    hook = await webhook(imports, partner, transaction_id)

    shown = example("result")
    assert shown.keys() <= told.keys()
    holding = told["casSummary"]["holdings"][0]
    assert list(holding) == list(shown["casSummary"]["holdings"][0])
    assert list(told["casSummary"]) == list(shown["casSummary"])
    assert list(told["casSummary"]["stats"]) == list(shown["casSummary"]["stats"])
    keys = ", ".join(f'"{key}"' for key in told["casDetail"]["holdings"][0]["transactions"][0])
    assert f"{{{keys}}}" in PAGE
    assert list(hook) == list(example("webhook"))
    assert (hook["notes"], hook["intent"]) == ("user 7", example("webhook")["intent"])
