"""The wire forms of baskets: what callers read, in the interface's names, and what partners send."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from html import escape
from typing import Annotated, Any

import msgspec

from torana.api.answers import iso
from torana.baskets.index import SCALE, Figures, Point
from torana.baskets.models import Basket, NewsItem, Published, Schedule
from torana.baskets.worth import Holding
from torana.kit.clock import IST
from torana.kit.errors import ApiError
from torana.kit.json_input import InvalidJson, read_json
from torana.kit.money import Paise, short_rupees, shortest

MOST_BYTES = 256 * 1024
_RATIOS = (
    *("divYield", "divYieldDifferential", "largeCapPercentage", "midCapPercentage", "smallCapPercentage"),
    *("marketCapCategory", "pb", "pbDiscount", "pe", "peDiscount", "momentumRank", "sharpe", "sharpeRatio", "ema"),
    *("momentum", "lastCloseEma"),
)
"""Keys of the interface for figures that are not computed here: null."""


_Scid = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
_Url = Annotated[str, msgspec.Meta(pattern=r"^https://[^\s]+$", max_length=2_000)]
_Rank = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
# Investment adviser (INA), research analyst (INH), portfolio manager (INP).
_Number = Annotated[str, msgspec.Meta(pattern=r"^IN[AHP][0-9]{9}$")]


class RegistrationBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    number: _Number
    valid_until: date | None = None


class BenchmarkBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: _Line
    method: _Text


class ConstituentBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    ticker: _Line
    weight: Decimal | None = None
    shares: int | None = None
    exchange: str = "NSE"


class BasketBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A basket as partners write it, in JSON and in YAML."""

    scid: _Scid
    name: _Line
    short_description: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    rationale: _Text
    publisher_name: _Line
    registration: RegistrationBody
    benchmark: BenchmarkBody
    rebalance_schedule: Schedule
    constituents: Annotated[list[ConstituentBody], msgspec.Meta(max_length=1000)]
    next_update: date | None = None
    image_url: _Url | None = None
    blog_url: _Url | None = None
    news_tag: _Line | None = None
    type: _Line | None = None
    tier: _Line | None = None
    featured_rank: _Rank | None = None
    popular_rank: _Rank | None = None
    active: bool = True


WIRE_NAMES = {
    field.name: field.encode_name
    for body in (BasketBody, RegistrationBody, BenchmarkBody)
    for field in msgspec.structs.fields(body)
}
"""What partners call a field of a basket."""


class NewsBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One item of news as partners send it."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    headline: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    link: Annotated[str, msgspec.Meta(pattern=r"^https://[^\s]+$", max_length=2_000)]
    date: datetime
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    summary: Annotated[str, msgspec.Meta(max_length=5_000)] = ""
    publisher: Annotated[str, msgspec.Meta(max_length=120)] | None = None
    image_url: Annotated[str, msgspec.Meta(pattern=r"^https://[^\s]+$", max_length=2_000)] | None = None
    featured: bool = False
    scids: Annotated[list[str], msgspec.Meta(max_length=100)] = []
    tickers: Annotated[list[str], msgspec.Meta(max_length=100)] = []
    tags: Annotated[list[str], msgspec.Meta(max_length=100)] = []


class NewsChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Items to write, each in place of the one of its id, and ids to remove."""

    news: Annotated[list[NewsBody], msgspec.Meta(max_length=100)] = []
    remove: Annotated[list[str], msgspec.Meta(max_length=100)] = []


_basket_decoder = msgspec.json.Decoder(BasketBody)
_news_decoder = msgspec.json.Decoder(NewsChange)


def read_basket(body: bytes) -> BasketBody:
    """Raises `ApiError` (400)."""
    try:
        return read_json(body, _basket_decoder)
    except InvalidJson as error:
        raise ApiError(f"The body must be one basket: {error}", anchor="basket", errors=("BasketInvalid",)) from None


def read_news(body: bytes) -> tuple[list[NewsItem], list[str]]:
    """The items to write and the ids to remove. Raises `ApiError` (400)."""
    try:
        change = read_json(body, _news_decoder)
    except InvalidJson as error:
        raise ApiError(f'The body must be {{"news": […], "remove": […]}}: {error}') from None
    return [_news_item(each) for each in change.news], change.remove


def _news_item(body: NewsBody) -> NewsItem:
    try:
        moment = body.date.astimezone(UTC) if body.date.tzinfo is not None else None
    except OverflowError:
        moment = None
    if moment is None:
        raise ApiError(
            f"news {body.id}: date must be a time in ISO 8601 with its time zone, such as 2026-11-18T05:15:00Z"
        )
    return NewsItem(
        id=body.id,
        headline=body.headline,
        summary=body.summary,
        link=body.link,
        date=moment,
        source=body.source,
        publisher=body.publisher,
        image_url=body.image_url,
        featured=body.featured,
        scids=tuple(body.scids),
        tickers=tuple(body.tickers),
        tags=tuple(body.tags),
    )


def smallcase(
    basket: Basket, holdings: list[Holding], minimum: Paise | None, priced_on: date | None, found: Figures
) -> dict[str, Any]:
    """A basket in the interface's form. Every key is there; what is not known or not computed is null."""
    profile = basket.profile
    return {
        "scid": basket.scid,
        "_id": basket.scid,
        "initialIndex": 100,
        "newsTag": profile.news_tag,
        "rationale": _html(profile.rationale),
        "version": basket.version,
        "info": {
            "type": profile.type,
            "name": profile.name,
            "shortDescription": profile.short_description,
            "publisherName": profile.publisher_name,
            "registrationNumber": profile.registration.number,
            "blogURL": profile.blog_url,
            "imageUrl": profile.image_url,
            "tier": profile.tier,
            "created": iso(basket.created_at),
            "nextUpdate": _day(profile.next_update),
            "lastRebalanced": iso(basket.published_at),
            "rebalanceSchedule": profile.rebalance_schedule.value,
        },
        "benchmark": {"name": profile.benchmark.name, "method": profile.benchmark.method},
        "stats": _stats(minimum, priced_on, found),
        "flags": {
            "featured": _flag(profile.featured_rank),
            "popular": _flag(profile.popular_rank),
            "active": basket.archived_at is None,
        },
        "constituents": [_constituent(each) for each in holdings],
        "plans": None,
    }


def _stats(minimum: Paise | None, priced_on: date | None, found: Figures) -> dict[str, Any]:
    return {
        "indexValue": index_value(found.level),
        "unadjustedValue": index_value(found.level),
        "divReturns": None,
        "lastCloseIndex": index_value(found.last_level),
        "minInvestAmount": None if minimum is None else short_rupees(minimum),
        "pricesOf": None if priced_on is None else priced_on.isoformat(),
        "returns": {
            "daily": found.daily,
            "weekly": found.weekly,
            "monthly": found.monthly,
            "yearly": found.yearly,
        },
        "ratios": {
            **dict.fromkeys(_RATIOS),
            "52wHigh": index_value(found.highest),
            "52wLow": index_value(found.lowest),
            "cagr": found.cagr,
            "risk": found.risk,
            "riskLabel": None if found.volatility is None else found.volatility.value,
        },
    }


def _constituent(holding: Holding) -> dict[str, Any]:
    constituent = holding.constituent
    return {
        "ticker": constituent.symbol,
        "exchange": constituent.exchange,
        "isin": constituent.isin,
        "weight": holding.weight,
        "shares": holding.shares,
    }


def _flag(rank: int | None) -> dict[str, Any]:
    return {"value": rank is not None, "rank": rank}


def index_value(level: int | None) -> Decimal | None:
    """A level of the index with two decimals."""
    return None if level is None else shortest((Decimal(level) / SCALE).quantize(Decimal("0.01")))


def point(each: Point) -> dict[str, Any]:
    """One close of an index."""
    return {"date": each.day.isoformat(), "index": index_value(each.level)}


def _day(day: date | None) -> str | None:
    return None if day is None else iso(datetime.combine(day, time(), IST))


def _html(text: str) -> str:
    """A plain text as paragraphs: nothing that a partner wrote is markup."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n")]
    return "".join(f"<p>{escape(part)}</p>" for part in parts if part)


def news_item(item: NewsItem) -> dict[str, Any]:
    """An item of news in the interface's form."""
    publisher = item.publisher or item.source
    return {
        "_id": item.id,
        "id": item.id,
        "headline": item.headline,
        "summary": item.summary,
        "link": item.link,
        "imageUrl": item.image_url,
        "date": iso(item.date),
        "source": item.source,
        "status": "published",
        "publisher": {"publisherId": publisher, "name": publisher, "logo": None},
        "flags": {"featured": item.featured},
        "stocks": [{"sid": ticker} for ticker in item.tickers],
        "smallcases": list(item.scids),
        "tags": list(item.tags),
    }


def published(result: Published) -> dict[str, Any]:
    """What publishing did, or would do."""
    return {
        "scid": result.scid,
        "outcome": result.outcome.value,
        "version": result.version,
        "changes": [{"field": each.field, "before": each.before, "after": each.after} for each in result.changes],
    }
