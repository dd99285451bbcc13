"""What all dialects share, by rows: rows of answers, words of a state, readers of orders, tables of refusals."""

import re
import tomllib
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

import torana.sandbox
from tests.sandbox.conftest import KITE_KEY, KiteClient
from tests.support.clock import HandClock
from torana.connectors.registry import BROKERS
from torana.sandbox import depository, fills, reads, tables
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, Limit, asleep_before, dialects
from torana.sandbox.exchange import Exchange, Tempo
from torana.sandbox.faults import Operation
from torana.sandbox.front import Front
from torana.sandbox.fyers import orders as fyers
from torana.sandbox.kite.browser import LOGIN
from torana.sandbox.kite.dialect import DIALECT as KITE
from torana.sandbox.models import OrderRefused, OrderType, Reason, Side, State, Ticket
from torana.sandbox.motilal import orders as motilal
from torana.sandbox.order_form import Change, Fault, OrderForm, Reader, decoded
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import order_view
from torana.sandbox.prices import Day
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.refusals import Refusal, Refused, SessionProblem
from torana.sandbox.rejections import why
from torana.sandbox.securities import listed
from torana.sandbox.server import RunningSandbox
from torana.sandbox.vocabulary import OMS_MODIFYING, OMS_WORDS, Vocabulary, few_words
from torana.sandbox.web import Request, Response
from torana.sandbox.wire import Shape, Style, called, in_india

NOW = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)


def test_every_broker_that_has_a_connector_has_a_dialect_and_each_stands_in_a_folder_of_its_own() -> None:
    found = {dialect.broker for dialect in dialects()}
    folders = {path.parent.name for path in Path(torana.sandbox.__file__).parent.glob("*/dialect.py")}

    assert found == folders
    assert set(BROKERS) <= found


def test_no_two_dialects_share_an_address() -> None:
    prefixes = [prefix for dialect in dialects() for prefix in dialect.prefixes]

    assert len(set(prefixes)) == len(prefixes)
    assert all(prefix.startswith(f"/{dialect.broker}/") for dialect in dialects() for prefix in dialect.prefixes)


@pytest.mark.parametrize("dialect", dialects(), ids=lambda dialect: dialect.broker)
def test_a_dialect_has_an_answer_to_every_refusal(dialect: Dialect) -> None:
    refusals = dialect.refusals
    lines = [refusals.of_reason(OrderRefused(reason, "the words of the exchange")) for reason in Reason]
    lines += [refusals.of_session(problem) for problem in SessionProblem]
    lines += [refusals.of_status(status) for status in (400, 401, 403, 404, 405, 418, 429, 500, 503)]

    for refused in [*lines, refusals.strange.refused()]:
        assert refused.text
        assert refusals.answer(refused).body


@dataclass(frozen=True)
class View:
    """Something to show."""

    price: Decimal = Decimal("412.5")
    quantity: int = 7
    at: datetime | None = NOW
    final: bool = False
    tag: str | None = None

    @property
    def twice(self) -> int:
        return 2 * self.quantity


TEXTS = Style(
    "%d-%b-%Y %H:%M", "{:.2f}".format, str, "NA", names={"symbol": lambda _: "TCS"}, forms={"day": in_india("%d/%m")}
)


@pytest.mark.parametrize(
    ("style", "table", "row"),
    [
        (Style(), "quantity", {"quantity": 7}),
        (Style(), "qty=quantity more=twice", {"qty": 7, "more": 14}),
        (Style(), 'a=0 b=null c="NSE" d={} e=false', {"a": 0, "b": None, "c": "NSE", "d": {}, "e": False}),
        (Style(), "at final tag", {"at": "2026-11-18 10:30:00", "final": False, "tag": None}),
        (Style(), "price price=quantity", {"price": 7}),
        (TEXTS, "price quantity at tag", {"price": "412.50", "quantity": "7", "at": "18-Nov-2026 10:30", "tag": "NA"}),
        (TEXTS, "symbol final", {"symbol": "TCS", "final": False}),
        (TEXTS, "symbol=tag a=0", {"symbol": "NA", "a": 0}),
        (TEXTS, "day.price=price day.of.quantity=quantity", {"day": {"price": "412.50", "of": {"quantity": "7"}}}),
        (TEXTS, "real=price.real", {"real": "412.50"}),
        (TEXTS, 'tag=tag|"none" quantity=quantity|0', {"tag": "none", "quantity": "7"}),
        (TEXTS, "a==0 b==-1", {"a": "0.00", "b": "-1.00"}),
        (Style(), "at=at.isoformat()", {"at": "2026-11-18T05:00:00+00:00"}),
        (Style(), "a=quantity+twice b=quantity-twice c=quantity*price", {"a": 21, "b": -7, "c": 2887.5}),
        (TEXTS, "a=quantity+twice b=price*quantity", {"a": "21", "b": "2887.50"}),
        (TEXTS, "a=tag:Y/N b=quantity:Y/N c=quantity+twice:many/none", {"a": "N", "b": "Y", "c": "many"}),
        (TEXTS, "a=price:paise b=quantity:rupees c=at:seconds", {"a": "41250", "b": "0.07", "c": "1794978000"}),
        (TEXTS, "day=at:day never=tag:day tag=tag:day|0", {"day": "18/11", "never": "NA", "tag": 0}),
        (
            TEXTS,
            "day( quantity of( price a=0 ) ) tag",
            {"day": {"quantity": "7", "of": {"price": "412.50", "a": 0}}, "tag": "NA"},
        ),
    ],
)
def test_a_shape_shows_what_its_table_says_in_its_brokers_style(
    style: Style, table: str, row: dict[str, object]
) -> None:
    assert Shape(View, style, table)(View()) == row


def test_what_a_broker_calls_a_security_stands_in_every_row_and_in_its_file() -> None:
    style = Style(securities=called("number=exchange_token token", token=lambda one: f"NSE_{one.exchange_token}"))
    security, table = listed()["INFY"], "token number exchange"

    quote = style.quotes(table)(QuoteView(security, NOW, 0, Day(0, 0, 0, 0, 0, 0)))

    assert style.instruments(table)(security) == quote == {"token": "NSE_1594", "number": 1594, "exchange": "NSE"}


def test_what_is_computed_goes_before_an_attribute_and_has_the_style_too() -> None:
    shape = Shape(View, TEXTS, "quantity half", half=lambda view: view.price / 2, quantity=lambda _: None)

    assert shape(View()) == {"quantity": "NA", "half": "206.25"}


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ("weight", "View has no weight"),
        ("a=quantity+weight", "View has no weight"),
        ("a=quantity:loudly", "no form loudly"),
    ],
)
def test_a_table_that_names_what_is_not_there_is_refused_when_it_is_made(table: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        Shape(View, Style(), table)


WORDS = Vocabulary(
    OMS_WORDS,
    "on hold",
    OMS_MODIFYING,
    cancelled_amo="cancelled amo",
    modified_amo="modified amo",
    not_cancelled="late",
)


@pytest.fixture
def exchange(clock: HandClock) -> Exchange:
    return Exchange(clock, tempo=Tempo(0, 0))


def ticket(quantity: int = 5, limit: int | None = None, side: Side = Side.BUY, *, amo: bool = False) -> Ticket:
    kind = OrderType.MARKET if limit is None else OrderType.LIMIT
    return Ticket("ITC", side, quantity, kind, limit, "CNC", amo=amo)


def told(exchange: Exchange, words: Vocabulary = WORDS) -> tuple[str, list[str]]:
    """The word of the newest order, and those of its history."""
    order = exchange.ledger.orders[-1]
    return words.word_of(order), [word for word, _ in words.history(order)]


SENT = ["put order req received", "validation pending", "open pending", "open"]


def test_an_order_is_told_in_the_brokers_words_and_a_change_in_three_of_them(exchange: Exchange) -> None:
    account = exchange.accounts.at_login("kite", "asha", "AA0000")
    order = exchange.submit(account, ticket(limit=380_00))
    open_now = told(exchange)
    exchange.modify(account, order.order_id, quantity=6)
    exchange.cancel(account, order.order_id)

    assert open_now == ("open", SENT)
    assert told(exchange) == ("cancelled", [*open_now[1], *OMS_MODIFYING, "open", "cancel pending", "cancelled"])


def test_a_cancellation_that_comes_too_late_is_told(exchange: Exchange) -> None:
    account = exchange.accounts.at_login("kite", "asha", "AA0000")
    order = exchange.submit(account, ticket(quantity=122))
    exchange.cancel(account, order.order_id)

    assert told(exchange)[1][-3:] == ["cancel pending", "late", "complete"]
    assert "late" not in told(exchange, replace(WORDS, not_cancelled=None))[1]


def test_an_order_that_waits_for_the_morning_has_words_of_its_own(exchange: Exchange, clock: HandClock) -> None:
    clock.advance(9 * 3600)
    account = exchange.accounts.at_login("kite", "asha", "AA0000")
    order = exchange.submit(account, ticket(limit=380_00, amo=True))
    waiting = told(exchange)
    exchange.modify(account, order.order_id, quantity=6)
    changed = told(exchange)
    exchange.cancel(account, order.order_id)

    assert waiting[0] == "after market order req received"
    assert changed == ("modified amo", [waiting[0], "modified amo", "modified amo"])
    assert told(exchange)[0] == "cancelled amo"
    assert told(exchange, Vocabulary(OMS_WORDS, "on hold"))[0] == "cancelled"


def test_a_word_for_what_is_filled_in_part_shows_wherever_an_order_is_called_as_an_open_one(exchange: Exchange) -> None:
    words = few_words(sent="sent", resting="there", complete="all", cancelled="gone", rejected="no")
    partly = Vocabulary(words, "on hold", partly="some")
    account = exchange.accounts.at_login("kite", "asha", "AA0000")
    order = exchange.submit(account, ticket(limit=380_00))
    fills.fill(exchange, order, 2)
    open_now = told(exchange, partly)
    fills.fill(exchange, order, 3)

    assert open_now == ("some", ["sent", "sent", "sent", "there", "some"])
    assert told(exchange, partly) == ("all", [*open_now[1], "all"])
    assert told(exchange, Vocabulary(words, "on hold"))[1][4] == "there"
    assert "some" in partly.simulated()


def test_an_order_that_was_rejected_says_why_and_no_other_does(exchange: Exchange) -> None:
    account = exchange.accounts.at_login("kite", "asha", "AA0000")
    healthy = exchange.submit(account, ticket(limit=380_00))
    rejected = [exchange.accept(account, ticket(), ticket(), reject=one) for one in (Reason.FUNDS, Reason.SYMBOL)]
    exchange.catch_up()
    views = [order_view(exchange, one, WORDS) for one in (healthy, *rejected)]

    assert [why(view, {Reason.FUNDS: "no money"}, otherwise="<{}>") for view in views] == [
        None, "no money", f"<{rejected[1].message}>",
    ]  # fmt: skip


def test_a_strange_status_shows_only_in_the_states_that_the_broker_shows_it_in(exchange: Exchange) -> None:
    account = exchange.accounts.at_login("kite", "asha", "AA0000")
    order = exchange.submit(account, ticket(quantity=110))
    strange = told(exchange)[0]
    exchange.cancel(account, order.order_id)

    assert strange == "on hold"
    assert told(exchange)[0] == "cancelled"
    assert told(exchange, replace(WORDS, strange_in=frozenset(State)))[0] == "on hold"
    assert "on hold" not in WORDS.simulated()


def refuse(name: str, fault: Fault, value: object) -> Refused:
    return Refused(400, fault.value, name, value=value)


CODE = re.compile(r"[0-9]+")
READS = {
    "text": lambda reader: reader.text("x", CODE, 4),
    "whole": lambda reader: reader.whole("x", least=1),
    "price": lambda reader: reader.price("x", least=1),
    "switch": lambda reader: reader.switch("x"),
    "choice": lambda reader: reader.choice("x", ("A", "B"), ("A",)),
}


@pytest.mark.parametrize(
    ("read", "given", "value"),
    [
        ("text", "123", "123"),
        ("whole", 7, 7),
        ("whole", "7", 7),
        ("price", Decimal("412.55"), 412_55),
        ("price", "412.55", 412_55),
        ("price", 412, 412_00),
        ("switch", True, True),
        ("switch", "false", False),
        ("choice", "A", "A"),
    ],
)
def test_a_field_is_read_from_json_and_from_text(read: str, given: object, value: object) -> None:
    assert READS[read](Reader({"x": given}, refuse)) == value


@pytest.mark.parametrize(
    ("read", "given", "fault"),
    [
        *((read, None, Fault.MISSING) for read in READS),
        *((read, "", Fault.MISSING) for read in READS),
        ("text", 5, Fault.MALFORMED),
        ("text", "12345", Fault.TOO_LONG),
        ("text", "abc", Fault.INVALID),
        ("whole", "7.0", Fault.MALFORMED),
        ("whole", True, Fault.MALFORMED),
        ("whole", 2**31, Fault.MALFORMED),
        ("whole", 0, Fault.TOO_SMALL),
        ("price", "1e2", Fault.MALFORMED),
        ("price", "0.001", Fault.INVALID),
        ("price", "0", Fault.TOO_SMALL),
        ("switch", "yes", Fault.MALFORMED),
        ("choice", "C", Fault.INVALID),
        ("choice", "B", Fault.NOT_SIMULATED),
    ],
)
def test_the_first_thing_that_is_wrong_with_a_field_is_named(read: str, given: object, fault: Fault) -> None:
    with pytest.raises(Refused) as caught:
        READS[read](Reader({"x": given}, refuse))

    assert (caught.value.text, caught.value.code) == ("x", fault.value)


@pytest.mark.parametrize("body", ["", "{", "[1, NaN]", "[" * 100_000])
def test_what_is_not_json_is_none(body: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|NaN|nested"):
        decoded(body)


def test_an_order_form_becomes_a_ticket_of_the_exchange() -> None:
    form = OrderForm("ITC", Side.BUY, 5, "LIMIT", 400_00, "CNC", amo=True, tag="t")

    assert form.ticket("app", amo=False) == Ticket(
        "ITC", Side.BUY, 5, OrderType.LIMIT, 400_00, "CNC", tag="t", app="app"
    )
    assert replace(form, order_type="MARKET").ticket("app").limit_price is None
    with pytest.raises(ValueError, match="SL"):
        replace(form, order_type="SL").ticket("app")


TABLE = Table(
    rows("""
        Session  401 Log in.            | session *
        Expired  401 Log in again.      | session expired
        Margin   400 Not enough money.  | reason funds
        Holding  428 * Authorise first. | reason not_authorised
        Input    400                    | reason tick
        Final    400 It is done.        | reason final
        Late     400 Too late.          | cancel final
        Other    400 No.                | reason *
        -        403 Too fast.          | status 429
        Unsaid   200 Not said.          | same 404 405
        Internal 500 Failed.            | status *
        Strange  400 Rule 7-Q.          | strange
        Robo     400 No robots.         | variety ROBO
        Kind     400 Which {field}?     | variety missing
        Kind     400 Not a variety.     | variety *
        Missing  400 Say {field}.       | * missing
        Input    400 {value} is wrong.  | * *
    """)
)
REFUSALS = TABLE.refusals(
    lambda refused: Response(refused.status, refused.text.encode()),
    {Reason.FREEZE: Refusal(400, "Book", "Later.")},
)


@pytest.mark.parametrize(
    ("reason", "words", "status", "code", "text"),
    [
        (Reason.FUNDS, "no cash", 400, "Margin", "Not enough money."),
        (Reason.NOT_AUTHORISED, "5 need it.", 428, "Holding", "5 need it."),
        (Reason.NOT_AUTHORISED, "", 428, "Holding", "Authorise first."),
        (Reason.TICK, "the price is off", 400, "Input", "The price is off."),
        (Reason.SYMBOL, "too many", 400, "Other", "No."),
    ],
)
def test_a_table_of_refusals_says_what_a_reason_answers(
    reason: Reason, words: str, status: int, code: str, text: str
) -> None:
    refused = REFUSALS.of_reason(OrderRefused(reason, words))

    assert (refused.status, refused.code, refused.text) == (status, code, text)


@pytest.mark.parametrize(
    ("operation", "code"),
    [(None, "Final"), (Operation.MODIFY, "Final"), (Operation.CANCEL, "Late")],
)
def test_a_reason_may_answer_otherwise_to_one_operation(operation: Operation | None, code: str) -> None:
    assert REFUSALS.of_reason(OrderRefused(Reason.FINAL, "it is over"), operation).code == code


@pytest.mark.parametrize(
    ("reason", "code"), [(Reason.FREEZE, "Book"), (Reason.FUNDS, "Margin"), (Reason.SYMBOL, "Other")]
)
def test_a_fault_refuses_at_once_what_would_show_in_the_book(reason: Reason, code: str) -> None:
    assert REFUSALS.at_once(reason, "").code == code
    assert REFUSALS.of_reason(OrderRefused(Reason.FREEZE, "")).code == "Other"


@pytest.mark.parametrize(
    ("name", "fault", "value", "code", "text"),
    [
        ("variety", Fault.INVALID, "ROBO", "Robo", "No robots."),
        ("variety", Fault.MISSING, None, "Kind", "Which variety?"),
        ("variety", Fault.INVALID, "x", "Kind", "Not a variety."),
        ("quantity", Fault.MISSING, None, "Missing", "Say quantity."),
        ("quantity", Fault.TOO_SMALL, -4, "Input", "-4 is wrong."),
    ],
)
def test_a_field_is_refused_by_the_row_that_says_most_of_it(
    name: str, fault: Fault, value: object, code: str, text: str
) -> None:
    refused = TABLE.of_field(name, fault, value)

    assert (refused.code, refused.text, refused.field, refused.value) == (code, text, name, value)


def test_a_table_of_refusals_knows_its_codes_and_what_is_wrong_with_a_token() -> None:
    answers = {problem: REFUSALS.of_session(problem).code for problem in SessionProblem}

    assert answers == dict.fromkeys(SessionProblem, "Session") | {SessionProblem.EXPIRED: "Expired"}
    assert TABLE.refused("Input").text == ""
    assert (TABLE.refused("Robo", "None.", status=410).status, TABLE.refused("Robo", "None.").text) == (410, "None.")
    with pytest.raises(ValueError, match="Nonsense"):
        rows("Nonsense")


HEADERS = Table(
    rows("""
        Agent   400 Say who asks. | header user-agent [a-z]+/\\d{1,2}
        Address 400 Say where.    | header:WEB host .+, header:APP phone .+
    """)
)


@pytest.mark.parametrize(
    ("headers", "condition", "code"),
    [
        ({"user-agent": "torana/12"}, "", None),
        ({"user-agent": "torana/123"}, "", "Agent"),
        ({"host": "here"}, "", "Agent"),
        ({"host": "here"}, "WEB", None),
        ({"host": "here"}, "APP", "Address"),
    ],
)
def test_a_table_of_refusals_says_which_headers_a_request_brings(
    headers: dict[str, str], condition: str, code: str | None
) -> None:
    brought = [(name.encode(), text.encode()) for name, text in headers.items()]
    wanted = Request({"method": "GET", "path": "/", "query_string": b"", "headers": brought}, nothing)

    if code is None:
        HEADERS.check_headers(wanted, condition)
    else:
        with pytest.raises(Refused) as caught:
            HEADERS.check_headers(wanted, condition)
        assert caught.value.code == code


FIELDS = OrderTable(
    refuse,
    """
    instrument         symbol      text upto 4 like [A-Z]+
    side               side        one of BUY SELL
    order_type         kind        one of MARKET LIMIT, not SL
    quantity           qty         whole from 1 to 100
    product            product     one of CNC, else "CNC"
    price              price       price from 100, else 0
    market_protection  protection  number from 0 to 25 or -1, else -1
    -                  switch      switch, absent false
    """,
)
GIVEN = {"symbol": "ITC", "side": "SELL", "kind": "MARKET", "qty": "7"}


def test_an_order_is_read_by_its_table() -> None:
    form = FIELDS.form(GIVEN, lambda read: listed().get(read["symbol"]))
    unknown = FIELDS.form(GIVEN | {"symbol": "NOPE", "price": "4.50"}, lambda read: listed().get(read["symbol"]))

    assert form == OrderForm(
        "ITC", Side.SELL, 7, "MARKET", 0, "CNC", market_protection=-1, instrument="ITC", exchange="NSE"
    )
    assert (unknown.symbol, unknown.instrument, unknown.price) == ("", "NOPE", 4_50)
    assert FIELDS.read(GIVEN)["switch"] is False


def test_a_broker_may_have_words_and_numbers_of_its_own_for_ours() -> None:
    table = OrderTable(
        refuse,
        """
        side        side    one of 1=BUY -1=SELL
        order_type  kind    one of L=LIMIT, not SL
        amo         amo     one of YES=true NO=false, else false
        quantity    qty     whole from 1
        price       price   price
        product     product one of CNC, else "CNC"
        """,
        typed=True,
    )
    given = {"side": -1, "kind": "L", "amo": "YES", "qty": 7, "price": Decimal("4.50")}
    form = table.form(given, lambda read: listed()["ITC"])

    assert (form.side, form.order_type, form.amo, form.price) == (Side.SELL, "LIMIT", True, 4_50)
    assert table.read(given | {"amo": ""})["amo"] is False
    for wrong in ({"qty": "7"}, {"qty": True}, {"price": None}, {"side": "1"}):
        with pytest.raises(Refused) as caught:
            table.read(given | wrong)
        assert caught.value.code == Fault.MALFORMED
    with pytest.raises(Refused, match="side") as caught:
        table.read(given | {"side": 2})
    assert caught.value.code == Fault.INVALID


@pytest.mark.parametrize(
    ("table", "number"),
    [
        (fyers.ORDER, "qty"),
        (fyers.ORDER, "side"),
        (fyers.CHANGE, "limitPrice"),
        (motilal.ORDER, "quantityinlot"),
        (motilal.CHANGE, "newprice"),
        (motilal.PRICED, "scripcode"),
    ],
)
def test_text_is_refused_before_all_else_where_a_broker_documents_a_number(table: OrderTable, number: str) -> None:
    with pytest.raises(Refused) as caught:
        table.read({number: "1"})

    assert caught.value.field == number


def test_an_order_for_what_is_not_listed_may_be_refused_where_it_is_read() -> None:
    with pytest.raises(Refused, match="no such share"):
        FIELDS.form(GIVEN, lambda read: None, Refused(400, "", "no such share"))


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("symbol", None, Fault.MISSING),
        ("symbol", "LONGER", Fault.TOO_LONG),
        ("symbol", "itc", Fault.INVALID),
        ("kind", "SL", Fault.NOT_SIMULATED),
        ("kind", "X", Fault.INVALID),
        ("qty", 0, Fault.TOO_SMALL),
        ("qty", 101, Fault.TOO_LARGE),
        ("price", "0.99", Fault.TOO_SMALL),
        ("protection", -2, Fault.TOO_SMALL),
        ("protection", Decimal("25.5"), Fault.TOO_LARGE),
        ("switch", "", Fault.MISSING),
        ("switch", "maybe", Fault.MALFORMED),
    ],
)
def test_the_first_field_that_breaks_its_rule_is_refused(name: str, value: object, fault: Fault) -> None:
    with pytest.raises(Refused) as caught:
        FIELDS.read(GIVEN | {name: value})

    assert (caught.value.text, caught.value.code) == (name, fault)


def test_a_change_is_read_by_its_table() -> None:
    table = OrderTable(refuse, "order_type kind one of MARKET LIMIT\n- day one of DAY\nquantity qty whole, else null")

    assert table.change({"kind": "LIMIT", "day": "DAY", "qty": ""}) == Change(order_type="LIMIT")


@pytest.mark.parametrize("wrong", ["quantity qty whole, unless 3", "quantity qty half", "weight qty whole"])
def test_a_field_that_cannot_be_understood_stops_the_program(wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        OrderTable(refuse, wrong)


@pytest.mark.parametrize(
    ("status", "text", "answered", "shown"),
    [
        (429, None, 403, "Too fast."),
        (429, "slow down", 403, "slow down"),
        (502, None, 502, "Failed."),
        (404, None, 404, "Not said."),
    ],
)
def test_a_status_may_be_answered_with_another_one(status: int, text: str | None, answered: int, shown: str) -> None:
    refused = REFUSALS.of_status(status, text)

    assert (refused.status, refused.text) == (answered, shown)


@pytest.mark.parametrize(
    ("otp", "typed", "step", "released"),
    [
        (True, [{"tpin": "123456"}], depository.Step.OTP, 0),
        (True, [{"tpin": "000000"}], depository.Step.TPIN, 0),
        (True, [{"tpin": "123456"}, {"tpin": "123456"}], depository.Step.OTP, 0),
        (True, [{"tpin": "123456"}, {"otp": "12345"}], depository.Step.OTP, 0),
        (True, [{"tpin": "123456"}, {"otp": "654321"}], depository.Step.DONE, 40),
        (False, [{"tpin": ""}], depository.Step.TPIN, 0),
        (False, [{"tpin": "1"}], depository.Step.DONE, 40),
    ],
)
def test_shares_are_released_by_the_last_right_secret(
    exchange: Exchange, otp: bool, typed: list[dict[str, str]], step: depository.Step, released: int
) -> None:
    account = exchange.accounts.at_login("kite", "needs-edis", "AA0000")
    wanted = depository.Depository().open(account, {listed()["ITC"].isin: 40})

    for form in typed:
        depository.type_secret(exchange, wanted, form, otp=otp)

    assert (wanted.step, account.holding("ITC").authorised) == (step, released)
    assert bool(depository.to_release(account, [ticket(41, side=Side.SELL)]))
    assert bool(depository.to_release(account, [ticket(40, side=Side.SELL)])) is (released == 0)


def request(token: str) -> Request:
    """A read of the order book by a client of Kite's."""
    headers = [(b"authorization", f"token {KITE_KEY}:{token}".encode()), (b"x-kite-version", b"3")]
    scope = {"method": "GET", "path": "/kite/api/orders", "query_string": b"", "headers": headers}

    return Request(scope, nothing)


async def nothing() -> dict[str, object]:
    """A body without anything in it."""
    return {"type": "http.request", "body": b""}


async def test_a_limit_may_count_over_a_longer_time_than_a_second(sandbox: RunningSandbox, kite: KiteClient) -> None:
    slow = replace(KITE, limits={Operation.ORDERS: Limit("book", 2, seconds=3600.0)}, postback=None)
    front = Front(sandbox.world, slow)

    answers = [await front.answer(request(kite.token), front.routers["/kite/api"], "/orders") for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]


@pytest.mark.parametrize(
    ("user_name", "problem"),
    [
        ("asha", None),
        ("expired-code", SessionProblem.EXPIRED),
        ("used-code", SessionProblem.ENDED),
        ("unknown-code", SessionProblem.UNKNOWN),
    ],
)
async def test_where_the_browser_brings_the_token_the_user_name_spoils_the_token(
    sandbox: RunningSandbox, user_name: str, problem: SessionProblem | None
) -> None:
    lines = {one: Refusal(401, one.value, "log in") for one in SessionProblem}
    dialect = replace(KITE, refusals=replace(KITE.refusals, no_session=lines))
    call = Call(sandbox.world, dialect, request(""), {}, None)
    login = replace(LOGIN, hands_over_token=True)
    app = sandbox.world.apps["kite"][KITE_KEY]
    account = login.account(call, user_name)

    token = login.proof(call, account, app)

    if problem is None:
        assert call.logged_in(token).account is account
    else:
        with pytest.raises(Refused) as caught:
            call.logged_in(token)
        assert caught.value.code == problem


async def test_where_nothing_is_exchanged_the_first_question_about_a_token_fails_instead(
    sandbox: RunningSandbox,
) -> None:
    call = Call(sandbox.world, KITE, request(""), {}, None)

    account = replace(LOGIN, hands_over_token=True).account(call, "token-error")

    assert [fault.operation for fault in account.faults] == [Operation.PROFILE]


async def test_a_service_that_sleeps_refuses_each_call_anew(sandbox: RunningSandbox, clock: HandClock) -> None:
    """An error that is raised twice keeps what it was raised from."""
    clock.advance(14 * 3600)
    wakes, caught = asleep_before(time(5, 30), Refusal(423, "ASLEEP", "Come back in the morning")), []

    for _ in range(2):
        with pytest.raises(Refused) as refused:
            wakes(Call(sandbox.world, KITE, request(""), {}, None))
        caught.append(refused.value)

    assert caught[0] is not caught[1]


WITH_TABLES = sorted(path.parent for path in Path(torana.sandbox.__file__).parent.glob("*/tables.toml"))


@pytest.mark.parametrize("folder", WITH_TABLES, ids=lambda folder: folder.name)
def test_a_broker_has_no_table_that_nothing_uses(folder: Path) -> None:
    """A family's are used by its members, theirs by it."""
    files = {one: (one / "tables.toml").read_text() for one in WITH_TABLES}
    own = tomllib.loads(files[folder])
    members = [one for one, text in files.items() if f'family = "{folder.name}"' in text]
    using = [folder, *members, *(one for one in WITH_TABLES if one.name == own.get("family"))]
    program = "".join(path.read_text() for one in using for path in one.glob("*.py"))
    text = "".join(files[one] for one in using)

    for name in own.get("requests", {}):
        assert f'request("{name}"' in program or f"@{name}\n" in text, name
    for name in own.get("rows", {}):
        assert f'ROWS["{name}"]' in program or re.search(rf"@{name}\b", text), name
    for name in re.findall(r"^.*\|.*\bas (\w+)$", files[folder], re.MULTILINE):
        assert f'"{name}"' in program, name


def test_a_member_of_a_family_adds_to_its_tables() -> None:
    told = tables.read(
        "broker",
        r"""
        family = "codifi"
        refusals = "EC901 403 Another exchange | exchange *"
        [requests]
        order = "@leg\nproduct product one of LONG"
        [rows]
        codifi_funds = "available"
        order = "@codifi_order more=0"
        """,
    )

    with pytest.raises(Refused, match="Another exchange"):
        told.request("order").read({"exchange": "MCX"})
    assert told.rows["order"] == f"{tables.of('codifi').rows['codifi_order']} more=0"
    assert (told.rows["codifi_funds"], told.refusals.codes["EC916"].status) == ("available", 200)


def test_a_table_in_a_table_is_read_with_what_follows_in_its_place() -> None:
    told = tables.read(
        "broker",
        r"""
        refusals = '''
            1 400 Not good    | * *
            2 400 How many?   | quantity missing
            3 400 How much?   | change.quantity missing
        '''
        [requests]
        order = "side side one of BUY SELL\nquantity quantity whole"
        change = "@order\nside side one of B=BUY S=SELL"
        [rows]
        short = "order_id side"
        long = "@short tag side=0"
        """,
    )

    assert list(told.request("change").read({"side": "S", "quantity": 3}).items()) == [
        ("side", "SELL"),
        ("quantity", 3),
    ]
    assert told.rows["long"] == "order_id side tag side=0"
    for request, code in (("order", "2"), ("change", "3")):
        with pytest.raises(Refused) as refused:
            told.request(request).read({"side": "BUY" if request == "order" else "B"})
        assert refused.value.code == code


@pytest.mark.parametrize("text", ["[answers]", "rows = 3", "[rejections]\nrain = 'no'", "[rows]\nbook = '@order'"])
def test_a_file_of_tables_that_cannot_be_read_stops_the_program(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        tables.read("broker", text)


@pytest.mark.parametrize(("method", "refused"), [("GET", False), ("POST", True)])
def test_what_a_body_must_say_is_not_taken_from_the_address(method: str, refused: bool) -> None:
    call = cast(Call, SimpleNamespace(request=SimpleNamespace(method=method, query=GIVEN), given={}))
    answer = reads.asked(FIELDS, lambda call: "told")

    with pytest.raises(Refused) if refused else nullcontext():
        assert answer(call) == "told"
