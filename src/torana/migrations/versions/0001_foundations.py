"""Partners, transactions, orders, events, webhooks."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    """
    create table partners (
        partner_id text primary key,
        name text not null,
        created_at timestamptz not null
    )
    """,
    """
    create table gateways (
        gateway_id text primary key,
        partner_id text not null references partners,
        name text not null unique check (name ~ '^[a-z][a-z0-9_-]{1,62}$'),
        display_name text not null,
        mode text not null check (mode in ('test', 'live')),
        secret bytea not null,
        api_secret bytea not null,
        brokers text[],
        allowed_origins text[] not null default '{}',
        branding jsonb not null default '{}',
        created_at timestamptz not null
    )
    """,
    """
    create table investors (
        gateway_id text not null references gateways,
        investor_id text not null,
        broker text not null,
        broker_user_id text not null,
        created_at timestamptz not null,
        primary key (gateway_id, investor_id),
        unique (gateway_id, broker, broker_user_id)
    )
    """,
    """
    create table broker_sessions (
        gateway_id text not null,
        session_id text not null,
        investor_id text not null,
        broker text not null,
        token bytea not null,
        edis_needed boolean,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        ended_at timestamptz,
        primary key (gateway_id, session_id),
        foreign key (gateway_id, investor_id) references investors
    )
    """,
    "create index on broker_sessions (gateway_id, investor_id, created_at desc)",
    """
    create table transactions (
        gateway_id text not null references gateways,
        transaction_id text not null,
        intent text not null,
        status text not null,
        order_config jsonb,
        notes text,
        extra jsonb not null default '{}',
        asked_investor_id text,
        investor_id text,
        session_id text,
        broker text,
        error_name text,
        error_code int,
        event_count int not null default 0,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz,
        confirmed_at timestamptz,
        settled_at timestamptz,
        finished_at timestamptz,
        due_at timestamptz,
        lease_until timestamptz,
        lease_token bigint not null default 0,
        attempts int not null default 0,
        primary key (gateway_id, transaction_id)
    )
    """,
    "create index on transactions (due_at) where due_at is not null",
    """
    create table visits (
        gateway_id text not null,
        visit_id text not null,
        transaction_id text not null,
        flow_hash bytea not null,
        cookie_hash bytea not null,
        asked_investor_id text,
        brokers text[],
        amo boolean not null default false,
        return_url text,
        broker text,
        login_hash bytea,
        review_hash bytea,
        handed_over_at timestamptz,
        left_at timestamptz,
        seen_at timestamptz,
        closed_at timestamptz,
        created_at timestamptz not null,
        primary key (gateway_id, visit_id),
        unique (gateway_id, transaction_id),
        foreign key (gateway_id, transaction_id) references transactions
    )
    """,
    """
    create table batches (
        gateway_id text not null,
        batch_id text not null,
        transaction_id text not null,
        investor_id text not null,
        session_id text not null,
        broker text not null,
        execution_mode text not null,
        variety text not null,
        status text not null,
        confirmed_hash bytea not null,
        stopped_reason text,
        created_at timestamptz not null,
        returned_at timestamptz,
        placed_at timestamptz,
        completed_at timestamptz,
        hints int not null default 0,
        due_at timestamptz,
        lease_until timestamptz,
        lease_token bigint not null default 0,
        attempts int not null default 0,
        primary key (gateway_id, batch_id),
        foreign key (gateway_id, transaction_id) references transactions
    )
    """,
    "create index on batches (due_at) where due_at is not null",
    "create index on batches (gateway_id, transaction_id)",
    """
    create table orders (
        gateway_id text not null,
        order_id text not null,
        batch_id text not null,
        line int not null,
        symbol text not null,
        exchange text not null,
        isin text not null,
        side text not null check (side in ('BUY', 'SELL')),
        quantity bigint not null check (quantity > 0),
        order_type text not null check (order_type in ('MARKET', 'LIMIT')),
        limit_price bigint,
        state text not null,
        broker_order_id text,
        exchange_order_id text,
        broker_status text,
        filled_quantity bigint not null default 0,
        average_price bigint not null default 0,
        reason text,
        message text,
        attention text,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        final_at timestamptz,
        primary key (gateway_id, order_id),
        unique (gateway_id, batch_id, line),
        foreign key (gateway_id, batch_id) references batches
    )
    """,
    """
    create table attempts (
        gateway_id text not null,
        attempt_id text not null,
        order_id text not null,
        number int not null,
        tag text not null unique,
        state text not null,
        started_at timestamptz,
        ended_at timestamptz,
        window_ends_at timestamptz,
        sends int not null default 0,
        lookups int not null default 0,
        detail text,
        primary key (gateway_id, attempt_id),
        unique (gateway_id, order_id, number),
        foreign key (gateway_id, order_id) references orders
    )
    """,
    """
    create table events (
        gateway_id text not null references gateways,
        event_id text not null,
        transaction_id text,
        sequence int,
        type text not null,
        data jsonb not null,
        created_at timestamptz not null,
        primary key (gateway_id, event_id),
        unique (gateway_id, transaction_id, sequence)
    )
    """,
    "create index on events (gateway_id, created_at)",
    """
    create table endpoints (
        gateway_id text not null references gateways,
        endpoint_id text not null,
        url text not null,
        secret bytea not null,
        event_types text[],
        created_at timestamptz not null,
        disabled_at timestamptz,
        disabled_reason text,
        primary key (gateway_id, endpoint_id)
    )
    """,
    """
    create table deliveries (
        gateway_id text not null,
        delivery_id text not null,
        endpoint_id text not null,
        event_id text not null,
        state text not null default 'PENDING',
        created_at timestamptz not null,
        delivered_at timestamptz,
        due_at timestamptz,
        lease_until timestamptz,
        lease_token bigint not null default 0,
        attempts int not null default 0,
        primary key (gateway_id, delivery_id),
        unique (gateway_id, endpoint_id, event_id),
        foreign key (gateway_id, endpoint_id) references endpoints on delete cascade,
        foreign key (gateway_id, event_id) references events
    )
    """,
    "create index on deliveries (due_at) where due_at is not null",
    "create index on deliveries (gateway_id, created_at)",
    """
    create table delivery_attempts (
        gateway_id text not null,
        delivery_id text not null,
        number int not null,
        started_at timestamptz not null,
        milliseconds int not null,
        status_code int,
        error text,
        response text,
        primary key (gateway_id, delivery_id, number),
        foreign key (gateway_id, delivery_id) references deliveries on delete cascade
    )
    """,
    """
    create table idempotency_keys (
        gateway_id text not null references gateways,
        key text not null,
        fingerprint bytea not null,
        locked_at timestamptz not null,
        status_code int,
        body bytea,
        created_at timestamptz not null,
        primary key (gateway_id, key)
    )
    """,
    "create index on idempotency_keys (created_at)",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    for table in (
        "idempotency_keys",
        "delivery_attempts",
        "deliveries",
        "endpoints",
        "events",
        "attempts",
        "orders",
        "batches",
        "visits",
        "transactions",
        "broker_sessions",
        "investors",
        "gateways",
        "partners",
    ):
        op.execute(f"drop table {table}")
