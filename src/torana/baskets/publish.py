"""Publish a basket: compare the draft with what is there, and write what differs.

Other constituents, weights or shares are a new version, which later asks every investor who holds the old one to
rebalance. Other texts are no new version.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from torana.baskets import store
from torana.baskets.models import WHOLE_WEIGHT, Basket, Change, Constituent, Draft, Outcome, Profile, Published
from torana.baskets.schemas import WIRE_NAMES
from torana.kit.database import Connection
from torana.kit.money import shortest


async def publish(connection: Connection, gateway_id: str, draft: Draft, now: datetime) -> Published:
    """Write the draft, in the database transaction of the caller. A second publication of the same draft changes
    nothing. Two at once take turns."""
    held = await store.lock(connection, gateway_id, draft.scid, now)
    there = await store.read(connection, gateway_id, draft.scid) if held else None
    published = compare(draft, there)
    if published.outcome is Outcome.UNCHANGED:
        return published
    if published.version != held:
        await store.add_version(
            connection,
            gateway_id,
            draft.scid,
            version=published.version,
            constituents=draft.constituents,
            profile=draft.profile,
            now=now,
        )
    await store.save(
        connection,
        gateway_id,
        draft.scid,
        version=published.version,
        profile=draft.profile,
        active=draft.active,
        asks_holders=there is not None and (published.version != held or (there.archived_at is None) != draft.active),
        now=now,
    )
    return published


def compare(draft: Draft, there: Basket | None) -> Published:
    """What publishing the draft does, where `there` is the basket so far (None: there is none)."""
    holds = _constituent_changes(() if there is None else there.constituents, draft.constituents)
    says = _profile_changes(None if there is None else there.profile, draft.profile)
    if there is None:
        return Published(draft.scid, Outcome.CREATED, 1, (*says, *holds))
    was_active = there.archived_at is None
    if was_active != draft.active:
        says = (*says, Change("active", _word(was_active), _word(draft.active)))
    if holds:
        return Published(draft.scid, Outcome.NEW_VERSION, there.version + 1, (*says, *holds))
    return Published(draft.scid, Outcome.CHANGED if says else Outcome.UNCHANGED, there.version, says)


def _constituent_changes(before: Sequence[Constituent], after: Sequence[Constituent]) -> tuple[Change, ...]:
    old, new = _by_listing(before), _by_listing(after)
    return tuple(
        Change(f"constituents.{symbol}", _part(old.get(key)), _part(new.get(key)))
        for key, symbol in sorted({**_symbols(before), **_symbols(after)}.items(), key=lambda pair: pair[1])
        if _part(old.get(key)) != _part(new.get(key))
    )


def _by_listing(constituents: Sequence[Constituent]) -> Mapping[tuple[str, str], Constituent]:
    return {(each.isin, each.exchange): each for each in constituents}


def _symbols(constituents: Sequence[Constituent]) -> Mapping[tuple[str, str], str]:
    return {(each.isin, each.exchange): each.symbol for each in constituents}


def _part(constituent: Constituent | None) -> str | None:
    """`weight 0.25` or `3 shares`."""
    if constituent is None:
        return None
    if constituent.weight is not None:
        return f"weight {shortest(Decimal(constituent.weight) / WHOLE_WEIGHT)}"
    return f"{constituent.shares} share{'' if constituent.shares == 1 else 's'}"


def _profile_changes(before: Profile | None, after: Profile) -> tuple[Change, ...]:
    old = {} if before is None else _flat(before)
    new = _flat(after)
    return tuple(Change(name, old.get(name), new[name]) for name in new if old.get(name) != new[name])


def _flat(profile: Profile) -> dict[str, str | None]:
    """Field by field as text, `registration.validUntil` for one within another."""
    found: dict[str, str | None] = {}
    for name, value in msgspec.to_builtins(profile).items():
        inner = value.items() if isinstance(value, dict) else ((None, value),)
        for part, each in inner:
            path = WIRE_NAMES[name] if part is None else f"{WIRE_NAMES[name]}.{WIRE_NAMES[part]}"
            found[path] = None if each is None else str(each)
    return found


def _word(value: bool) -> str:
    return "true" if value else "false"
