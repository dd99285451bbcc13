"""What the shares of a basket cost now, as the broker tells it; the last closing prices where it tells none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torana.baskets.models import Constituent
from torana.baskets.positions import Position
from torana.flows.context import frame_of
from torana.flows.contract import Fail, LoginNeeded, Page
from torana.flows.investing.flow import line_of
from torana.flows.ordering.moment import Moment
from torana.kit.money import Paise
from torana.market import store as market
from torana.pages.frames import broker_of
from torana.pages.views import Action, Closing, Message, Tone
from torana.transactions.outcomes import NOT_TRADABLE


@dataclass(frozen=True, slots=True)
class Priced:
    """`prices` are those of a share by ISIN, `funds` what the account can spend (None: not told), in paise."""

    prices: Mapping[str, Paise]
    funds: Paise | None
    source: str
    """Whose prices these are, in the investor's language."""


async def priced(moment: Moment, securities: Sequence[Constituent | Position]) -> Priced | Page | Fail | LoginNeeded:
    """Of all of them, or the page that says why not."""
    lines = [line for one in securities if (line := line_of(one)) is not None]
    if len(lines) < len(securities):
        return Fail(NOT_TRADABLE)
    drafts = moment.drafted(lines)
    if isinstance(drafts, Fail):
        return drafts
    account = await moment.account(drafts)
    if isinstance(account, LoginNeeded):
        return account
    words, broker = moment.current.texts.investing, moment.connector.capabilities.name
    told, wanted = account.prices or {}, [one.isin for one in securities]
    prices = {draft.security.isin: told[draft.price_key] for draft in drafts if draft.price_key in told}
    if all(isin in prices for isin in wanted):
        return Priced(prices, account.funds, words.priced(broker=broker, at=moment.market.at))
    closes = await market.latest_closes(moment.services.database, moment.current.gateway.mode.value, wanted)
    if all(isin in closes for isin in wanted):
        known = {isin: closes[isin].close for isin in wanted}
        return Priced(known, account.funds, words.priced_close(broker=broker))
    return Page(_unpriced(moment))


def _unpriced(moment: Moment) -> Message:
    current, broker = moment.current, broker_of(moment.connector.capabilities)
    words, page = current.texts.investing, current.texts.page
    return Message(
        frame_of(current, Closing.ASK, broker=broker.name),
        Tone.BAD,
        words.unpriced_title,
        (words.unpriced_text(broker=broker.name),),
        broker,
        Action(page.try_again, href=current.home),
        Action(page.back_to(app=current.app), post="cancel"),
    )
