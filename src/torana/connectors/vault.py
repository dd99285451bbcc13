"""The vault of the installation: secrets of a vendor at a broker, sealed, in the database that all processes share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from torana.connectors.contract import Entry, Vault, VaultUnavailable
from torana.kit.cipher import CannotOpen, Cipher, sealed_place
from torana.kit.clock import Clock
from torana.kit.database import LOST_CONNECTION, Database
from torana.kit.sql import Statement

LOGIN_KEPT = timedelta(days=2)
"""How long an entry of a login stays: no broker's login lives for longer than a day."""

_READ = Statement("""
    select sealed from vault
    where mode = :mode and broker = :broker and name = :name and (expires_at is null or expires_at > :now)
""")
_MAKE = Statement("""
    insert into vault as v (mode, broker, name, sealed, expires_at) values (:mode, :broker, :name, :sealed, :expires_at)
    on conflict (mode, broker, name) do update set sealed = excluded.sealed, expires_at = excluded.expires_at
    where v.expires_at <= :now
    returning sealed
""")
_REPLACE = Statement("""
    update vault set sealed = :sealed, expires_at = :expires_at
    where mode = :mode and broker = :broker and name = :name and sealed = :was
    returning sealed
""")
_REMOVE = Statement("""
    delete from vault where mode = :mode and broker = :broker and name = :name and sealed = :was returning sealed
""")


def vaults(database: Database, cipher: Cipher, clock: Clock) -> Callable[[str, str], Vault]:
    """Makes the vault of a mode and broker."""
    return lambda mode, broker: DatabaseVault(database, cipher, clock, mode, broker)


@dataclass(frozen=True, slots=True)
class DatabaseVault:
    """Values are compared by their sealed bytes, of which no two are alike; one that was sealed anew with another key
    meanwhile counts as changed, and is read again."""

    database: Database = field(repr=False)
    cipher: Cipher = field(repr=False)
    clock: Clock = field(repr=False)
    mode: str
    broker: str

    async def read(self, name: str) -> Entry | None:
        """See `Vault.read`."""
        with _unavailable():
            async with self.database.connection() as connection:
                sealed = await connection.fetchval(*_READ(**self._key(name), now=self.clock.now()))
            return None if sealed is None else Entry(self.cipher.open(sealed, bound_to=self._place(name)), sealed)

    async def keep(self, name: str, value: str | None, was: Entry | None, *, of_login: bool) -> Entry | None:
        """See `Vault.keep`."""
        key, now = self._key(name), self.clock.now()
        if value is None:
            statement = None if was is None else _REMOVE(**key, was=was.mark)
        else:
            sealed = self.cipher.seal(value, bound_to=self._place(name))
            new = {**key, "sealed": sealed, "expires_at": now + LOGIN_KEPT if of_login else None}
            statement = _MAKE(**new, now=now) if was is None else _REPLACE(**new, was=was.mark)
        with _unavailable():
            done = None
            if statement is not None:
                async with self.database.connection() as connection:
                    done = await connection.fetchval(*statement)
        if done is None:
            return await self.read(name)
        return None if value is None else Entry(value, done)

    def _key(self, name: str) -> dict[str, str]:
        return {"mode": self.mode, "broker": self.broker, "name": name}

    def _place(self, name: str) -> str:
        return sealed_place(f"{self.mode}/{self.broker}", "vault", name, "sealed")


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except CannotOpen:
        raise VaultUnavailable("its value does not open with the keys of this installation") from None
    except LOST_CONNECTION as error:
        raise VaultUnavailable(f"the database does not answer ({type(error).__name__})") from None
