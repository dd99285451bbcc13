"""All SQL of baskets: what is published, and what investors have in it."""

from torana.baskets.store.actions import Pending, Standing, lock_holders, pending, standing
from torana.baskets.store.actions import end as end_action
from torana.baskets.store.actions import insert as insert_action
from torana.baskets.store.dividends import count_supply, dividends_of, put_dividends, remove_dividends
from torana.baskets.store.investments import (
    begin_batch,
    insert_investment,
    investment_of,
    investments_of,
    lock_investment,
    mark_batches,
    save_investment,
    version_for_sale,
)
from torana.baskets.store.missing import (
    add_adjustments,
    beside,
    drop_unclaimed,
    investments_held,
    lock_investments,
    missing_of,
    save_missing,
)
from torana.baskets.store.plans import find_plan, lock_plan, save_plan
from torana.baskets.store.published import (
    VersionRow,
    add_version,
    all_baskets,
    find,
    lock,
    names,
    news,
    put_news,
    read,
    remove_news,
    save,
    versions,
)
from torana.baskets.store.trades import Trade, add_trades, trades_of, trades_within

__all__ = [
    "Pending",
    "Standing",
    "Trade",
    "VersionRow",
    "add_adjustments",
    "add_trades",
    "add_version",
    "all_baskets",
    "begin_batch",
    "beside",
    "count_supply",
    "dividends_of",
    "drop_unclaimed",
    "end_action",
    "find",
    "find_plan",
    "insert_action",
    "insert_investment",
    "investment_of",
    "investments_held",
    "investments_of",
    "lock",
    "lock_holders",
    "lock_investment",
    "lock_investments",
    "lock_plan",
    "mark_batches",
    "missing_of",
    "names",
    "news",
    "pending",
    "put_dividends",
    "put_news",
    "read",
    "remove_dividends",
    "remove_news",
    "save",
    "save_investment",
    "save_missing",
    "save_plan",
    "standing",
    "trades_of",
    "trades_within",
    "version_for_sale",
    "versions",
]
