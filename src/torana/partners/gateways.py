"""Gateways: find them fast, make them. How they change is in `change`."""

import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

import asyncpg

from torana.kit.cipher import Cipher, sealed_place
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.errors import ConfigurationError
from torana.kit.ids import new_id, new_secret
from torana.partners import store
from torana.partners.models import Gateway, Mode, PreviousSecret
from torana.partners.origins import normal_origin

CACHE_SECONDS = 5.0
"""How long a change of a gateway may take to be seen by every process."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{1,62}")
_MOST_CACHED = 10_000


class Gateways:
    """The gateways of this installation. A gateway that is not there is cached as well, for the same short time."""

    def __init__(self, database: Database, clock: Clock, cipher: Cipher) -> None:
        self._database = database
        self.clock = clock
        self._cipher = cipher
        self._by_name: dict[str, tuple[float, Gateway | None]] = {}
        self._by_id: dict[str, tuple[float, Gateway | None]] = {}

    async def by_name(self, name: str) -> Gateway | None:
        """The gateway of this name, None if there is none."""
        if not (kept := self._by_name.get(name)) or kept[0] < time.monotonic():
            if _NAME.fullmatch(name) is None:
                return None
            kept = self._keep(self._by_name, name, await store.gateway_by_name(self._database, name))
        return kept[1]

    async def by_id(self, gateway_id: str) -> Gateway | None:
        """The gateway of this id, None if there is none."""
        if not (kept := self._by_id.get(gateway_id)) or kept[0] < time.monotonic():
            kept = self._keep(self._by_id, gateway_id, await store.gateway_by_id(self._database, gateway_id))
        return kept[1]

    async def create(
        self,
        *,
        name: str,
        display_name: str,
        mode: Mode,
        allowed_origins: Sequence[str],
        secret: str | None = None,
        api_secret: str | None = None,
        brokers: Sequence[str] | None = None,
        branding: Mapping[str, str] | None = None,
        partner_id: str | None = None,
    ) -> Gateway:
        """Make a gateway; without `partner_id` a partner of the same display name as well.

        Secrets that are not given are made. Raises `ConfigurationError` when the name is taken or is no name, and for
        an origin that is none.
        """
        if _NAME.fullmatch(name) is None:
            raise ConfigurationError(
                f"{name!r} cannot be a gateway's name: 2 to 63 of a-z, 0-9, - and _, beginning with a letter"
            )
        now = self.clock.now()
        gateway_id = new_id("gw")
        gateway = Gateway(
            gateway_id=gateway_id,
            partner_id=partner_id or new_id("prt"),
            name=name,
            display_name=display_name,
            mode=mode,
            secret=secret or new_secret(),
            api_secret=api_secret or new_secret(),
            brokers=None if brokers is None else list(brokers),
            allowed_origins=list(dict.fromkeys(map(normal_origin, allowed_origins))),
            branding=dict(branding or {}),
        )
        row = store.GatewayRow(
            gateway_id=gateway_id,
            partner_id=gateway.partner_id,
            name=name,
            display_name=display_name,
            mode=mode.value,
            secret=self._cipher.seal(gateway.secret, bound_to=place_of(gateway_id, "secret")),
            api_secret=self._cipher.seal(gateway.api_secret, bound_to=place_of(gateway_id, "api_secret")),
            brokers=gateway.brokers,
            allowed_origins=gateway.allowed_origins,
            branding=gateway.branding,
            created_at=now,
        )
        try:
            async with self._database.transaction() as connection:
                if partner_id is None:
                    await store.insert_partner(connection, gateway.partner_id, display_name, now)
                await store.insert_gateway(connection, row)
        except asyncpg.UniqueViolationError:
            raise ConfigurationError(f"there is a gateway named {name!r} already") from None
        self._by_name.pop(name, None)
        return gateway

    def _keep(
        self, kept: dict[str, tuple[float, Gateway | None]], key: str, row: store.GatewayRow | None
    ) -> tuple[float, Gateway | None]:
        if len(kept) >= _MOST_CACHED:
            kept.clear()
        entry = (time.monotonic() + CACHE_SECONDS, None if row is None else self._open(row))
        kept[key] = entry
        return entry

    def _open(self, row: store.GatewayRow) -> Gateway:
        return Gateway(
            gateway_id=row.gateway_id,
            partner_id=row.partner_id,
            name=row.name,
            display_name=row.display_name,
            mode=Mode(row.mode),
            secret=self._cipher.open(row.secret, bound_to=place_of(row.gateway_id, "secret")),
            api_secret=self._cipher.open(row.api_secret, bound_to=place_of(row.gateway_id, "api_secret")),
            brokers=row.brokers,
            allowed_origins=row.allowed_origins,
            branding=row.branding,
            previous_secret=self._previous(row, "previous_secret", row.previous_secret, row.previous_secret_until),
            previous_api_secret=self._previous(
                row, "previous_api_secret", row.previous_api_secret, row.previous_api_secret_until
            ),
            suspended_at=row.suspended_at,
            links=row.links,
        )

    def _previous(
        self, row: store.GatewayRow, column: str, sealed: bytes | None, until: datetime | None
    ) -> PreviousSecret | None:
        # What has run out is not opened: its key may be gone.
        if sealed is None or until is None or until <= self.clock.now():
            return None
        return PreviousSecret(self._cipher.open(sealed, bound_to=place_of(row.gateway_id, column)), until)


def place_of(gateway_id: str, column: str) -> str:
    """Where a secret of a gateway is kept, for the cipher."""
    return sealed_place(gateway_id, "gateways", gateway_id, column)
