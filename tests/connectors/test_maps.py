"""The maps between brokers' words and ours: whole, and safe against any text (A15)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from torana.connectors.codes import code_at
from torana.connectors.contract import TERMINAL, BrokerStatus, Reason, Side, Unknown
from torana.connectors.error_table import Dialect
from torana.connectors.kite import mapping as kite
from torana.connectors.order_words import status_of
from torana.connectors.readings import amount, amount_at, day_first_time, indian_time, with_fill
from torana.connectors.reasons import FRAGMENTS, reason_of
from torana.connectors.symbols import plain
from torana.connectors.upstox import mapping as upstox
from torana.market.models import BrokerCode
from torana.market.securities import find
from torana.sandbox.kite.wire import VOCABULARY as KITE_VOCABULARY
from torana.sandbox.upstox.errors import TABLE
from torana.sandbox.upstox.wire import VOCABULARY as UPSTOX_VOCABULARY


@pytest.mark.parametrize("mapping", [kite, upstox], ids=["kite", "upstox"])
@given(word=st.text(max_size=40), quantity=st.integers(0, 10**9), filled=st.integers(0, 10**9))
def test_any_word_has_a_status_and_an_unseen_one_is_unknown(
    mapping: Any, word: str, quantity: int, filled: int
) -> None:
    status = status_of(word, quantity, filled, mapping.ROWS.statuses)

    if word.strip().lower() not in mapping.ROWS.statuses:
        assert status is BrokerStatus.UNKNOWN


KITE_WORDS = {
    BrokerStatus.RECEIVED: (
        "PUT ORDER REQ RECEIVED", "VALIDATION PENDING", "OPEN PENDING", "MODIFY VALIDATION PENDING", "MODIFY PENDING",
        "CANCEL PENDING",
    ),
    BrokerStatus.OPEN: ("OPEN", "MODIFIED", "NOT MODIFIED"),
    BrokerStatus.TRIGGER_PENDING: ("TRIGGER PENDING",),
    BrokerStatus.AMO_QUEUED: ("AMO REQ RECEIVED",),
    BrokerStatus.COMPLETE: ("COMPLETE",),
    BrokerStatus.CANCELLED: ("CANCELLED", "CANCELLED AMO"),
    BrokerStatus.REJECTED: ("REJECTED",),
}  # fmt: skip
"""Kite Connect v3, Orders, and the two that other clients have seen."""
UPSTOX_WORDS = {
    BrokerStatus.RECEIVED: (
        "put order req received", "validation pending", "open pending", "modify pending", "modify validation pending",
        "cancel pending",
    ),
    BrokerStatus.OPEN: ("open", "modified", "not modified", "not cancelled"),
    BrokerStatus.TRIGGER_PENDING: ("trigger pending",),
    BrokerStatus.AMO_QUEUED: ("after market order req received", "modify after market order req received"),
    BrokerStatus.COMPLETE: ("complete",),
    BrokerStatus.CANCELLED: ("cancelled", "cancelled after market order"),
    BrokerStatus.REJECTED: ("rejected",),
}  # fmt: skip
"""Upstox developer API, order status appendix."""


@pytest.mark.parametrize(
    ("statuses", "documented", "simulated"),
    [
        (kite.ROWS.statuses, KITE_WORDS, KITE_VOCABULARY.simulated()),
        (upstox.ROWS.statuses, UPSTOX_WORDS, UPSTOX_VOCABULARY.simulated()),
    ],
    ids=["kite", "upstox"],
)
def test_every_documented_word_means_what_the_document_says_and_the_simulator_shows_no_other(
    statuses: Mapping[str, BrokerStatus], documented: Mapping[BrokerStatus, tuple[str, ...]], simulated: frozenset[str]
) -> None:
    assert dict(statuses) == {word.lower(): status for status, words in documented.items() for word in words}
    assert {word.lower() for word in simulated} <= statuses.keys()


NOT_OF_ORDERS = {
    # login and funds
    "UDAPI100068", "UDAPI100069", "UDAPI100070", "UDAPI100057", "UDAPI100072",
    # prices
    "UDAPI1009", "UDAPI1011", "UDAPI1087", "UDAPI100043",
    # many orders at once
    "UDAPI1114", "UDAPI1115", "UDAPI1116", "UDAPI1117",
    # histories, changes, closing all
    "UDAPI100059", "UDAPI100041", "UDAPI1108", "UDAPI1109", "UDAPI1110",
    # charges and margin
    "UDAPI1054", "UDAPI1057", "UDAPI1059", "UDAPI1060", "UDAPI1061", "UDAPI1062", "UDAPI1063", "UDAPI1064", "UDAPI1065",
    "UDAPI1096", "UDAPI1097", "UDAPI1098", "UDAPI1099", "UDAPI1102", "UDAPI1103",
}  # fmt: skip
"""Answers to calls that no order of ours makes."""
BY_THE_STATUS = {"UDAPI10005", "UDAPI100060"}
"""Read by the HTTP status that they come with."""


def test_every_code_that_upstox_can_answer_an_order_with_is_known() -> None:
    dialect = upstox.DIALECT
    known = {*dialect.rejections, *dialect.session_codes, *dialect.ambiguous_codes}

    assert TABLE.codes.keys() - known == NOT_OF_ORDERS | BY_THE_STATUS | {"UDAPI199999"}
    assert not dialect.rejections.keys() & (dialect.session_codes | dialect.ambiguous_codes)


KITE_REFUSES = {
    Reason.INVALID_ORDER: ("InputException",),
    Reason.OTHER: ("OrderException",),
    Reason.INSUFFICIENT_FUNDS: ("MarginException",),
    Reason.INSUFFICIENT_HOLDINGS: ("HoldingException",),
    Reason.NOT_PERMITTED: ("PermissionException", "UserException"),
}
"""Kite Connect v3, Exceptions: the five of the order system's own words and the two about the user."""
UPSTOX_REFUSES = {
    Reason.INVALID_ORDER: (
        "UDAPI1003", "UDAPI1004", "UDAPI1007", "UDAPI1010",
        "UDAPI1023", "UDAPI1029", "UDAPI1030", "UDAPI1031",
        "UDAPI1032", "UDAPI1036", "UDAPI1039", "UDAPI1052",
        "UDAPI1055", "UDAPI1056", "UDAPI1119", "UDAPI1158",
        "UDAPI1159", "UDAPI1160", "UDAPI100010", "UDAPI100036",
        "UDAPI100038", "UDAPI100040", "UDAPI100015",
    ),
    Reason.QUANTITY_ABOVE_FREEZE: ("UDAPI1118",),
    Reason.INSTRUMENT_NOT_TRADABLE: ("UDAPI1026", "UDAPI100011"),
    Reason.MARKET_CLOSED: ("UDAPI100039", "UDAPI100074"),
    Reason.EGRESS_NOT_REGISTERED: ("UDAPI1154",),
    Reason.NOT_PERMITTED: (
        "UDAPI1156", "UDAPI100049", "UDAPI100058", "UDAPI100067", "UDAPI100073",
    ),
}  # fmt: skip
"""Upstox developer API, error codes of placing and cancelling and the general list."""


@pytest.mark.parametrize(
    ("dialect", "refuses", "proves_nothing", "login_over"),
    [
        (
            kite.DIALECT, KITE_REFUSES, {"NetworkException", "DataException", "GeneralException"}, {"TokenException"}
        ),
        (upstox.DIALECT, UPSTOX_REFUSES, {"UDAPI10000", "UDAPI100500"}, {"UDAPI100050", "UDAPI100016"}),
    ],
    ids=["kite", "upstox"],
)  # fmt: skip
def test_every_documented_code_says_what_the_document_says(
    dialect: Dialect, refuses: Mapping[Reason, tuple[str, ...]], proves_nothing: set[str], login_over: set[str]
) -> None:
    assert dict(dialect.rejections) == {str(code): reason for reason, codes in refuses.items() for code in codes}
    assert dialect.ambiguous_codes == proves_nothing
    assert dialect.session_codes == login_over
    assert dialect.too_fast_is_refused
    assert not dialect.refuses_with_2xx


def test_what_only_one_broker_says() -> None:
    assert dict(kite.DIALECT.status_rejections) == {428: Reason.HOLDINGS_NOT_AUTHORISED}
    assert dict(upstox.DIALECT.status_rejections) == {}
    assert kite.DIALECT.not_there_codes == frozenset()
    assert upstox.DIALECT.not_there_codes == {"UDAPI100010"}


@pytest.mark.parametrize("broker", [kite, upstox], ids=["kite", "upstox"])
def test_products_and_sides_mean_what_the_documents_say(broker: Any) -> None:
    assert dict(broker.ROWS.sides) == {"BUY": Side.BUY, "SELL": Side.SELL}
    assert [word for word, delivery in broker.ROWS.delivery.items() if delivery] == ["CNC" if broker is kite else "D"]
    assert {*broker.ROWS.delivery} == (
        {"CNC", "NRML", "MIS", "MTF", "CO", "BO"} if broker is kite else {"D", "I", "CO", "OCO", "MTF"}
    )


@pytest.mark.parametrize("word", ["COMPLETED", "complete d", "", "REJECT", "CANCEL", "FILLED"])
def test_a_word_that_resembles_a_final_one_is_not_final(word: str) -> None:
    assert status_of(word, 10, 10, kite.ROWS.statuses) is BrokerStatus.UNKNOWN
    assert status_of(word, 10, 10, upstox.ROWS.statuses) is BrokerStatus.UNKNOWN


@given(status=st.sampled_from(BrokerStatus), quantity=st.integers(0, 100), filled=st.integers(0, 100))
def test_quantities_turn_only_living_orders_into_partly_filled_ones(
    status: BrokerStatus, quantity: int, filled: int
) -> None:
    told = with_fill(status, quantity, filled)

    assert told in (status, BrokerStatus.PARTIAL)
    if status in TERMINAL | {BrokerStatus.UNKNOWN, BrokerStatus.AMO_QUEUED}:
        assert told is status
    if told is not status:
        assert 0 < filled < quantity


@given(text=st.text(max_size=200))
def test_any_text_has_a_reason(text: str) -> None:
    assert isinstance(reason_of([text, None]), Reason)


def test_fragments_are_lower_case_and_each_can_be_reached() -> None:
    for at, (fragment, reason) in enumerate(FRAGMENTS):
        assert fragment == fragment.lower()
        assert reason_of([f"Sorry: {fragment.upper()} for you"]) is reason, fragment
        assert not any(earlier in fragment for earlier, _ in FRAGMENTS[:at]), fragment


def test_an_amount_is_read_where_it_stands_and_missing_is_unknown_never_nothing() -> None:
    told = {"equity": {"net": "12.34", "gross": None, "cash": 7}, "note": [1]}

    assert (amount_at(told, "equity", "net"), amount_at(told, "equity", "cash")) == (1234, 700)
    for names in (("equity", "gross"), ("equity", "none"), ("equity",), ("equity", "net", "of"), ("note", "0"), ()):
        with pytest.raises(Unknown):
            amount_at(told, *names)


@given(rupees=st.decimals(allow_nan=True, allow_infinity=True))
def test_an_amount_is_whole_paise_or_unknown(rupees: Decimal) -> None:
    try:
        paise = amount(rupees)
    except Unknown:
        assert not rupees.is_finite() or abs(rupees) > 10**13
    else:
        assert type(paise) is int
        assert abs(Decimal(paise) - rupees * 100) <= Decimal("0.5")


@given(text=st.none() | st.text(max_size=30))
def test_any_text_is_a_time_or_none(text: str | None) -> None:
    told = indian_time(text)

    assert told is None or told.tzinfo is UTC


def test_times_are_read_on_an_indian_clock() -> None:
    assert indian_time("2026-11-18 00:15:00") == datetime(2026, 11, 17, 18, 45, tzinfo=UTC)
    assert str(indian_time("2026-11-18 00:15:00")) == "2026-11-17 18:45:00+00:00"
    assert indian_time("0001-01-01 00:00:00") is None
    assert indian_time("2026-02-30 00:00:00") is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("21/03/2024 15:30:00", datetime(2024, 3, 21, 10, 0, tzinfo=UTC)),
        ("2024-03-21 15:30:00", None),
        ("21-03-2024 15:30:00", None),
        ("31/02/2024 15:30:00", None),
        ("01/01/0001 00:00:00", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_whose_day_stands_first_is_one_on_a_clock_in_india(text: str | None, at: datetime | None) -> None:
    assert day_first_time(text) == at


@pytest.mark.parametrize(
    ("given_symbol", "alone"),
    [
        ("NHPC-EQ", "NHPC"),
        ("NHPC", "NHPC"),
        ("BAJAJ-AUTO", "BAJAJ-AUTO"),
        ("BAJAJ-AUTO-EQ", "BAJAJ-AUTO"),
        ("SCHNEIDER-BE", "SCHNEIDER"),
        ("NOBODY-BE", "NOBODY-BE"),
        ("NOBODY-EQ", "NOBODY"),
        ("-EQ", "-EQ"),
    ],
)
def test_symbols_lose_their_series_and_nothing_else(given_symbol: str, alone: str) -> None:
    assert plain(given_symbol) == alone
    assert upstox.ROWS.symbol("NSE", None, given_symbol) == alone


@pytest.mark.parametrize(
    ("broker", "exchange", "symbol", "code", "listed_as"),
    [
        ("kite", "NSE", "INFY", "408065", "INFY"),
        ("kite", "NSE", "AAREYDRUGS", "1343489", "AAREYDRUGS-BE"),
        ("kite", "BSE", "AAREYDRUGS", "134249476", "AAREYDRUGS"),
        ("upstox", "NSE", "INFY", "NSE_EQ|INE009A01021", "INFY"),
        ("upstox", "BSE", "INFY", "BSE_EQ|INE009A01021", "INFY"),
        ("angelbroking", "NSE", "INFY", "1594", "INFY-EQ"),
        ("angelbroking", "BSE", "INFY", "500209", "INFY"),
        ("a broker without a list", "BSE", "INFY", "500209", "INFY"),
    ],
)
def test_a_simulated_broker_is_told_the_names_that_it_documents(
    broker: str, exchange: str, symbol: str, code: str, listed_as: str
) -> None:
    security = find(symbol, exchange)
    assert security is not None

    assert code_at(broker, "test", security) == BrokerCode(broker, exchange, security.isin, code, listed_as)
