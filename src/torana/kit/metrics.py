"""Every Prometheus name of the program in one place. Times in seconds."""

from prometheus_client import Counter, Enum, Histogram

_QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

BROKER_CALL = Histogram(
    "torana_broker_call_seconds",
    "Exchanges with a broker. result: 2xx to 5xx, not_sent (no byte left us), unsure (it may have arrived)",
    ("broker", "result"),
    buckets=_QUICK,
)
BREAKER = Enum(
    "torana_broker_breaker",
    "Whether this process lets a broker rest that does not answer",
    ("broker", "mode"),
    states=["closed", "open", "half_open"],
)
BREAKER_REFUSED = Counter(
    "torana_broker_rested_total", "Questions to a broker that were not asked because it rests", ("broker", "mode")
)
DELIVERY = Histogram(
    "torana_webhook_delivery_seconds",
    "Attempts to deliver a webhook. result: delivered, refused (an answer other than 2xx), failed (no answer)",
    ("result",),
    buckets=_QUICK,
)
DUE_HANDLED = Counter(
    "torana_due_handled_total",
    "Due rows worked on. result: done, failed (the handler raised), lost (the lease went to another worker), away "
    "(the database was not there)",
    ("table", "result"),
)
DUE_LATE = Histogram(
    "torana_due_late_seconds",
    "How long a row had been due when a worker took it",
    ("table",),
    buckets=(0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0),
)
