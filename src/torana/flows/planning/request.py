"""The body of a SIP_SETUP: how it is read, and what the API reference says of it."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from torana.baskets import store
from torana.baskets.models import Frequency, Plan, PlanType
from torana.baskets.plan_schemas import PlanAction
from torana.baskets.plans import FURTHEST, PlanFault, against, earliest, minimum, runs
from torana.baskets.subject import Subject, investment_of
from torana.connectors.contract import Connector
from torana.connectors.registry import Connectors
from torana.flows.investing.request import AMOUNT_TEXT, ISCID, MOST_AMOUNT, SCID, amount_at, investment_ids
from torana.flows.ordering.schemas import LONGEST_NOTES
from torana.investors import accounts
from torana.kit.database import Database
from torana.kit.errors import ApiError
from torana.kit.letter_case import lower
from torana.kit.money import Paise, inr
from torana.partners.access import Access
from torana.transactions.reading import Faults, keep_unknown

_KEYS = frozenset({"iscid", "scid", "sipAction", "sipType", "amount", "frequency", "scheduledDate", "notes"})
W = TypeVar("W", bound=StrEnum)
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T.*)?", re.ASCII)


class PlanConfig(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of which investment a plan is to be made. The rest stands on its page when it opens; without an `action` it is
    made, or changed where one runs."""

    scid: str | None = None
    iscid: str | None = None
    action: PlanAction | None = None
    type: PlanType | None = None
    amount: Paise | None = None
    frequency: Frequency | None = None
    day: date | None = None


class PlanBody(msgspec.Struct, rename="camel"):
    """An instalment plan on an investment: by `iscid`, or by `scid` where the investor has one investment in that
    basket."""

    iscid: Annotated[Annotated[str, Meta(pattern=ISCID)] | None, Meta(description="The investment.")] = None
    scid: Annotated[Annotated[str, Meta(pattern=SCID)] | None, Meta(description="The basket.")] = None
    sip_action: Annotated[
        PlanAction | None,
        Meta(description="Left out: the investor makes a plan, or changes or ends the one they have."),
    ] = None
    sip_type: Annotated[
        PlanType | None,
        Meta(
            description="manual: the investor confirms each instalment. auto: the page proposes that they agree once "
            "to orders within bounds; SipAutoNotAllowed where the broker (sipAuto) or the rules do not allow it."
        ),
    ] = None
    amount: Annotated[
        Annotated[float, Meta(gt=0, le=MOST_AMOUNT // 100)] | None,
        Meta(
            description=(
                "Amount of an instalment, rupees with at most 2 decimals: filled in on the page when it opens."
            )
        ),
    ] = None
    frequency: Annotated[
        Frequency | None,
        Meta(description="One week, two weeks, one month or three months: filled in on the page when it opens."),
    ] = None
    scheduled_date: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}")] | None,
        Meta(description="Date of the first instalment in India: filled in on the page when it opens."),
    ] = None
    notes: Annotated[
        Annotated[str, Meta(max_length=LONGEST_NOTES)] | None, Meta(description="Where older clients send it.")
    ] = None


class Wrong(list[tuple[PlanFault, str]]):
    """What cannot be asked for, by name and in words."""

    def raise_if_any(self) -> None:
        """Raises `ApiError` (400)."""
        if self:
            text = "; ".join(words for _, words in self)
            raise ApiError(text, errors=[fault.value for fault, _ in self], anchor="instalment-plan")


def read_plan_config(given: Mapping[str, Any], extra: dict[str, Any], faults: Faults) -> PlanConfig:
    """What an `orderConfig` asks for; adds to `faults`. Raises `ApiError` that names what a plan cannot have."""
    keep_unknown(extra, "orderConfig", given, _KEYS)
    scid, iscid = investment_ids(given, faults)
    wrong = Wrong()
    if scid is iscid is None and not faults:
        faults.append("orderConfig.iscid is missing: the investment, as the result of its BUY named it")
    config = PlanConfig(
        scid,
        iscid,
        _one_of(PlanAction, given, "sipAction", PlanFault.ACTION_UNKNOWN, wrong),
        _one_of(PlanType, given, "sipType", PlanFault.TYPE_UNKNOWN, wrong),
        _amount(given.get("amount"), wrong),
        _one_of(Frequency, given, "frequency", PlanFault.FREQUENCY_UNKNOWN, wrong),
        _day(given.get("scheduledDate"), wrong),
    )
    wrong.raise_if_any()
    return config


def _word(given: Mapping[str, Any], key: str) -> str | None:
    found = given.get(key)
    return lower(found) if isinstance(found, str) else None


def _one_of(words: type[W], given: Mapping[str, Any], key: str, fault: PlanFault, wrong: Wrong) -> W | None:
    if given.get(key) is None:
        return None
    word = _word(given, key)
    if word is not None and word in set(words):
        return words(word)
    wrong.append((fault, f"orderConfig.{key} must be {', '.join(words)}"))
    return None


def _amount(given: object, wrong: Wrong) -> Paise | None:
    try:
        return amount_at(given)
    except ValueError:
        wrong.append((PlanFault.AMOUNT, AMOUNT_TEXT))
        return None


def _day(given: object, wrong: Wrong) -> date | None:
    if given is None:
        return None
    found = _DAY.fullmatch(given) if isinstance(given, str) else None
    day = None if found is None else day_in(found[1])
    if day is None:
        text = "orderConfig.scheduledDate must be a day that there is, such as 2026-12-01"
        wrong.append((PlanFault.DATE, text))
    return day


def day_in(given: str) -> date | None:
    """A day as it is typed or sent (`2026-12-01`); None: there is none such."""
    try:
        return date.fromisoformat(given) if _DAY.fullmatch(given) else None
    except ValueError:
        return None


async def plan_subject(
    database: Database, gateway_id: str, investor_id: str | None, config: PlanConfig
) -> tuple[Subject, Plan | None]:
    """The investment, and what there is of its plan. Raises `ApiError` for what this investor does not have."""
    subject = await investment_of(database, gateway_id, investor_id or "", scid=config.scid, iscid=config.iscid)
    if subject.investment is None:
        raise LookupError(f"the basket {subject.basket.scid} without an investment")
    return subject, await store.find_plan(database, gateway_id, subject.investment.iscid)


def auto_fault(subject: Subject, connector: Connector | None) -> str | None:
    """Why instalments of this investment cannot be placed by themselves, in words for the partner; None: they can."""
    if connector is None or not connector.capabilities.sip_auto:
        return "the broker does not take it here, or the installation serves others than its owner and their family"
    if subject.investment is not None and subject.investment.version != subject.basket.version:
        return "the investment holds an older version of the basket: rebalance it first"
    return None


async def _auto_wrong(
    database: Database, connectors: Connectors, access: Access, config: PlanConfig, subject: Subject
) -> str | None:
    """What stands against the type that is asked for."""
    if config.type is not PlanType.AUTO or config.action is PlanAction.END:
        return None
    investor = await accounts.find(database, access.gateway.gateway_id, access.investor_id or "")
    connector = None if investor is None else connectors.find(access.gateway.mode, investor.broker)
    return auto_fault(subject, connector)


async def check_plan(
    database: Database, connectors: Connectors, access: Access, config: PlanConfig, now: datetime
) -> None:
    """Whether this can be asked for now. Raises `ApiError`; nothing was stored by then."""
    gateway = access.gateway
    subject, before = await plan_subject(database, gateway.gateway_id, access.investor_id, config)
    wrong = Wrong()
    if config.action is PlanAction.CREATE and runs(before):
        wrong.append((PlanFault.RUNS, "a plan runs on this investment already: manage it, or end it"))
    if config.action in (PlanAction.MANAGE, PlanAction.END) and not runs(before):
        wrong.append((PlanFault.NONE_RUNS, "no plan runs on this investment"))
    ends = config.action is PlanAction.END or (config.action is None and runs(before))
    if subject.basket.archived_at is not None and not ends:
        wrong.append((PlanFault.WITHDRAWN, "the basket was withdrawn: nothing of it is bought"))
    if against_auto := await _auto_wrong(database, connectors, access, config, subject):
        wrong.append((PlanFault.AUTO, f"orderConfig.sipType must be manual: {against_auto}"))
    held = subject.investment
    if held is not None and not held.held and not ends:
        wrong.append((PlanFault.NOTHING_HELD, "nothing is held of this investment"))
    least = None
    if held is not None and config.amount is not None:
        least = await minimum(database, gateway.mode.value, held)
    words = {
        PlanFault.MINIMUM: f"orderConfig.amount must be at least {inr(least or 0)}, or it does not buy a share of each",
        PlanFault.PAST: f"orderConfig.scheduledDate must be {earliest(before, now)} or later",
        PlanFault.FAR: f"orderConfig.scheduledDate must be within {FURTHEST.days} days",
    }
    wrong += [(fault, words[fault]) for fault in against(before, config.amount, config.day, least, now)]
    wrong.raise_if_any()
