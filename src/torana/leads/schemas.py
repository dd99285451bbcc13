"""Leads on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import OpenAPIResponse, Operation

from torana.api.answers import iso
from torana.api.documented import envelope, json_content
from torana.events.types import EventType
from torana.leads.models import AT_BROKER, Lead, LeadStatus
from torana.transactions.details import event_of, wire_of
from torana.transactions.models import Transaction

_EARLY = {
    LeadStatus.SELECTED_BROKER: LeadStatus.BROKER_REGISTER,
    LeadStatus.PENDING_SUBMISSION: LeadStatus.BROKER_REGISTER,
}
"""Two statuses are told by the lead's status alone, not by the promise (gateway-interface 5.6)."""


def promised(lead: Lead | None) -> dict[str, Any]:
    """What the SDK's promise says. There is a `leadId` once the broker has it."""
    if lead is None:
        return {"leadId": None, "status": None}
    status = _EARLY.get(lead.status, lead.status)
    return {"leadId": lead.lead_id if lead.status in AT_BROKER else None, "status": status.value}


PROMISED_SCHEMA = {
    "leadId": {"type": ["string", "null"], "description": "Account opening: the lead, once the broker has it."},
    "status": {"type": ["string", "null"], "description": "Account opening: how far it got."},
}


def lead_status(lead: Lead) -> dict[str, Any]:
    """The data of leadStatus."""
    return {
        "leadId": lead.lead_id,
        "status": lead.status.value,
        "broker": lead.broker,
        "submittedAt": None if lead.submitted_at is None else iso(lead.submitted_at),
        "updatedAt": iso(lead.updated_at),
    }


def lead_event(transaction: Transaction, lead: Lead) -> dict[str, Any]:
    """The data of `lead.updated`."""
    return event_of(transaction) | {"lead_id": lead.lead_id, "broker": lead.broker, "status": lead.status.value}


def _wire(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**wire_of(data), "leadId": data["lead_id"], "status": data["status"]}


LEAD_UPDATED = EventType("lead.updated", _wire)

_EXAMPLE = {
    "leadId": "65f0c0ffee65f0c0ffee65f0",
    "status": "PROCESSING",
    "broker": "kite",
    "submittedAt": "2026-11-18T05:12:30.000Z",
    "updatedAt": "2026-11-18T05:20:00.000Z",
}
_DATA = {
    "type": "object",
    "required": list(_EXAMPLE),
    "properties": {
        "leadId": {"type": "string"},
        "status": {"enum": [status.value for status in LeadStatus]},
        "broker": {"type": ["string", "null"], "description": "Where the account is opened."},
        "submittedAt": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When the broker had it. Torana's own extension.",
        },
        "updatedAt": {"type": "string", "format": "date-time", "description": "Torana's own extension."},
    },
}


@dataclass
class LeadStatusOperation(Operation):
    """The reference of leadStatus."""

    def __post_init__(self) -> None:
        answer = {"success": True, "errors": None, "data": _EXAMPLE}
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(
                description="How far the account opening is.", content=json_content(envelope(_DATA), lead=answer)
            ),
        }
