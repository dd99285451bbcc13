"""Which columns hold sealed values. Every column that is written with `Cipher.seal` stands here, or is declared by the
table of an intent (`kit/tables.py`)."""

from dataclasses import dataclass

from torana.flows.registry import FLOWS
from torana.kit.cipher import sealed_place
from torana.kit.tables import Mark, PersonalTable


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """`keys` is the primary key: the gateway's id first (a mode, where it is no gateway's table), the row's own id
    last."""

    table: str
    column: str
    keys: tuple[str, ...]

    def place(self, key: tuple[str, ...]) -> str:
        """What the value of the row with this key is bound to."""
        return sealed_place("/".join(key[:-1]) or key[0], self.table, key[-1], self.column)

    @property
    def of_gateways(self) -> bool:
        return self.keys[0] == "gateway_id"


_SEALED = (
    SealedColumn("gateways", "secret", ("gateway_id",)),
    SealedColumn("gateways", "api_secret", ("gateway_id",)),
    SealedColumn("gateways", "previous_secret", ("gateway_id",)),
    SealedColumn("gateways", "previous_api_secret", ("gateway_id",)),
    SealedColumn("visits", "login_kept", ("gateway_id", "visit_id")),
    SealedColumn("broker_sessions", "token", ("gateway_id", "session_id")),
    SealedColumn("transactions", "personal", ("gateway_id", "transaction_id")),
    SealedColumn("endpoints", "secret", ("gateway_id", "endpoint_id")),
    SealedColumn("idempotency_keys", "body", ("gateway_id", "key")),
    SealedColumn("vault", "sealed", ("mode", "broker", "name")),
)


def sealed_columns() -> list[SealedColumn]:
    """Every column that is written with `Cipher.seal`: those above, and those that intents declare."""
    declared = [_column(table, one.column) for table in FLOWS.tables for one in table.sealed]
    return [*_SEALED, *declared]


@dataclass(frozen=True, slots=True)
class MarkedColumn:
    """A column of marks that an intent declares, and the sealed one from which they are made."""

    column: SealedColumn
    sealed: SealedColumn
    mark: Mark


def marked_columns() -> list[MarkedColumn]:
    return [
        MarkedColumn(_column(table, table.mark.column), _column(table, table.mark.sealed), table.mark)
        for table in FLOWS.tables
        if table.mark is not None
    ]


def _column(table: PersonalTable, column: str) -> SealedColumn:
    return SealedColumn(table.name, column, ("gateway_id", table.owner.value))
