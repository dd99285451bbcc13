"""Every Prometheus name of the program in one place. Times in seconds."""

from prometheus_client import Counter, Enum, Gauge, Histogram

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
ATTENTION = Counter(
    "torana_orders_attention_total",
    "Orders for which a person was called, by kind",
    ("broker", "kind"),
)
ROWS_UNREADABLE = Counter(
    "torana_broker_rows_unreadable_total",
    "Rows of brokers' answers that could not be read. whose: foreign (left out), ours (the whole answer proves "
    "nothing), file (of an instrument file, left out)",
    ("broker", "whose"),
)
REFUSALS_UNMAPPED = Counter(
    "torana_broker_refusals_unmapped_total",
    "Refusals of orders with a code that this version does not know",
    ("broker",),
)
BACKGROUND_UP = Gauge("torana_background_up", "1 while this background task of the process runs", ("task",))
BACKGROUND_ENDED = Counter(
    "torana_background_ended_total", "Background tasks that ended and were started again", ("task",)
)
WORKER_SEEN = Gauge("torana_worker_seen_seconds", "Seconds since any worker was seen, when /readyz asked last")
LIVE_UPDATES_UP = Gauge("torana_live_updates_up", "1 while this process hears of events as they happen")
ROWS_REAPED = Counter("torana_rows_reaped_total", "Rows whose time to be kept was over, by kind", ("kind",))
SOCKETS_REFUSED = Counter(
    "torana_sockets_refused_total",
    "Connections of clients that were ended. why: head (too large), slow (head or body did not come), idle (nothing "
    "came), full (no socket left), address (too many of one address)",
    ("why",),
)
CALENDAR_DAYS = Gauge("torana_market_calendar_days", "Days until the market calendar's end; below 0: it is over")
INSTRUMENTS_AGE = Gauge("torana_instruments_age_days", "Age of the list of securities that is in use", ("exchange",))
INSTRUMENTS_REFRESHED = Counter(
    "torana_instruments_refresh_total",
    "Brokers' instrument files. result: refreshed, or why nothing was changed: not_fetched, unreadable, shrunk, "
    "no_securities",
    ("broker", "result"),
)
OVERLOADED = Gauge("torana_overloaded", "1 while this process has more to do than it can")
OVERLOAD_REFUSED = Counter("torana_overload_refused_total", "Requests for something new that were refused for it")
DUE_LATE = Histogram(
    "torana_due_late_seconds",
    "How long a row had been due when a worker took it",
    ("table",),
    buckets=(0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0),
)
