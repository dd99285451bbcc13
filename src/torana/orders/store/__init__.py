"""All SQL of orders/, by what is done: read, save, hint, decide, audit."""

from torana.orders.store.audit import (
    AccountKey,
    InAttention,
    Login,
    Recorded,
    in_attention,
    known_tags,
    live_logins,
    recorded_since,
)
from torana.orders.store.cancel import (
    Cancellation,
    ask,
    batch_of_investor,
    cancellation,
    lock_batch,
    open_cancellations,
    settle,
    still_waiting,
    wait,
)
from torana.orders.store.decide import (
    cancel_planned,
    end_by_hand,
    end_undecided,
    insert_attempts,
    lock_order,
    lock_orders,
)
from torana.orders.store.hints import change_login, hint, hint_batch, mark_returned, wake_open
from torana.orders.store.read import finished, load, of_transactions
from torana.orders.store.save import give_back, insert_batch, write

__all__ = [
    "AccountKey",
    "Cancellation",
    "InAttention",
    "Login",
    "Recorded",
    "ask",
    "batch_of_investor",
    "cancel_planned",
    "cancellation",
    "change_login",
    "end_by_hand",
    "end_undecided",
    "finished",
    "give_back",
    "hint",
    "hint_batch",
    "in_attention",
    "insert_attempts",
    "insert_batch",
    "known_tags",
    "live_logins",
    "load",
    "lock_batch",
    "lock_order",
    "lock_orders",
    "mark_returned",
    "of_transactions",
    "open_cancellations",
    "recorded_since",
    "settle",
    "still_waiting",
    "wait",
    "wake_open",
    "write",
]
