"""The pages of the step at the depository, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from torana.connectors.contract import BrowserForm, Redirect
from torana.connectors.hosts import origin
from torana.flows.depository.need import Asked
from torana.market.securities import current
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Broker, Frame, Notice, Tone


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One security that the depository releases."""

    symbol: str
    name: str
    quantity: int
    tone: Tone
    word: str


@dataclass(frozen=True, slots=True)
class ReleaseShares:
    """What is to be released. `go` opens the broker's page in a window of its own, with `fields` sent along; `poll`
    tells an open page how many are `lacking`, which asks as soon as it was begun."""

    template: ClassVar[str] = "release_shares.html"
    frame: Frame
    broker: Broker
    account: str
    title: str
    text: str
    rows: tuple[ShareRow, ...]
    go: str
    here: str
    poll: str
    begun: bool
    lacking: int
    check: Action
    quiet: Action
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseWay:
    """In the window of its own, on the way to the page at `url`; with `fields` the browser posts them there."""

    template: ClassVar[str] = "release_way.html"
    frame: Frame
    broker: Broker
    url: str
    host: str
    fields: Mapping[str, str] | None = field(default=None, repr=False)


def rows_of(asked: Asked, told: Mapping[str, int], texts: Texts) -> tuple[ShareRow, ...]:
    """What is released last."""
    words, lacking = texts.depository, {one.isin for one in asked.lacking(told)}
    rows = [_row(isin, number, words.waits if isin in lacking else words.released, isin in lacking)
            for isin, number in asked.wanted.items()]  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.tone is Tone.GOOD, row.symbol)))


def _row(isin: str, quantity: int, word: str, waits: bool) -> ShareRow:
    known = current().by_isin(isin) or current().by_isin(isin, "BSE")
    symbol, name = (isin, "") if known is None else (known.symbol, known.name)
    return ShareRow(symbol, name, quantity, Tone.QUEUE if waits else Tone.GOOD, word)


def way_to(frame: Frame, broker: Broker, go: Redirect | BrowserForm) -> tuple[ReleaseWay, Sequence[str]]:
    """The page, and where a form of it may end."""
    host = origin(go.url)
    fields = go.fields if isinstance(go, BrowserForm) else None
    view = ReleaseWay(frame, broker, go.url, host.partition("://")[2], fields)
    return view, () if fields is None else (host,)
