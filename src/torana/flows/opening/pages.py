"""The pages of an account opening, one for each status of the lead."""

from dataclasses import dataclass, field
from datetime import datetime

from torana.connectors.contract import AccountOpenings, BrowserForm, Connector, Redirect
from torana.connectors.hosts import origin
from torana.flows.consent_page import consent_hash, notice_text
from torana.flows.context import CurrentVisit, FlowServices, frame_of
from torana.flows.contract import Fail, Page, Step
from torana.flows.opening.views import Agree, Crossing, OpeningBrokers
from torana.leads.models import Details, Lead, LeadStatus
from torana.leads.progress import Leads
from torana.leads.reading import Problem
from torana.one_time_codes.models import GOOD_FOR, RESEND_AFTER, Destination, Sending, SentCode
from torana.pages.forms import Field, Questions, code_field
from torana.pages.frames import broker_of, ending
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Broker, Closing, Message, Notice, Tone
from torana.transactions.intents import Need
from torana.transactions.outcomes import NO_BROKER_AVAILABLE

OPENS_ACCOUNTS = Need("account_opening", lambda known: known.account_opening)
_INVALID = 422


@dataclass(frozen=True, slots=True)
class OpeningContext:
    """Who asks, for which lead, with what is known of the applicant."""

    services: FlowServices = field(repr=False)
    current: CurrentVisit
    leads: Leads = field(repr=False)
    lead: Lead
    details: Details

    @property
    def texts(self) -> Texts:
        return self.current.texts

    def connector(self, broker: str | None) -> Connector | None:
        """Of a broker where this gateway's people can open an account."""
        offered = {known.broker for known in self.services.brokers(self.current.gateway, None, {OPENS_ACCOUNTS})}
        return self.services.connectors.find(self.current.gateway.mode, broker) if broker in offered else None

    @property
    def broker(self) -> Broker:
        """The chosen broker as drawn, also when it is no longer offered."""
        key = self.lead.broker or ""
        connector = self.services.connectors.find(self.current.gateway.mode, key)
        return Broker(key, key, key[:1].upper(), "") if connector is None else broker_of(connector.capabilities)


def phone(context: OpeningContext, problem: Problem | None = None, *, typed: str = "", failed: str = "") -> Page:
    current, words = context.current, context.texts.opening
    value = typed or context.details.phone.removeprefix("+91")
    asked = Field(
        "phone",
        words.phone_label,
        value,
        kind="tel",
        keyboard="tel",
        autocomplete="tel-national",
        longest=20,
        before="+91",
        problem="" if problem is None else problem_text(problem, context.texts),
    )
    offers_login = context.lead.login_offered and not current.visit.connected
    login = Action(words.have_account, post="confirm", fields={"step": "login"}) if offers_login else None
    view = Questions(
        frame_of(current, Closing.ASK if value else Closing.AT_ONCE),
        "phone",
        words.phone_title,
        words.phone_text(app=current.app),
        (asked,),
        words.phone_send,
        quiet=login,
        notice=Notice(Tone.BAD, words.undelivered_title, failed) if failed else None,
    )
    return Page(view, _INVALID if problem or failed else 200)


def code(context: OpeningContext, sent: SentCode | None, *, problem: str = "", resent: Sending | None = None) -> Page:
    current, words = context.current, context.texts.opening
    to = Destination.phone(context.details.phone).masked
    view = Questions(
        frame_of(current, Closing.ASK),
        "code",
        words.code_title,
        words.code_text(to=to, minutes=int(GOOD_FOR.total_seconds()) // 60),
        (code_field("code", words.code_label, problem),),
        words.code_go,
        more=(
            Action(words.code_again, post="confirm", fields={"step": "resend"}),
            Action(words.code_other_number, post="confirm", fields={"step": "number"}),
        ),
        notice=_code_notice(context, sent, resent),
    )
    return Page(view, _INVALID if problem or resent not in (None, Sending.SENT) else 200)


def _code_notice(context: OpeningContext, sent: SentCode | None, resent: Sending | None) -> Notice | None:
    """What became of a wish for another code; at a test gateway, the code."""
    services, current, words = context.services, context.current, context.texts.opening
    match resent:
        case Sending.TOO_SOON:
            seconds = _seconds_left(sent, services.clock.now())
            return Notice(Tone.QUEUE, words.too_soon_title, words.too_soon_text(seconds=seconds))
        case Sending.TOO_MANY | Sending.LOCKED | Sending.VERIFIED:
            return Notice(Tone.NOTE, words.too_many_title, words.too_many_text(app=current.app))
        case Sending.TOO_MANY_TO_ADDRESS:
            return Notice(Tone.NOTE, words.too_many_title, words.too_many_number)
        case Sending.ADDRESS_TOO_SOON:
            soon = words.too_soon_number(seconds=int(RESEND_AFTER.total_seconds()))
            return Notice(Tone.QUEUE, words.undelivered_title, soon)
        case Sending.TOO_MANY_OF_GATEWAY:
            return Notice(Tone.NOTE, words.too_many_title, words.too_many_today)
        case Sending.NOT_DELIVERED:
            return Notice(Tone.BAD, words.undelivered_title, words.undelivered_text)
    shown = services.codes.shown(current.gateway, sent)
    if shown is not None:
        return Notice(Tone.NOTE, words.code_test_title, words.code_test_text(code=shown))
    return None if resent is None else Notice(Tone.GOOD, words.code_sent_title, words.code_sent_text)


def _seconds_left(sent: SentCode | None, now: datetime) -> int:
    if sent is None or sent.sent_at is None:
        return 0
    return max(1, round((sent.sent_at + RESEND_AFTER - now).total_seconds()))


def locked(context: OpeningContext) -> Page:
    """No code is taken any more."""
    current, words = context.current, context.texts.opening
    back = Action(context.texts.page.back_to(app=current.app), post="cancel")
    text = (words.locked_text(app=current.app),)
    return Page(Message(frame_of(current, Closing.AT_ONCE), Tone.BAD, words.locked_title, text, primary=back))


def details(context: OpeningContext, typed: Details, problems: dict[str, Problem]) -> Page:
    words = context.texts.opening
    told = {name: problem_text(problem, context.texts) for name, problem in problems.items()}
    fields = (
        Field("name", words.name_label, typed.name, autocomplete="name", problem=told.get("name", "")),
        Field(
            "email",
            words.email_label,
            typed.email,
            kind="email",
            keyboard="email",
            autocomplete="email",
            longest=254,
            problem=told.get("email", ""),
        ),
        Field(
            "pin_code",
            words.pin_code_label,
            typed.pin_code,
            keyboard="numeric",
            autocomplete="postal-code",
            longest=10,
            problem=told.get("pin_code", ""),
        ),
    )
    view = Questions(
        frame_of(context.current, Closing.ASK),
        "details",
        words.details_title,
        words.details_text,
        fields,
        words.details_go,
    )
    return Page(view, _INVALID if problems else 200)


def brokers(context: OpeningContext, notice: Notice | None = None) -> Step:
    current, words = context.current, context.texts.opening
    offered = context.services.brokers(current.gateway, None, {OPENS_ACCOUNTS})
    if not offered:
        return Fail(NO_BROKER_AVAILABLE)
    change = Action(words.change_details, post="confirm", fields={"step": "change"})
    frame, drawn = frame_of(current, Closing.ASK), tuple(broker_of(known) for known in offered)
    view = OpeningBrokers(frame, words.broker_title, words.broker_text, drawn, change, notice)
    return Page(view, 200 if notice is None else 409)


def elsewhere(context: OpeningContext, broker: str) -> Step:
    """The same number is on its way there in another window."""
    words = context.texts.opening
    return brokers(context, Notice(Tone.NOTE, words.elsewhere_title, words.elsewhere_text(broker=broker)))


def _consent_text(context: OpeningContext, connector: Connector, opening: AccountOpenings) -> str:
    """What the applicant agrees to, as the page says it."""
    words, host = context.texts.opening, _host(context, opening)
    if not opening.tells:
        return words.agree_link_text(host=host)
    return words.agree_text(broker=connector.capabilities.name, app=context.current.app, host=host)


def agree(context: OpeningContext, connector: Connector, opening: AccountOpenings) -> Agree:
    """What the broker gets, as the lead is now."""
    words, broker, known = context.texts.opening, broker_of(connector.capabilities), context.details
    rows = (
        (words.name_row, known.name),
        (words.phone_row, Destination.phone(known.phone).spaced),
        (words.email_row, known.email),
        (words.pin_code_row, known.pin_code),
    )
    shown = rows if opening.tells else ()
    title, text = words.agree_title(broker=broker.name), _consent_text(context, connector, opening)
    go = words.agree_go(broker=broker.name) if opening.tells else words.link_go(broker=broker.name)
    notice = notice_text(title, text, [f"{label}: {value}" for label, value in shown], go)
    return Agree(
        frame_of(context.current, Closing.ASK, broker=broker.name),
        broker,
        title,
        text,
        shown,
        Action(go, post="confirm", fields={"step": "agree", "consent": consent_hash(notice)}),
        Action(context.texts.page.choose_another, post="confirm", fields={"step": "brokers"}),
        notice,
        without_details=notice_text(title, text, [label for label, _ in shown], go),
    )


def crossing(context: OpeningContext, connector: Connector, opening: AccountOpenings) -> Page:
    """The browser goes on to the broker, by itself."""
    words, broker, go = context.texts.opening, broker_of(connector.capabilities), _way(context, opening)
    host = origin(go.url)
    view = Crossing(
        frame_of(context.current, Closing.WINDOW),
        broker,
        words.crossing_title(broker=broker.name),
        words.crossing_text(host=_name(host)),
        go.url,
        context.texts.page.continue_to(broker=broker.name),
        go.fields if isinstance(go, BrowserForm) else None,
    )
    return Page(view, form_hosts=(host,) if isinstance(go, BrowserForm) else ())


def away(context: OpeningContext, broker: Broker) -> Page:
    """The browser was at the broker, and is here without its word."""
    current, words = context.current, context.texts.opening
    again = Action(words.away_again(broker=broker.name), href=f"{current.home}?go=1")
    over = Action(context.texts.page.back_to(app=current.app), post="confirm", fields={"step": "over"})
    frame = frame_of(current, Closing.WINDOW)
    return Page(
        Message(frame, Tone.QUEUE, words.away_title(broker=broker.name), (words.away_text,), broker, again, over)
    )


def done(context: OpeningContext, broker: Broker) -> Page:
    """How far it was when the window closed, or is by now."""
    current, words = context.current, context.texts.opening
    frame, app = frame_of(current, Closing.WINDOW), current.app
    ends = {
        LeadStatus.SUBMITTED: (Tone.GOOD, words.submitted_title, words.submitted_text(broker=broker.name)),
        LeadStatus.PROCESSING: (Tone.GOOD, words.processing_title, words.processing_text),
        LeadStatus.COMPLETED: (Tone.GOOD, words.completed_title, words.completed_text(app=app)),
    }
    unfinished = (Tone.NOTE, None, words.unfinished_text(broker=broker.name, app=app))
    tone, title, text = ends.get(context.lead.status, unfinished)
    heading = words.unfinished_title if title is None else title(broker=broker.name)
    return Page(Message(frame, tone, heading, (text,), broker, ending=ending(frame, app)))


def problem_text(problem: Problem, texts: Texts) -> str:
    words = texts.opening
    return {
        Problem.MISSING: words.problem_missing,
        Problem.NAME: words.problem_name,
        Problem.EMAIL: words.problem_email,
        Problem.PHONE: words.problem_phone,
        Problem.PIN_CODE: words.problem_pin_code,
        Problem.NO_TEXT: words.problem_no_text,
    }[problem]


def _way(context: OpeningContext, opening: AccountOpenings) -> Redirect | BrowserForm:
    current, public = context.current, context.services.public_url.rstrip("/")
    back = f"{public}{current.home}/returned"
    word = f"{public}/postback/opening/{context.lead.broker}/{current.gateway.name}"
    return opening.begin(context.details.applicant, context.lead.lead_id, back, word)


def _host(context: OpeningContext, opening: AccountOpenings) -> str:
    return _name(origin(_way(context, opening).url))


def _name(host: str) -> str:
    return host.partition("://")[2]
