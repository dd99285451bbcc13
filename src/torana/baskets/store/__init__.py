"""All SQL of baskets: what is published, and what investors have in it."""

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

__all__ = [
    "VersionRow",
    "add_version",
    "all_baskets",
    "begin_batch",
    "find",
    "insert_investment",
    "investment_of",
    "investments_of",
    "lock",
    "lock_investment",
    "mark_batches",
    "names",
    "news",
    "put_news",
    "read",
    "remove_news",
    "save",
    "save_investment",
    "version_for_sale",
    "versions",
]
