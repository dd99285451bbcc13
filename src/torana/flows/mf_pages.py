"""The pages of an import of mutual funds: who asks, the code, the wait."""

from dataclasses import dataclass, field
from datetime import datetime, time
from typing import ClassVar

from torana.flows.consent_page import consent_hash, notice_text
from torana.flows.context import CurrentVisit, frame_of
from torana.flows.contract import Page
from torana.kit.clock import IST
from torana.mutual_funds.models import Applicant, Wanted, email_of, pan_of, phone_of
from torana.mutual_funds.schemas import Given
from torana.one_time_codes.models import RESEND_AFTER, Channel
from torana.pages.forms import Field, Questions, code_field
from torana.pages.views import Action, Closing, Frame, Message, Notice, Tone

NOON = time(12)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed on the page of the details, as it was typed. No repr shows it."""

    pan: str = field(default="", repr=False)
    to: str = field(default="", repr=False)
    way: Channel = Channel.PHONE

    @property
    def applicant(self) -> Applicant | None:
        """Who that is; None while something is wrong with it."""
        pan = pan_of(self.pan)
        to = phone_of(self.to) if self.way is Channel.PHONE else email_of(self.to)
        return None if pan is None or to is None else Applicant(pan, to)

    def filled(self, given: Given) -> "Typed":
        """With the parts that the partner knows."""
        contact = given.phone if self.way is Channel.PHONE else given.email
        return Typed(given.pan or "", contact or "", self.way)


@dataclass(frozen=True, slots=True)
class MfDetails:
    """Whose funds, and what happens with what is told. `consent` is the hash of the words that the button agrees to,
    `known` what the partner gave, so that nothing is typed."""

    template: ClassVar[str] = "mf_details.html"
    frame: Frame
    title: str
    text: str
    promises: tuple[str, ...]
    agree: str
    consent: str
    fields: tuple[Field, ...] = ()
    known: tuple[tuple[str, str], ...] = ()
    by: str = "phone"
    other_way: Action | None = None
    problem: Notice | None = None


@dataclass(frozen=True, slots=True)
class MfFetching:
    """The registrar is at work."""

    template: ClassVar[str] = "mf_fetching.html"
    live_template: ClassVar[str] = "mf_fetching_live.html"
    frame: Frame
    tone: Tone
    title: str
    text: str
    remark: str
    stream: str


def masked_pan(pan: str) -> str:
    """`ABC••••••F`, for the person whose it is."""
    return f"{pan[:3]}••••••{pan[-1]}"


def promises(current: CurrentVisit, wanted: Wanted, kept_days: int) -> tuple[str, ...]:
    """What the investor agrees to: what is shared with whom, and for how long it is kept."""
    words, app = current.texts.mutual_funds, current.app
    if not wanted.detailed:
        shared = words.shared(app=app)
    elif wanted.from_date is None:
        shared = words.shared_detail(app=app)
    else:
        shared = words.shared_since(app=app, day=datetime.combine(wanted.from_date, NOON, IST))
    return shared, words.kept(days=kept_days), words.nothing_traded


def agreed_text(current: CurrentVisit, registrar: str, wanted: Wanted, kept_days: int) -> str:
    """The page of the details as text, without what is typed into it."""
    words = current.texts.mutual_funds
    lead = words.lead(app=current.app, registrar=registrar)
    return notice_text(words.title, lead, promises(current, wanted, kept_days), words.agree)


def details_page(
    current: CurrentVisit,
    *,
    registrar: str,
    wanted: Wanted,
    kept_days: int,
    given: Applicant | None,
    typed: Typed,
    checked: bool = False,
    unknown: Applicant | None = None,
    exhausted: bool = False,
    soon: bool = False,
) -> Page:
    """Whose funds. `checked`: say what is wrong with what was typed; `unknown`: the registrar knows nobody such;
    `exhausted`: it sends no more codes; `soon`: it sends one after a pause."""
    words = current.texts.mutual_funds
    problem = None
    if unknown is not None or exhausted:
        by_phone = unknown is None or unknown.to.channel is Channel.PHONE
        not_known = words.not_known_phone if by_phone else words.not_known_email
        title = words.too_many_codes(app=current.app) if exhausted else not_known(registrar=registrar)
        more = current.texts.page.nothing_traded if exhausted else words.not_known_more
        problem = Notice(Tone.BAD, title, more)
    if soon:
        seconds = int(RESEND_AFTER.total_seconds())
        problem = Notice(Tone.QUEUE, words.asked_soon(seconds=seconds), current.texts.page.nothing_traded)
    known: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()
    other = None
    if given is not None:
        contact = words.phone_known if given.to.channel is Channel.PHONE else words.email_known
        known = ((words.pan, masked_pan(given.pan)), (contact, given.to.masked))
    else:
        fields = _fields(current, typed, checked=checked)
        by_email = typed.way is Channel.EMAIL
        href = f"{current.home}?part=details&by={'phone' if by_email else 'email'}"
        other = Action(words.by_phone if by_email else words.by_email, href=href)
    view = MfDetails(
        frame_of(current, Closing.ASK),
        words.title,
        words.lead(app=current.app, registrar=registrar),
        promises(current, wanted, kept_days),
        words.agree,
        consent_hash(agreed_text(current, registrar, wanted, kept_days)),
        fields,
        known,
        typed.way.value,
        other,
        problem,
    )
    return Page(view, status=422 if checked or problem is not None else 200)


def _fields(current: CurrentVisit, typed: Typed, *, checked: bool) -> tuple[Field, ...]:
    words, by_email = current.texts.mutual_funds, typed.way is Channel.EMAIL
    contact = email_of(typed.to) if by_email else phone_of(typed.to)
    wrong_pan = words.pan_problem if checked and pan_of(typed.pan) is None else ""
    wrong_contact = words.email_problem if by_email else words.phone_problem
    pan = Field("pan", words.pan, typed.pan, longest=14, problem=wrong_pan, capitals=True)
    problem = wrong_contact if checked and contact is None else ""
    if by_email:
        return pan, Field("to", words.email, typed.to, "email", "email", "email", 254, problem=problem)
    return pan, Field("to", words.phone, typed.to, "tel", "tel", "tel", 16, problem=problem)


def code_page(
    current: CurrentVisit, registrar: str, applicant: Applicant, *, problem: str = "", may_change: bool
) -> Page:
    words, frame = current.texts.mutual_funds, frame_of(current, Closing.ASK)
    again = Action(words.again, post="confirm", fields={"resend": "yes"})
    change = Action(words.change, href=f"{current.home}?part=details")
    view = Questions(
        frame,
        "code",
        words.code_title,
        words.code_lead(registrar=registrar, to=applicant.to.masked),
        (code_field("otp", words.code, problem),),
        words.check(app=current.app),
        more=(again, change) if may_change else (again,),
        fine=words.code_test if frame.test else "",
    )
    return Page(view, status=422 if problem else 200)


def fetching_page(current: CurrentVisit, registrar: str) -> MfFetching:
    words = current.texts.mutual_funds
    return MfFetching(
        frame_of(current, Closing.WINDOW, refresh=3),
        Tone.WAIT,
        words.fetching_title,
        words.fetching_text(registrar=registrar),
        words.fetching_remark(app=current.app),
        f"{current.home}/stream",
    )


def message(current: CurrentVisit, registrar: str) -> Message:
    """The registrar does not answer."""
    words, page = current.texts.mutual_funds, current.texts.page
    return Message(
        frame_of(current, Closing.ASK),
        Tone.BAD,
        words.away_title(registrar=registrar),
        (words.away_text(app=current.app),),
        primary=Action(page.try_again, href=current.home),
        quiet=Action(page.back_to(app=current.app), post="cancel"),
    )
