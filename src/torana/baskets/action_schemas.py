"""Pending actions on the wire: in the partner's list and in webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPIResponse, Operation

from torana.api.answers import iso
from torana.api.documented import envelope, json_content
from torana.baskets.models import ActionEnd, ActionKind, Frequency, PendingAction, PlanType, WhyNot
from torana.baskets.schedule import due_at, missed_at
from torana.baskets.store.actions import Pending, Standing
from torana.events.types import EventType
from torana.kit.money import short_rupees

ORDERS = {ActionKind.REPAIR: "FIX", ActionKind.REBALANCE: "REBALANCE", ActionKind.SIP: "SIP"}
"""The `orderConfig.type` that does what is asked for; a RECONCILE takes no order."""


def action_body(action: PendingAction, name: str) -> dict[str, Any]:
    """Every key is there, null where its kind has none. `orderConfig` is that of the transaction which does it."""
    amount = None if action.amount is None else short_rupees(action.amount)
    order = {"type": ORDERS.get(action.kind), "iscid": action.iscid} | ({} if amount is None else {"amount": amount})
    return {
        "actionId": action.action_id,
        "action": action.kind.value,
        "iscid": action.iscid,
        "scid": action.scid,
        "name": name,
        "date": iso(action.created_at),
        "version": action.version,
        "batchId": action.batch_id,
        "amount": amount,
        "frequency": None if action.frequency is None else action.frequency.value,
        "scheduledDate": None if action.day is None else iso(due_at(action.day)),
        "sipType": _type_of(action),
        "notPlaced": None if action.why_not is None else action.why_not.value,
        "transactionId": action.transaction_id,
        "endedAt": None if action.ended_at is None else iso(action.ended_at),
        "endedBy": None if action.ended_by is None else action.ended_by.value,
        "orderConfig": order if action.kind in ORDERS else None,
    }


def _type_of(action: PendingAction) -> str | None:
    if action.kind is not ActionKind.SIP:
        return None
    return (PlanType.AUTO if action.consent_id else PlanType.MANUAL).value


def pending_body(pending: Pending) -> dict[str, Any]:
    """One element of the list."""
    until = None
    if pending.action.kind is ActionKind.SIP and pending.plan is not None:
        until = iso(missed_at(pending.plan))
    return action_body(pending.action, pending.name) | {"orderPending": pending.order_open, "until": until}


def action_event(action: PendingAction, standing: Standing) -> dict[str, Any]:
    """The data of an event."""
    return {**msgspec.to_builtins(action), "name": standing.name, "broker": standing.broker}


def _wire(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of no transaction, but for an instalment that was placed by itself: its keys are null."""
    action = msgspec.convert(data, PendingAction)
    return {
        "smallcaseAuthId": action.investor_id,
        **dict.fromkeys(("intent", "notes")),
        "broker": data["broker"],
        "status": "PENDING" if action.ended_at is None else "ENDED",
        **action_body(action, data["name"]),
    }


ACTION_RAISED = EventType("pending_action.raised", _wire)
ACTION_UPDATED = EventType("pending_action.updated", _wire)
"""An instalment that is to be placed by itself was not, and why."""
ACTION_ENDED = EventType("pending_action.ended", _wire)
ACTION_EVENTS = (ACTION_RAISED, ACTION_UPDATED, ACTION_ENDED)

_EXAMPLE = {
    "actionId": "65f0c0ffee65f0c0ffee65f7",
    "action": "SIP",
    "iscid": "65f0c0ffee65f0c0ffee65f2",
    "scid": "LANTERN_0001",
    "name": "Night light",
    "date": "2026-12-01T03:45:01.000Z",
    "version": None,
    "batchId": None,
    "amount": 5000,
    "frequency": "1m",
    "scheduledDate": "2026-12-01T03:45:00.000Z",
    "sipType": "manual",
    "notPlaced": None,
    "transactionId": None,
    "endedAt": None,
    "endedBy": None,
    "orderConfig": {"type": "SIP", "iscid": "65f0c0ffee65f0c0ffee65f2", "amount": 5000},
    "orderPending": False,
    "until": "2027-01-01T03:45:00.000Z",
}
_MAYBE = ["string", "null"]
_ACTION = {
    "type": "object",
    "required": list(_EXAMPLE),
    "properties": {
        "actionId": {"type": "string"},
        "action": {"enum": [kind.value for kind in ActionKind]},
        "iscid": {"type": "string", "description": "The investment."},
        "scid": {"type": "string", "description": "The basket."},
        "name": {"type": "string", "description": "The basket's."},
        "date": {"type": "string", "format": "date-time", "description": "Since when it is asked for."},
        "version": {"type": ["integer", "null"], "description": "REBALANCE: the version of the basket."},
        "batchId": {"type": _MAYBE, "description": "REPAIR: the first batch that left something unfilled."},
        "amount": {"type": ["number", "null"], "description": "SIP: amount of the instalment, rupees."},
        "frequency": {"enum": [*(one.value for one in Frequency), None], "description": "SIP: its plan."},
        "scheduledDate": {"type": _MAYBE, "format": "date-time", "description": "SIP: when it came due."},
        "sipType": {
            "enum": [*(one.value for one in PlanType), None],
            "description": "SIP: auto is tried to be placed by itself on its day. Torana's own extension.",
        },
        "notPlaced": {
            "enum": [*(one.value for one in WhyNot), None],
            "description": "SIP of type auto: why it has not been placed. Torana's own extension.",
        },
        "transactionId": {
            "type": _MAYBE,
            "description": "SIP of type auto: the transaction in which it was placed. Torana's own extension.",
        },
        "endedAt": {"type": _MAYBE, "format": "date-time"},
        "endedBy": {"enum": [*(end.value for end in ActionEnd), None]},
        "orderConfig": {
            "type": ["object", "null"],
            "description": "Of the TRANSACTION that does it; null of a RECONCILE, which takes none. Ours.",
        },
        "orderPending": {"type": "boolean", "description": "An order on the investment is open."},
        "until": {
            "type": _MAYBE,
            "format": "date-time",
            "description": "SIP: when the next instalment comes due, and this one is missed. Torana's own extension.",
        },
    },
}


@dataclass
class PendingActionsOperation(Operation):
    """The reference of the list."""

    def __post_init__(self) -> None:
        answer = {"success": True, "errors": None, "data": {"pendingActions": [_EXAMPLE]}}
        data = {"type": "object", "required": ["pendingActions"], "properties": {
            "pendingActions": {"type": "array", "items": _ACTION}}}  # fmt: skip
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(
                description="What is asked of the investor, the oldest first.",
                content=json_content(envelope(data), actions=answer),
            ),
        }
