"""All SQL of webhooks/: endpoints, and what goes to them."""

from torana.webhooks.store.delivery_rows import (
    MOST_DELIVERIES,
    WAITING_COLUMNS,
    WAITING_JOINS,
    deliveries,
    drop,
    finish_attempt,
    replay,
    waiting,
)
from torana.webhooks.store.endpoint_rows import (
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    endpoints,
    insert_endpoint,
    lock_endpoint,
    lock_secrets,
    set_secrets,
    share_endpoint,
)

__all__ = [
    "MOST_DELIVERIES",
    "WAITING_COLUMNS",
    "WAITING_JOINS",
    "delete_endpoint",
    "deliveries",
    "disable_endpoint",
    "drop",
    "enable_endpoint",
    "endpoints",
    "finish_attempt",
    "insert_endpoint",
    "lock_endpoint",
    "lock_secrets",
    "replay",
    "set_secrets",
    "share_endpoint",
    "waiting",
]
