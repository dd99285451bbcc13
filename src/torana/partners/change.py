"""What an operator changes of a gateway that is in use. Its id stays, and with it every investor and transaction.

Running processes see a change within `gateways.CACHE_SECONDS`.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec
from msgspec import UNSET, UnsetType

from torana.kit.cipher import Cipher
from torana.kit.database import Connection, Database
from torana.kit.errors import ConfigurationError
from torana.kit.ids import new_secret
from torana.partners import store
from torana.partners.gateway_details import normal_accent, normal_brokers, normal_link
from torana.partners.gateways import place_of
from torana.partners.models import Mode
from torana.partners.origins import normal_origin

OVERLAP = timedelta(hours=24)
"""How long a replaced secret goes on working, unless the operator says otherwise."""


class GatewayChange(msgspec.Struct, frozen=True):
    """What is not given stays. `origins` takes the place of all that are there; then `add_origins` come and
    `remove_origins` go. `brokers` None: every broker; `accent` None: ours. `links` by name; an empty one goes."""

    display_name: str | None = None
    origins: Sequence[str] | None = None
    add_origins: Sequence[str] = ()
    remove_origins: Sequence[str] = ()
    brokers: Sequence[str] | UnsetType | None = UNSET
    accent: str | UnsetType | None = UNSET
    links: Mapping[str, str] = MappingProxyType({})


class Rotated(msgspec.Struct, frozen=True):
    """New secrets, None for one that stayed. The replaced ones work until `until`."""

    secret: str | None
    api_secret: str | None
    until: datetime

    def __repr__(self) -> str:
        return f"Rotated(until={self.until.isoformat()})"


async def update(
    database: Database, name: str, change: GatewayChange, known_brokers: Collection[str]
) -> store.GatewayRow:
    """The gateway as it is after the change. Raises `ConfigurationError`, and has changed nothing then."""
    async with _held(database, name) as (connection, row):
        origins = row.allowed_origins if change.origins is None else [normal_origin(one) for one in change.origins]
        origins = [*origins, *map(normal_origin, change.add_origins)]
        for gone in map(normal_origin, change.remove_origins):
            if gone not in origins:
                raise ConfigurationError(f"{gone} is not among the allowed origins of {name}: see torana gateway list")
            origins = [one for one in origins if one != gone]
        brokers, branding = row.brokers, dict(row.branding)
        if change.brokers is not UNSET:
            brokers = None if change.brokers is None else normal_brokers(change.brokers, Mode(row.mode), known_brokers)
        if change.accent is None:
            branding.pop("accent", None)
        elif change.accent is not UNSET:
            branding["accent"] = normal_accent(change.accent)
        display_name = row.display_name if change.display_name is None else change.display_name.strip()
        if not display_name:
            raise ConfigurationError("the display name is empty: investors need to see a name")
        changed = msgspec.structs.replace(
            row,
            display_name=display_name,
            allowed_origins=list(dict.fromkeys(origins)),
            brokers=brokers,
            branding=branding,
            links=_links(row.links, change.links),
        )
        await store.save_gateway(connection, changed)
        return changed


async def rotate(
    database: Database, cipher: Cipher, name: str, *, secret: bool, api_secret: bool, overlap: timedelta, now: datetime
) -> Rotated:
    """New secrets. The old ones go on working beside them for `overlap`.

    Raises `ConfigurationError` while an earlier overlap of the same secret runs: a third secret would cut off whoever
    still uses the first. With no overlap at all that is what is wanted, and is done.
    """
    until = now + overlap
    async with _held(database, name) as (connection, row):
        new, new_api = (new_secret() if secret else None), (new_secret() if api_secret else None)
        if new is not None:
            _check_free(row.previous_secret_until, overlap, now)
            row = msgspec.structs.replace(
                row,
                secret=cipher.seal(new, bound_to=place_of(row.gateway_id, "secret")),
                previous_secret=_moved(cipher, row.gateway_id, "secret", row.secret, overlap),
                previous_secret_until=until if overlap else None,
            )
        if new_api is not None:
            _check_free(row.previous_api_secret_until, overlap, now)
            row = msgspec.structs.replace(
                row,
                api_secret=cipher.seal(new_api, bound_to=place_of(row.gateway_id, "api_secret")),
                previous_api_secret=_moved(cipher, row.gateway_id, "api_secret", row.api_secret, overlap),
                previous_api_secret_until=until if overlap else None,
            )
        await store.save_gateway(connection, row)
    return Rotated(new, new_api, until)


async def end_overlap(database: Database, name: str, *, secret: bool, api_secret: bool) -> None:
    """The replaced secrets stop working now."""
    async with _held(database, name) as (connection, row):
        if secret:
            row = msgspec.structs.replace(row, previous_secret=None, previous_secret_until=None)
        if api_secret:
            row = msgspec.structs.replace(row, previous_api_secret=None, previous_api_secret_until=None)
        await store.save_gateway(connection, row)


async def suspend(database: Database, name: str, now: datetime) -> datetime:
    """Nothing new is taken from now on. The moment since which that is so; doing it twice changes nothing."""
    async with _held(database, name) as (connection, row):
        since = row.suspended_at or now
        await store.save_gateway(connection, msgspec.structs.replace(row, suspended_at=since))
        return since


async def resume(database: Database, name: str) -> None:
    """The gateway takes requests again."""
    async with _held(database, name) as (connection, row):
        await store.save_gateway(connection, msgspec.structs.replace(row, suspended_at=None))


@asynccontextmanager
async def _held(database: Database, name: str) -> AsyncIterator[tuple[Connection, store.GatewayRow]]:
    """The gateway's row, locked: of two changes at once none is lost."""
    async with database.transaction() as connection:
        row = await store.lock_gateway(connection, name)
        if row is None:
            raise ConfigurationError(f"there is no gateway named {name!r}: see torana gateway list")
        yield connection, row


def _links(there: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Raises `ConfigurationError` for one that cannot be a link."""
    kept = {name: link for name, link in there.items() if name not in wanted}
    return kept | {name: normal_link(name, link) for name, link in wanted.items() if link}


def _check_free(until: datetime | None, overlap: timedelta, now: datetime) -> None:
    if overlap and until is not None and until > now:
        raise ConfigurationError(
            f"the secret before this one still works, until {until.isoformat(timespec='seconds')}: end that first "
            "with --end-overlap, or rotate with --overlap 0 to stop both at once"
        )


def _moved(cipher: Cipher, gateway_id: str, column: str, sealed: bytes, overlap: timedelta) -> bytes | None:
    """The secret of this column as it is kept in the column for the previous one."""
    if not overlap:
        return None
    plain = cipher.open(sealed, bound_to=place_of(gateway_id, column))
    return cipher.seal(plain, bound_to=place_of(gateway_id, f"previous_{column}"))
