"""The pages of an account opening, for the gallery."""

from dataclasses import replace

from tests.portal.samples import AFTERWARDS, ANY, HOME, OTHER, REVIEWING, STARTING
from tests.support.brokers import ANY_NAME
from torana.flows.opening.views import Agree, Crossing, OpeningBrokers
from torana.pages.forms import Field, Questions, code_field
from torana.pages.frames import ending
from torana.pages.render import View
from torana.pages.texts.languages import ENGLISH
from torana.pages.views import Action, Message, Notice, Tone

W = ENGLISH.opening
APP, HOST = "Acme Invest", "open.broker.invalid"
PHONE = Questions(
    STARTING,
    "phone",
    W.phone_title,
    W.phone_text(app=APP),
    (Field("phone", W.phone_label, "9876543210", kind="tel", keyboard="tel", before="+91", longest=20),),
    W.phone_send,
    quiet=Action(W.have_account, post="confirm", fields={"step": "login"}),
)
CODE = Questions(
    REVIEWING,
    "code",
    W.code_title,
    W.code_text(to="+91 ••••• •3210", minutes=5),
    (code_field("code", W.code_label),),
    W.code_go,
    more=(
        Action(W.code_again, post="confirm", fields={"step": "resend"}),
        Action(W.code_other_number, post="confirm", fields={"step": "number"}),
    ),
)
DETAILS = Questions(
    REVIEWING,
    "details",
    W.details_title,
    W.details_text,
    (
        Field("name", W.name_label, "Asha Rao"),
        Field("email", W.email_label, "asha@", kind="email", keyboard="email", problem=W.problem_email),
        Field("pin_code", W.pin_code_label, "5600", keyboard="numeric", problem=W.problem_pin_code),
    ),
    W.details_go,
)
BROKERS = OpeningBrokers(
    REVIEWING,
    W.broker_title,
    W.broker_text,
    (ANY, OTHER),
    Action(W.change_details, post="confirm", fields={"step": "change"}),
)
AGREE = Agree(
    REVIEWING,
    ANY,
    W.agree_title(broker=ANY_NAME),
    W.agree_text(broker=ANY_NAME, app=APP, host=HOST),
    (
        (W.name_row, "Asha Rao"),
        (W.phone_row, "+91 98765 43210"),
        (W.email_row, "asha.venkatalakshmi.rao@mail.example.co.in"),
        (W.pin_code_row, "560001"),
    ),
    Action(W.agree_go(broker=ANY_NAME), post="confirm", fields={"step": "agree"}),
    Action(ENGLISH.page.choose_another, post="confirm", fields={"step": "brokers"}),
    "",
    "",
)

OPENING: dict[str, View] = {
    "opening-phone": PHONE,
    "opening-phone-undelivered": replace(
        PHONE, notice=Notice(Tone.BAD, W.undelivered_title, W.undelivered_text), quiet=None
    ),
    "opening-code": replace(CODE, notice=Notice(Tone.NOTE, W.code_test_title, W.code_test_text(code="012345"))),
    "opening-code-wrong": replace(CODE, fields=(replace(CODE.fields[0], problem=W.wrong(left=4)),)),
    "opening-code-soon": replace(CODE, notice=Notice(Tone.QUEUE, W.too_soon_title, W.too_soon_text(seconds=24))),
    "opening-locked": Message(
        STARTING,
        Tone.BAD,
        W.locked_title,
        (W.locked_text(app=APP),),
        primary=Action(ENGLISH.page.back_to(app=APP), post="cancel"),
    ),
    "opening-details": DETAILS,
    "opening-brokers": BROKERS,
    "opening-elsewhere": replace(
        BROKERS, notice=Notice(Tone.NOTE, W.elsewhere_title, W.elsewhere_text(broker=ANY_NAME))
    ),
    "opening-agree": AGREE,
    "opening-link": replace(
        AGREE,
        text=W.agree_link_text(host=HOST),
        rows=(),
        agree=replace(AGREE.agree, label=W.link_go(broker=ANY_NAME)),
    ),
    "opening-crossing": Crossing(
        AFTERWARDS,
        ANY,
        W.crossing_title(broker=ANY_NAME),
        W.crossing_text(host=HOST),
        "https://open.broker.invalid/",
        ENGLISH.page.continue_to(broker=ANY_NAME),
        {"leadId": "65f0c0ffee65f0c0ffee65f0"},
    ),
    "opening-away": Message(
        AFTERWARDS,
        Tone.QUEUE,
        W.away_title(broker=ANY_NAME),
        (W.away_text,),
        ANY,
        Action(W.away_again(broker=ANY_NAME), href=f"{HOME}?go=1"),
        Action(ENGLISH.page.back_to(app=APP), post="confirm", fields={"step": "over"}),
    ),
    "opening-submitted": Message(
        AFTERWARDS,
        Tone.GOOD,
        W.submitted_title(broker=ANY_NAME),
        (W.submitted_text(broker=ANY_NAME),),
        ANY,
        ending=ending(AFTERWARDS, APP),
    ),
    "opening-unfinished": Message(
        AFTERWARDS,
        Tone.NOTE,
        W.unfinished_title,
        (W.unfinished_text(broker=ANY_NAME, app=APP),),
        ANY,
        ending=ending(AFTERWARDS, APP),
    ),
}
