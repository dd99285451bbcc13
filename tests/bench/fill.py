"""A database that has seen a lot: finished transactions of one gateway, with everything that belongs to them."""

from datetime import datetime

import asyncpg

from tests.support.brokers import ANY_BROKER
from torana.connectors.contract import OrderType, Side, Variety
from torana.orders.models import ConfirmedLine, confirmed_hash

INVESTORS = 2000
EVENTS = (
    "transaction.created",
    "transaction.opened",
    "transaction.used",
    "transaction.confirmed",
    "batch.placed",
    "orders.updated",
    "batch.completed",
    "transaction.completed",
)
_LINE = ConfirmedLine("TCS", "NSE", "INE467B01029", Side.BUY, 1, OrderType.MARKET, None)

# $1 gateway, $2 how many, $3 the present moment; a year of history, evenly, that ended five days ago.
_MOMENT = "$3::timestamptz - (365 * ($2::int - i + 1)::float8 / $2::int) * interval '1 day' - interval '5 days'"
_EACH = f"(select i, lpad(i::text, 10, '0') as n, {_MOMENT} as at from generate_series(1, $2::int) i) each"
_STATEMENTS = (
    f"""
    insert into idempotency_keys (gateway_id, key, fingerprint, locked_at, status_code, body, created_at)
    select $1, 'fill' || n, 'same', at, 200, '{{}}', $3::timestamptz - random() * interval '1 day' from {_EACH}
    """,
    f"""
    insert into investors (gateway_id, investor_id, broker, broker_user_id, created_at)
    select $1, 'filled' || i, '{ANY_BROKER}', 'FILL' || i, {_MOMENT}
    from generate_series(1, least($2::int, {INVESTORS})) i
    """,
    f"""
    insert into broker_sessions (gateway_id, session_id, investor_id, broker, token, created_at, expires_at, ended_at)
    select $1, 'ses_fill' || n, 'filled' || (i % {INVESTORS} + 1), '{ANY_BROKER}', '', at, at + interval '1 day', at
    from {_EACH}
    """,
    f"""
    insert into transactions (gateway_id, transaction_id, intent, status, investor_id, session_id, broker, event_count,
                              created_at, expires_at, used_at, confirmed_at, settled_at, finished_at)
    select $1, 'TRX_fill' || n, 'TRANSACTION', 'COMPLETED', 'filled' || (i % {INVESTORS} + 1), 'ses_fill' || n,
           '{ANY_BROKER}',
           {len(EVENTS)}, at, at + interval '15 minutes', at, at, at, at from {_EACH}
    """,
    f"""
    insert into leads (gateway_id, transaction_id, lead_id, status, login_offered, sealed, created_at, updated_at)
    select $1, 'TRX_fill' || n, 'lead' || n, 'SUBMITTED', false, '', at, at from {_EACH}
    """,
    f"""
    insert into fund_imports (gateway_id, transaction_id, channel, applicant, sendings, asked_at, consent, verified_at,
                              ended_at, outcome, created_at)
    select $1, 'TRX_fill' || n, 'phone', '', 1, at, '{{}}', at, at, 'IMPORTED', at from {_EACH}
    """,
    f"""
    insert into cancellations (gateway_id, transaction_id, batch_id, order_ids, asked_at, settled_at)
    select $1, 'TRX_fill' || n, 'fill' || n, array['ord_fill' || n], at, at from {_EACH}
    """,
    f"""
    insert into consents (gateway_id, consent_id, investor_id, scopes, notice, language, transaction_id, given_at,
                          valid_until)
    select $1, 'cns_fill' || n, 'filled' || (i % {INVESTORS} + 1), '{{securities}}', '', 'en', 'TRX_fill' || n, at,
           at + interval '365 days'
    from {_EACH}
    """,
    f"""
    insert into holdings_snapshots (gateway_id, investor_id, consent_id, broker, lane, securities, securities_v1,
                                    securities_v2, taken_at, stored_at)
    select $1, 'filled' || i, 'cns_fill' || lpad(i::text, 10, '0'), '{ANY_BROKER}', 'test/{ANY_BROKER}', 0, '', '',
           {_MOMENT}, {_MOMENT}
    from generate_series(1, least($2::int, {INVESTORS})) i
    """,
    f"""
    insert into baskets (gateway_id, scid, version, profile, created_at, updated_at)
    select $1, 'FILL_' || i, 1, '{{}}', {_MOMENT}, {_MOMENT} from generate_series(1, least($2::int, {INVESTORS})) i
    """,
    f"""
    insert into investments (gateway_id, iscid, investor_id, scid, version, revision, batch_count, positions, repairs,
                             repaired, created_at, updated_at)
    select $1, 'fill' || i, 'filled' || i, 'FILL_' || i, 1, 1, 1, '[]', '{{}}', '{{}}', {_MOMENT}, {_MOMENT}
    from generate_series(1, least($2::int, {INVESTORS})) i
    """,
    f"""
    insert into instalment_plans (gateway_id, iscid, investor_id, frequency, amount, first_day, number, revision,
                                  created_at, updated_at, ended_at)
    select $1, 'fill' || i, 'filled' || i, '1m', 1, current_date, 0, 1, {_MOMENT}, {_MOMENT}, {_MOMENT}
    from generate_series(1, least($2::int, {INVESTORS})) i
    """,
    f"""
    insert into pending_actions (gateway_id, action_id, investor_id, iscid, scid, kind, created_at, ended_at, ended_by)
    select $1, 'act_fill' || n, 'filled' || (i % {INVESTORS} + 1), 'fill' || (i % {INVESTORS} + 1),
           'FILL_' || (i % {INVESTORS} + 1), 'REPAIR', at, at, 'done' from {_EACH}
    """,
    f"""
    insert into investment_trades (gateway_id, iscid, day, isin, shares, paid)
    select $1, 'fill' || i, current_date, '{_LINE.isin}', 1, 300000
    from generate_series(1, least($2::int, {INVESTORS})) i where $3::timestamptz is not null
    """,
    f"""
    insert into dividends (gateway_id, isin, ex_date, per_share)
    select $1, 'FILL' || i % 100, current_date - i, 100
    from generate_series(1, least($2::int, {INVESTORS})) i where $3::timestamptz is not null
    """,
    f"""
    insert into missing_shares (gateway_id, investor_id, isin, shares, since, read_at)
    select $1, 'filled' || i, '{_LINE.isin}', 1, {_MOMENT}, {_MOMENT}
    from generate_series(1, least($2::int, {INVESTORS})) i
    """,
    f"""
    insert into one_time_codes (gateway_id, transaction_id, channel, address_mark, sealed, sendings, expires_at,
                                created_at)
    select $1, 'TRX_fill' || n, 'phone', decode(n, 'hex'), '', 1, at, at from {_EACH}
    """,
    f"""
    insert into visits (gateway_id, visit_id, transaction_id, flow_hash, cookie_hash, broker, created_at)
    select $1, 'vis_fill' || n, 'TRX_fill' || n, '', '', '{ANY_BROKER}', at from {_EACH}
    """,
    f"""
    insert into batches (gateway_id, batch_id, transaction_id, investor_id, session_id, broker, lane, execution_mode,
                         variety, status, confirmed_hash, book_day, created_at, placed_at, completed_at)
    select $1, 'fill' || n, 'TRX_fill' || n, 'filled' || (i % {INVESTORS} + 1), 'ses_fill' || n,
           '{ANY_BROKER}', 'test/{ANY_BROKER}',
           'server_api', 'regular', 'COMPLETED',
           decode('{confirmed_hash([_LINE], Variety.REGULAR).hex()}', 'hex'), (at at time zone 'Asia/Kolkata')::date,
           at, at, at
    from {_EACH}
    """,
    f"""
    insert into orders (gateway_id, order_id, batch_id, line, symbol, exchange, isin, side, quantity, order_type, state,
                        broker_order_id, broker_status, filled_quantity, average_price, created_at, updated_at,
                        final_at)
    select $1, 'ord_fill' || n, 'fill' || n, 1, 'TCS', 'NSE', '{_LINE.isin}', 'BUY', 1, 'MARKET', 'COMPLETE', 'F' || n,
           'COMPLETE', 1, 300000, at, at, at from {_EACH}
    """,
    f"""
    insert into attempts (gateway_id, attempt_id, order_id, number, tag, state, planned_at, started_at, ended_at, sends)
    select $1, 'att_fill' || n, 'ord_fill' || n, 1, '9' || lpad(n, 14, '0'), 'ACCEPTED', at, at, at, 1
    from {_EACH}
    """,
    f"""
    insert into events (gateway_id, event_id, transaction_id, sequence, type, data, created_at)
    select $1, 'evt_fill' || n || e.place, 'TRX_fill' || n, e.place, e.type, '{{"batch_id": "filled"}}', at
    from {_EACH}, unnest(array[{", ".join(f"'{kind}'" for kind in EVENTS)}]) with ordinality as e (type, place)
    """,
    f"""
    insert into deliveries (gateway_id, delivery_id, endpoint_id, event_id, state, created_at, delivered_at, attempts)
    select $1, 'dlv_fill' || n || e.place || p.endpoint_id, p.endpoint_id, 'evt_fill' || n || e.place, 'DELIVERED',
           at, at, 1
    from {_EACH}, (values (5), (7)) as e (place), endpoints p where p.gateway_id = $1
    """,
    """
    insert into delivery_attempts (gateway_id, delivery_id, number, started_at, milliseconds, status_code, response)
    select gateway_id, delivery_id, 1, created_at, 9, 200, 'ok' from deliveries d
    where delivery_id like 'dlv_fill%' and gateway_id = $1 and $2::int > 0 and $3::timestamptz is not null
    """,
)


async def fill(url: str, gateway_id: str, transactions: int, now: datetime, *, analysed: bool = True) -> None:
    """So many finished transactions of one order and eight events each, delivered to the gateway's one endpoint, as
    PostgreSQL knows them a while later: vacuumed and analysed, or not yet. Needs a superuser."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("set session_replication_role = replica")  # nothing refers to nothing: not checked
        for statement in _STATEMENTS:
            await connection.execute(statement, gateway_id, transactions, now)
        if analysed:
            await connection.execute("vacuum analyze")
    finally:
        await connection.close()
