"""Every status and error code of the interface: the way to it and the test that goes it, or why there is none."""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from torana.api.sdk_rejections import REJECTIONS
from torana.flows.registry import FLOWS
from torana.transactions.models import Status
from torana.transactions.outcomes import ALL

HERE = Path(__file__).parents[1]


class Way(NamedTuple):
    """How it comes about, and who shows it: file and function below `tests/`."""

    way: str
    shown_by: str


class Missing(NamedTuple):
    """Not reachable: what it waits for."""

    reason: str


STATUSES: dict[Status, Way | Missing] = {
    Status.INITIALIZED: Way(
        "it was created, and no login was made",
        "portal/test_doors.py::test_a_login_without_the_right_state_makes_no_session",
    ),
    Status.USED: Way(
        "the investor has logged in",
        "portal/test_quiet_broker.py::test_the_cookie_alone_ties_the_login_to_its_transaction",
    ),
    Status.PROCESSING: Way(
        "a limit order rests, or after-market orders wait",
        "portal/test_limit_orders.py::test_a_limit_that_waits_is_in_the_queue_until_its_price_comes",
    ),
    Status.ACTION_REQUIRED: Way(
        "a repair is pending when a rebalance is opened",
        "portal/test_basket_repairs.py::test_a_repair_comes_before_a_rebalance",
    ),
    Status.ERRORED: Way(
        "it was cancelled, ran out or failed",
        "portal/test_races.py::test_a_cancel_elsewhere_is_seen_at_the_confirmation",
    ),
    Status.COMPLETED: Way("the last order is final", "journeys/test_buying.py::test_a_guest_buys_by_the_brokers_api"),
}

_SDK = "the set-up of the SDK names what the gateway refuses"
CODES: dict[tuple[int | None, str], Way | Missing] = {
    (None, "invalid_gateway"): Way(_SDK, "portal/test_sdk.py::test_a_session_with_a_wrong_set_up_names_what_is_wrong"),
    (None, "invalid_jwt"): Way(_SDK, "portal/test_sdk.py::test_a_session_with_a_wrong_set_up_names_what_is_wrong"),
    (None, "invalid_user_data"): Way(
        _SDK, "portal/test_sdk.py::test_a_session_with_a_wrong_set_up_names_what_is_wrong"
    ),
    (None, "invalid_elementorselector"): Missing("the module that shows a whole page in an element is not built"),
    (1001, "user_mismatch"): Way(
        "a connected investor logs in with another account",
        "portal/test_funds.py::test_another_account_than_the_connected_one_is_a_mismatch",
    ),
    (1002, "user_cancelled"): Missing("the old single code; 1010 to 1012 say when"),
    (1003, "consent_denied"): Way(
        "a consent is refused", "portal/test_new_intents.py::test_a_consent_that_is_refused_ends_it"
    ),
    (1004, "insufficient_holdings"): Way(
        "a fixed line sells more than there is",
        "portal/test_review.py::test_a_sell_above_what_is_held_ends_without_an_order",
    ),
    (1005, "transaction_expired"): Way(
        "the time runs out in the flow",
        "portal/test_races.py::test_a_request_that_expires_in_the_middle_places_nothing",
    ),
    (1006, "no_broker"): Way("“my broker is not listed”", "portal/test_doors.py::test_my_broker_is_not_listed"),
    (1007, "no_broker"): Missing("account opening from the choice of a broker"),
    (1008, "no_broker"): Way("no broker is left to choose", "portal/test_doors.py::test_no_broker_left_ends_the_flow"),
    (1010, "user_cancelled"): Way(
        "closed at the choice of a broker", "journeys/test_leaving.py::test_the_cross_of_the_chooser_ends_it_at_once"
    ),
    (1011, "user_cancelled"): Way(
        "closed before the login is done", "portal/test_funds.py::test_a_pop_up_that_is_closed_ends_it"
    ),
    (1012, "user_cancelled"): Way(
        "closed after the login", "portal/test_funds.py::test_a_pop_up_that_is_closed_ends_it"
    ),
    (1013, "user_consent_denied"): Missing("the consent of distributors, which no broker that is served asks for"),
    (1014, "no_compatible_browser"): Missing("of the mobile SDKs"),
    (2000, "internal_error"): Way(
        "what the partner asked for is no longer there",
        "portal/test_unlisted.py::test_a_security_that_left_every_list_meanwhile_ends_it_inside",
    ),
    (2001, "holdings_import_error"): Way(
        "the broker does not tell what is held, or not all of it",
        "holdings/test_import.py::test_what_the_broker_does_not_tell_is_not_passed_on",
    ),
    (3000, "intent_not_enabled_for_broker"): Way(
        "the broker cannot do what is asked",
        "portal/test_unlisted.py::test_a_broker_that_does_not_list_a_share_is_left_before_the_login_and_says_so",
    ),
    (3001, "transaction_expired"): Way(
        "the id was used before", "journeys/test_bad_input.py::test_a_transaction_that_was_used_is_not_used_again"
    ),
    (3002, "invalid_transactionId"): Way(
        "nobody made the id", "portal/test_sdk.py::test_an_unknown_transaction_is_told_at_once"
    ),
    (3003, "transaction_in_process"): Way(
        "another flow is open on it", "portal/test_sdk.py::test_another_flow_hears_that_the_transaction_is_taken"
    ),
    (3004, "init_sdk"): Way(
        "triggered before init", "sdk/test_set_up.py::test_a_set_up_that_cannot_work_is_told_by_name"
    ),
    (4000, "already_subscribed"): Missing("SUBSCRIPTION"),
    (4001, "check_violated"): Missing("nothing of ours ends so: an internal check is internal_error"),
    (4003, "timed_out"): Way(
        "the gateway stays away",
        "sdk/test_doubt.py::test_a_gateway_that_stays_away_after_the_confirmation_leaves_the_outcome_unknown",
    ),
    (4004, "market_closed"): Way(
        "the market is closed and nothing may wait",
        "portal/test_review.py::test_a_closed_market_is_said_before_the_login",
    ),
    (4005, "order_in_queue"): Way(
        "a limit order rests for half a minute",
        "portal/test_limit_orders.py::test_a_limit_that_waits_is_in_the_queue_until_its_price_comes",
    ),
    (4006, "order_pending"): Way(
        "an earlier order on the investment is open",
        "portal/test_basket_repairs.py::test_an_open_order_holds_up_the_next",
    ),
    (None, "no_order"): Missing("told with the codes 9004 and 9009, which are ours"),
    (None, "smallcase_archived"): Missing("told with the code 9007, which is ours"),
    (None, "trading_not_enabled"): Missing(
        "no broker that is served says it by a code; its refusal stands with the order"
    ),
    (None, "webhook_unreachable"): Missing("no flow depends on a webhook: they are delivered later"),
    (9001, "popup_blocked"): Way(
        "the browser blocks the pop-up twice",
        "sdk/test_windows.py::test_a_second_block_rejects_by_name_when_there_is_no_way_back",
    ),
    (9002, "csp_blocked"): Way(
        "the page's policy forbids the form",
        "sdk/test_page.py::test_a_policy_without_form_action_is_told_instead_of_a_blank_window",
    ),
    (9003, "gateway_suspended"): Way(
        "the operator suspended the gateway",
        "portal/test_suspended.py::test_nothing_is_opened_and_the_page_is_told_why",
    ),
    (9004, "no_order"): Way(
        "what is to be cancelled is not theirs", "portal/test_cancel.py::test_another_investors_order_is_not_there"
    ),
    (9005, "orders_halted"): Way(
        "new orders are stopped",
        "portal/test_halt.py::test_an_investor_who_comes_to_order_reads_why_they_cannot",
    ),
    (9006, "wrong_attempts_exceeded"): Way(
        "five wrong codes of the registrar", "portal/test_mutual_funds.py::test_five_wrong_codes_end_it"
    ),
    (9007, "smallcase_archived"): Way(
        "the basket is withdrawn", "portal/test_basket_repairs.py::test_a_withdrawn_basket_is_only_sold"
    ),
    (9008, "constituent_not_tradable"): Way(
        "a share of the basket is listed no more",
        "portal/test_basket_repairs.py::test_a_basket_with_a_share_that_is_listed_no_more_is_not_bought",
    ),
    (9009, "no_order"): Way(
        "the investment is as it should be",
        "portal/test_basket_repairs.py::test_what_is_as_it_should_be_is_not_ordered",
    ),
}
"""The names of the interface and ours (from 9001), by code; None: it has none."""

WAYS = [pytest.param(str(code or name), name, way, id=f"{code}-{name}") for (code, name), way in CODES.items()]
REACHED = {key for key, way in CODES.items() if isinstance(way, Way)}


@cache
def _functions(file: Path) -> dict[str, str]:
    """The tests of a file, with their decorators, as text."""
    text = file.read_text("utf-8")
    lines = text.splitlines()
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found


def _shown(way: Way) -> str:
    """The test that goes this way, as text."""
    file, _, function = way.shown_by.partition("::")
    functions = _functions(HERE / file)
    assert function in functions, f"{way.shown_by} is not there: name another test that goes this way"
    return functions[function]


@pytest.mark.parametrize(("code", "name", "way"), WAYS)
def test_every_code_has_a_way_to_it_or_a_reason(code: str, name: str, way: Way | Missing) -> None:
    if isinstance(way, Missing):
        assert way.reason
        return
    shown = _shown(way)
    assert code in shown or name in shown, f"{way.shown_by} does not look for {code} {name}"


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_way_to_it_or_a_reason(status: Status) -> None:
    way = STATUSES[status]
    if isinstance(way, Way):
        assert status.value in _shown(way)


def test_what_the_program_can_end_with_stands_in_the_table() -> None:
    told = {(error.code, error.name) for error in ALL}
    documented = {(one.code, one.name) for one in REJECTIONS}

    assert told <= CODES.keys()
    assert documented <= CODES.keys()
    assert documented >= REACHED, "a code that a page can meet is in the error guide"


def test_intents_live_as_long_as_the_interface_says() -> None:
    minutes = {flow.intent: flow.lifetime.total_seconds() / 60 for flow in FLOWS}

    assert {minutes.pop("TRANSACTION"), minutes.pop("SUBSCRIPTION", 45)} == {15, 45}
    assert minutes["CONNECT"] == minutes["FETCH_FUNDS"] == 5
