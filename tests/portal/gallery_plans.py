"""Pages of instalment plans, in every state."""

from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import msgspec

from tests.baskets.test_outcomes import BEGUN
from tests.portal.samples import ANY, GATEWAY, NOW, TRANSACTION, VISIT
from torana.baskets.models import Basket, Benchmark, Frequency, Plan, Profile, Registration, Schedule
from torana.baskets.plan_schemas import PlanAction, PlanResult
from torana.baskets.plans import PlanFault, Terms
from torana.baskets.subject import Subject
from torana.flows.context import CurrentVisit
from torana.flows.planning import pages
from torana.flows.planning.pages import PlanContext
from torana.pages.render import View

_PROFILE = Profile(
    name="Night light", short_description="", rationale="", publisher_name="Lantern",
    registration=Registration("INH000000000"), benchmark=Benchmark("Nifty 50", ""), rebalance_schedule=Schedule.YEARLY,
)  # fmt: skip
_BASKET = Basket(
    gateway_id="gw_1", scid="LAMP_1", version=1, profile=_PROFILE, constituents=(), created_at=NOW, published_at=NOW,
    archived_at=None,
)  # fmt: skip
_PLAN = Plan(
    gateway_id="gw_1", iscid="a" * 24, investor_id="b" * 24, frequency=Frequency.FORTNIGHTLY, amount=5_000_00,
    first_day=date(2026, 12, 1), created_at=NOW, updated_at=NOW,
)  # fmt: skip
_NEW = PlanContext(
    CurrentVisit(GATEWAY, VISIT, TRANSACTION, "cookie"),
    ANY,
    "AB1234",
    Subject(_BASKET, BEGUN),
    BEGUN,
    None,
    1_374_50,
    NOW,
)
_ABLE = replace(_NEW, may_be_auto=True)
_RUNS = replace(_NEW, before=_PLAN)
_CLOSED = replace(_RUNS, subject=Subject(msgspec.structs.replace(_BASKET, archived_at=NOW), BEGUN))
_TYPED = {"amount": "10", "frequency": "1m", "day": "2026-11-01"}
_FAULTS = (PlanFault.MINIMUM, PlanFault.FREQUENCY_UNKNOWN, PlanFault.PAST)
_TEXTS = pages.problem_texts(_NEW, 10_00)


def _done(action: PlanAction, *terms: Any) -> View:
    result = msgspec.to_builtins(PlanResult(action, "a" * 24, "LAMP_1", *terms))
    return pages.done(CurrentVisit(GATEWAY, VISIT, msgspec.structs.replace(TRANSACTION, result=result), "cookie"), ANY)


PLANNING: dict[str, View] = {
    "plan": pages.form(_NEW, {"amount": "1374.50", "frequency": "1m", "day": "2026-11-18"}),
    "plan-unpriced": pages.form(replace(_NEW, least=None), {"frequency": "1m", "day": "2026-11-18"}),
    "plan-wrong": pages.form(_NEW, _TYPED, MappingProxyType({fault: _TEXTS[fault] for fault in _FAULTS})),
    "plan-runs": pages.form(_RUNS, {"amount": "5000", "frequency": "2w", "day": "2026-12-01"}),
    "plan-review": pages.review(_NEW, Terms(5_000_00, Frequency.MONTHLY, date(2026, 11, 22))),
    "plan-choice": pages.form(_ABLE, {"amount": "5000", "frequency": "1m", "day": "2026-11-22", "type": "auto"}),
    "plan-review-auto": pages.review(_ABLE, Terms(5_000_00, Frequency.MONTHLY, date(2026, 11, 22), auto=True)),
    "plan-end": pages.end_question(_RUNS, _PLAN, may_keep=True),
    "plan-withdrawn": pages.end_question(_CLOSED, _PLAN, may_keep=False),
    "plan-started": _done(PlanAction.CREATE, 5_000_00, Frequency.MONTHLY, date(2026, 12, 1)),
    "plan-changed": _done(PlanAction.MANAGE, 5_000_00, Frequency.WEEKLY, date(2026, 12, 1)),
    "plan-ended": _done(PlanAction.END),
}
