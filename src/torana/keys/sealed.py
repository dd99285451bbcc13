"""Which columns hold sealed values. Every column that is written with `Cipher.seal` stands here."""

from dataclasses import dataclass

from torana.kit.cipher import sealed_place


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


SEALED = (
    SealedColumn("gateways", "secret", ("gateway_id",)),
    SealedColumn("gateways", "api_secret", ("gateway_id",)),
    SealedColumn("gateways", "previous_secret", ("gateway_id",)),
    SealedColumn("gateways", "previous_api_secret", ("gateway_id",)),
    SealedColumn("visits", "login_kept", ("gateway_id", "visit_id")),
    SealedColumn("broker_sessions", "token", ("gateway_id", "session_id")),
    SealedColumn("transactions", "personal", ("gateway_id", "transaction_id")),
    SealedColumn("fund_imports", "applicant", ("gateway_id", "transaction_id")),
    SealedColumn("fund_imports", "reference", ("gateway_id", "transaction_id")),
    SealedColumn("fund_imports", "statement", ("gateway_id", "transaction_id")),
    SealedColumn("leads", "sealed", ("gateway_id", "transaction_id")),
    SealedColumn("one_time_codes", "sealed", ("gateway_id", "transaction_id")),
    SealedColumn("holdings_snapshots", "securities_v1", ("gateway_id", "investor_id")),
    SealedColumn("holdings_snapshots", "securities_v2", ("gateway_id", "investor_id")),
    SealedColumn("endpoints", "secret", ("gateway_id", "endpoint_id")),
    SealedColumn("idempotency_keys", "body", ("gateway_id", "key")),
    SealedColumn("vault", "sealed", ("mode", "broker", "name")),
)

PHONE_MARKS = SealedColumn("leads", "phone_mark", ("gateway_id", "transaction_id"))
"""Not sealed: made with a key from what is sealed beside it, so that a phone number is found (`leads/marks.py`). Marks
of `one_time_codes` and `one_time_code_counts` live for a day and are not made anew."""
