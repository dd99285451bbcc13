"""What a page shows, as data. Amounts are text as people read it, and paise where the page goes on computing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from torana.connectors.contract import Side
from torana.pages.texts.keys import Texts
from torana.pages.texts.languages import ENGLISH


class Closing(StrEnum):
    """What the cross in the head does."""

    NOTHING = "nothing"
    """There is none: the page offers its own ways out."""
    AT_ONCE = "at_once"
    """Nothing would be lost: it cancels."""
    ASK = "ask"
    """It asks first."""
    WINDOW = "window"
    """Closing changes nothing any more: it only closes the window."""


class Tone(StrEnum):
    """How something stands. Each has a drawing of its own, so that no colour speaks alone."""

    WAIT = "wait"
    GOOD = "good"
    PART = "part"
    BAD = "bad"
    ASK = "ask"
    QUEUE = "queue"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Partner:
    """Whose app sent the investor. `logo` is a data URL of an image, `accent` a colour `#rrggbb`, `links` are addresses
    of theirs by what they tell (`partners.gateway_details.LINKS`)."""

    name: str
    logo: str | None = None
    accent: str | None = None
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker as drawn: monogram on a colour. `remark` says how it is today, `search` are the words by which it is
    looked for."""

    key: str
    name: str
    monogram: str
    fill: str
    remark: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page has around it. `home` is the path of the visit, under which its forms post."""

    partner: Partner | None
    home: str = ""
    csrf: str = field(default="", repr=False)
    closing: Closing = Closing.NOTHING
    leave_title: str = ""
    leave_text: str = ""
    return_url: str | None = None
    """Where the browser goes at the end; None: the window closes."""
    asks_for_opener: bool = False
    """The page tells us if it stands in a window that no other page can be seen from."""
    test: bool = False
    expires_in: int | None = None
    """Seconds after which what the page asks for is over; None: no longer, or nobody knows."""
    refresh: int | None = None
    """Seconds after which a browser without script loads the page again."""
    texts: Texts = field(default=ENGLISH, repr=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """A remark above the content that changes what the investor would do."""

    tone: Tone
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Action:
    """A button. `post` is the last part of a form's address; otherwise `href` is a link, otherwise it closes."""

    label: str
    post: str | None = None
    href: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chooser:
    """Pick a broker. `top` are tiles, `more` a list; with a `query` only `more` is shown, filtered."""

    template: ClassVar[str] = "chooser.html"
    frame: Frame
    purpose: str
    top: tuple[Broker, ...]
    more: tuple[Broker, ...]
    query: str = ""
    searchable: bool = True
    notice: Notice | None = None
    back: Action | None = None
    """The way back to the flow's own pages, where it was asked from there."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """On the way to the broker's login at `url`; `host` is what the address bar will say. With `fields` the browser
    posts them there as a form."""

    template: ClassVar[str] = "hand_over.html"
    frame: Frame
    broker: Broker
    url: str
    host: str
    can_choose: bool = False
    fields: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A skeleton in the shape of what comes; the page loads `load` and puts it in its place."""

    template: ClassVar[str] = "waiting.html"
    frame: Frame
    broker: Broker | None
    title: str
    text: str
    load: str
    lines: int = 2


@dataclass(frozen=True, slots=True)
class Amount:
    """A label and what it amounts to; `value` None when nobody knows, empty where the label says it all."""

    label: str
    value: str | None
    short: bool = False
    """Whether it is less than what is needed."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order on its way. `word` is its state, `detail` plain words, `original` the broker's own text."""

    order_id: str
    side: Side
    quantity: int
    symbol: str
    name: str
    tone: Tone
    word: str
    detail: str = ""
    original: str = ""
    value: str = ""
    exchange: str = "NSE"
    when: str = ""
    reference: str = ""
    """What the broker calls it."""
    action: Action | None = None
    """A link on the row."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to do with orders that were sent and are not at the broker: two buttons, or (`again` empty) one."""

    again: str
    leave: str


@dataclass(frozen=True, slots=True)
class Ending:
    """The page is over: `seconds` of countdown (None: the investor decides), then away."""

    label: str
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Work as it stands now, by rows; with an `ending` this is the result. `broker` None: none has a part in it."""

    template: ClassVar[str] = "status.html"
    live_template: ClassVar[str] = "status_live.html"
    frame: Frame
    broker: Broker | None
    account: str
    tone: Tone
    title: str
    text: str
    rows: tuple[OrderRow, ...]
    stream: str | None = None
    headlines: tuple[tuple[str, str], ...] = ()
    """The titles and texts that may take the place of these while the page is open: they have their room before."""
    notices: tuple[Notice, ...] = ()
    total: Amount | None = None
    remark: str = ""
    action: Action | None = None
    question: Question | None = None
    cancel: str = ""
    """What the button says that cancels orders which are not sent yet."""
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that an investor agrees to."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class ConsentPage:
    """What is shared, with whom, for how long: yes or no. `notice` is all of it as text."""

    template: ClassVar[str] = "consent.html"
    frame: Frame
    broker: Broker
    account: str
    title: str
    text: str
    terms: tuple[Term, ...]
    agree: Action
    refuse: Action
    notice: str


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to know and what to do next: errors, the end of a connect, the question before leaving."""

    template: ClassVar[str] = "message.html"
    frame: Frame
    tone: Tone
    title: str
    text: tuple[str, ...]
    broker: Broker | None = None
    primary: Action | None = None
    quiet: Action | None = None
    code: str = ""
    ending: Ending | None = None
