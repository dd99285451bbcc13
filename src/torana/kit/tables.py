"""What a folder says once of a table of its own that keeps something of a person.

An intent names the tables of its folder (`Intent.tables`). Retention, the export and the erasure of a person, the
withdrawal of a consent and the change of keys work from that: no other file has to name the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from torana.kit.cipher import Cipher


class Owner(StrEnum):
    """To what a row belongs, by the column that names it beside `gateway_id`."""

    TRANSACTION = "transaction_id"
    """Its rows leave with the transaction."""
    INVESTOR = "investor_id"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column that is written with `Cipher.seal`, bound to `sealed_place(gateway_id, table, owner's id, column)`.
    `shown_as`: the key of an export that holds what it opens to, JSON; empty where an export does not show it."""

    column: str
    shown_as: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A column by which a row is found although what it holds is sealed. `made` gives the marks of what the column
    `sealed` opens to, one for each key, that of the key that seals first; none where there is nothing to find:
    `made(cipher, gateway_id, text)`."""

    column: str
    sealed: str
    made: Callable[[Cipher, str, str], tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Age:
    """What leaves a table after so many `days`, counted from its column `since`; of a transaction's table only once the
    transaction has finished. `name` is that of the metric."""

    name: str
    days: int
    setting: str = ""
    """`TORANA_KEEP_{SETTING}_DAYS` is another number of days, `setting` in lower case; empty: there is no setting."""
    since: str = "created_at"
    where: str = "true"
    """A condition on the row, `r`."""
    forget: tuple[str, ...] = ()
    """Sealed columns that are emptied; the row stays. None: the row is deleted."""
    with_transaction: bool = False
    """The transaction of the row leaves, with everything that belongs to it."""
    rows: str = ""
    """SQL that selects the owners of the rows, where that is not a matter of the row alone; it takes `:gateway_id`,
    `:before`, `:limit`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalTable:
    """A table whose primary key is `gateway_id` and its owner's id, or its `key`; nothing of the latter is sealed."""

    name: str
    owner: Owner = Owner.TRANSACTION
    key: str = ""
    """The column that tells the rows of one owner apart; empty: an owner has one."""
    exported_as: str = ""
    """The key of an export that holds its rows; empty: they tell nothing that the other rows do not."""
    sealed: tuple[Sealed, ...] = ()
    mark: Mark | None = None
    hidden: tuple[str, ...] = ()
    """Further columns that an export leaves out: hashes, what serves our own work."""
    erased: str = ""
    """What an erasure of the person sets, as SQL that may name `:now`; empty: the rows are deleted."""
    scopes: frozenset[str] = frozenset()
    """Consents under which it is kept."""
    forgotten: tuple[str, ...] = ()
    """Sealed columns that are emptied when such a consent is withdrawn; none: the rows are deleted."""
    ages: tuple[Age, ...] = ()

    def without(self, columns: tuple[str, ...]) -> str:
        """The head of a statement that empties these sealed columns, or deletes the rows where there are none."""
        if not columns:
            return f"delete from {self.name}"
        emptied = ", ".join(f"{column} = ''" for column in columns)
        return f"update {self.name} set {emptied}"
