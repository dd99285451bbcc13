"""Ten invented baskets for a test gateway, and a year of simulated closing prices that they are judged by."""

from datetime import date, datetime, timedelta
from importlib.resources import files

from torana.baskets import store
from torana.baskets.draft import check_draft
from torana.baskets.files import read_yaml
from torana.baskets.models import Draft
from torana.baskets.publish import publish
from torana.cli.prices import simulated_closes
from torana.kit.clock import IST
from torana.kit.database import Database
from torana.market import store as market

PUBLISHED_BEFORE = timedelta(days=400)
"""So long ago, so that an index has a year behind it."""


def sample_drafts(today: date) -> list[Draft]:
    """The ten, in the order of their scids."""
    text = files("torana.cli").joinpath("sample_baskets.yaml").read_text("utf-8")
    return [check_draft(body, today) for body in read_yaml(text)]


async def make_sample_baskets(database: Database, gateway_id: str, sandbox_url: str, now: datetime) -> None:
    """Publish those that are missing, as of over a year ago, and load the simulated closes up to now. One that is there
    stays as it is: whoever tries the demo may have changed it."""
    began = now - PUBLISHED_BEFORE
    drafts = sample_drafts(now.astimezone(IST).date())
    there = {basket.scid for basket in await store.all_baskets(database, gateway_id)}
    async with database.transaction() as connection:
        for draft in drafts:
            if draft.scid not in there:
                await publish(connection, gateway_id, draft, began)
    parts = {each.isin: each.symbol for draft in drafts for each in draft.constituents}
    known = await market.latest_closes(database, "test", list(parts))
    since = min(each.day for each in known.values()) if len(known) == len(parts) else began.astimezone(IST).date()
    found = await simulated_closes(sandbox_url, list(parts.values()), since)
    async with database.transaction() as connection:
        await market.put_closes(connection, "test", found)
