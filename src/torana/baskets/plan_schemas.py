"""An instalment plan on the wire: `sipDetails` of the promise, of a look-up and of the webhook."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from torana.api.answers import iso
from torana.baskets.models import Frequency, Investment, Plan, PlanEnd, PlanType
from torana.baskets.schedule import due_at, next_day
from torana.events.types import EventType
from torana.kit.money import Paise, short_rupees
from torana.transactions.details import wire_of


class PlanAction(StrEnum):
    """What was done to a plan: the interface's words."""

    CREATE = "create"
    MANAGE = "manage"
    END = "end"


class PlanResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a plan, as it is kept. Of an end there is nothing more to tell."""

    action: PlanAction
    iscid: str
    scid: str
    amount: Paise | None = None
    frequency: Frequency | None = None
    day: date | None = None
    type: PlanType = PlanType.MANUAL


def type_of(plan: Plan) -> PlanType:
    return PlanType.AUTO if plan.consent_id else PlanType.MANUAL


def result_of(action: PlanAction, investment: Investment, plan: Plan) -> PlanResult:
    if action is PlanAction.END:
        return PlanResult(action, investment.iscid, investment.scid)
    terms = plan.amount, plan.frequency, next_day(plan), type_of(plan)
    return PlanResult(action, investment.iscid, investment.scid, *terms)


def details_of(plan: Plan) -> dict[str, Any]:
    """What runs, in the wire form: `scheduledDate` is when the next instalment comes due."""
    return {"sipActive": True, **_terms(plan.amount, plan.frequency, next_day(plan), type_of(plan))}


def _terms(amount: Paise, frequency: Frequency, day: date, type_: PlanType) -> dict[str, Any]:
    return {
        "sipType": type_.value,
        "amount": short_rupees(amount),
        "frequency": frequency.value,
        "scheduledDate": iso(due_at(day)),
    }


def sip_details(result: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a SIP_SETUP did, in the wire form. Null once the person was erased."""
    if result is None:
        return {"sipDetails": None}
    known = msgspec.convert(result, PlanResult)
    details: dict[str, Any] = {"sipAction": known.action.value, "sipActive": known.action is not PlanAction.END}
    if known.amount is not None and known.frequency is not None and known.day is not None:
        details |= _terms(known.amount, known.frequency, known.day, known.type)
    return {"sipDetails": {**details, "iscid": known.iscid, "scid": known.scid}}


def ended_alone(investment: Investment, broker: str, why: PlanEnd) -> dict[str, Any]:
    """The data of the event of a plan that ended without its investor."""
    return {
        "transaction_id": None,
        "investor_id": investment.investor_id,
        "broker": broker,
        "intent": None,
        "result": msgspec.to_builtins(PlanResult(PlanAction.END, investment.iscid, investment.scid)),
        "reason": why.value,
    }


def _wire(data: Mapping[str, Any]) -> dict[str, Any]:
    """`reason`: why the plan ended; null where it has not."""
    told = sip_details(data.get("result"))
    ended = told["sipDetails"] is not None and not told["sipDetails"]["sipActive"]
    reason = data.get("reason", PlanEnd.INVESTOR.value) if ended else None
    return {**wire_of(data), "status": "COMPLETED", "reason": reason, **told}


PLAN_UPDATED = EventType("instalment_plan.updated", _wire)

PLAN_SCHEMA = {
    "sipDetails": {
        "type": ["object", "null"],
        "description": "SIP_SETUP: the plan as the investor agreed to it; of an end only sipAction, sipActive, iscid "
        "and scid. Null once the person was erased.",
        "required": ["sipAction", "sipActive", "iscid", "scid"],
        "properties": {
            "sipAction": {"enum": [one.value for one in PlanAction]},
            "sipType": {
                "enum": [one.value for one in PlanType],
                "description": "auto: instalments are placed by themselves where they can be.",
            },
            "sipActive": {"type": "boolean", "description": "Whether instalments come."},
            "amount": {"type": "number", "description": "Of an instalment, rupees."},
            "frequency": {"enum": [one.value for one in Frequency]},
            "iscid": {"type": "string"},
            "scid": {"type": "string"},
            "scheduledDate": {
                "type": "string",
                "format": "date-time",
                "description": "When the next instalment comes due: at the opening of its day, or of the next one with "
                "trading.",
            },
        },
    }
}
PLAN_EXAMPLE = {
    "sipDetails": {
        "sipAction": "create",
        "sipActive": True,
        "sipType": "manual",
        "amount": 5000,
        "frequency": "1m",
        "scheduledDate": "2026-12-01T03:45:00.000Z",
        "iscid": "65f0c0ffee65f0c0ffee65f2",
        "scid": "LANTERN_0001",
    }
}
