"""What an answer proves (C.4), for every broker: exact error classes, and bytes that nobody expects."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.brokers import definite_no
from tests.brokers import known as known_broker
from tests.connectors.replay import (
    EACH_METHOD,
    READS,
    WRITES,
    Replayer,
    answer,
    before,
    call,
    fixture,
    methods_of,
    replying,
)
from torana.connectors.contract import (
    BrokerError,
    ExecutionMode,
    Hosts,
    Keys,
    LoginRefused,
    NotSent,
    RateLimited,
    Reason,
    Rejected,
    SessionEnded,
    Setup,
    Unknown,
)
from torana.connectors.error_table import Dialect, Failure, NotThere, Purpose, read
from torana.connectors.registry import BROKERS
from torana.connectors.transport import Part, exchange
from torana.kit.http import Answer, Request, TransportFailure

BOTH = pytest.mark.parametrize("broker", BROKERS)

SUCCESSES_THAT_ARE_NONE = {
    "empty": answer(b""),
    "blank": answer(b" \n"),
    "empty object": answer(b"{}"),
    "null": answer(b"null"),
    "a page": answer(b"<html><body>Welcome</body></html>", content_type="text/html"),
    "a page that says it is JSON": answer(b"<html></html>"),
    "broken off": answer(b'{"status":"success","data":{"order_id":"2611'),
    "another encoding": answer('{"status":"success"}'.encode("utf-16")),
    "another encoding by name": answer(b"{}", content_type="application/json; charset=utf-16"),
    "byte order mark": answer(b"\xef\xbb\xbf{}"),
    "no content": Answer(204, {}, b""),
    "very deep": answer(b'{"status":"success","data":{"x":' + b"[" * 100_000),
    "status error": answer(b'{"status":"error"}'),
    "no data": answer(b'{"status":"success"}'),
}
STATUSES_THAT_PROVE_NOTHING = (301, 302, 307, 308, 408, 500, 502, 503, 504, 520)


def _is_no_data(broker: str, method: str, status: int) -> bool:
    """Whether this broker documents the status as an answer to a read in which there is nothing."""
    part = BROKERS[broker].portfolio
    silent = part.dialect.no_data_statuses if isinstance(part, type) and issubclass(part, Part) else ()
    return method in READS and status in silent


@pytest.mark.parametrize(
    ("broker", "method"),
    [
        (broker, method)
        for broker in BROKERS
        for method in methods_of(broker, READS)
        if _is_no_data(broker, method, 204)
    ],
)
async def test_what_a_broker_documents_as_no_data_is_an_empty_list_and_no_amount(broker: str, method: str) -> None:
    one, _ = replying(broker, Answer(204, {}, b""))

    if method == "funds":
        with pytest.raises(Unknown):
            await call(one, method)
    else:
        assert not await call(one, method)


@pytest.mark.parametrize(
    ("broker", "method", "name"),
    [
        (broker, method, name)
        for broker in BROKERS
        for method in methods_of(broker)
        for name, told in SUCCESSES_THAT_ARE_NONE.items()
        if not _is_no_data(broker, method, told.status)
    ],
)
async def test_a_success_without_what_it_must_hold_is_unknown(broker: str, method: str, name: str) -> None:
    """A07, A08."""
    one, client = replying(broker, SUCCESSES_THAT_ARE_NONE[name])

    with pytest.raises(Unknown) as caught:
        await call(one, method)

    assert type(caught.value) is Unknown
    assert not caught.value.unmapped
    assert len(client.requests) == 1


@EACH_METHOD
@pytest.mark.parametrize("content_type", ["text/plain", "application/json; charset=utf-16", ""])
async def test_the_right_body_under_another_name_is_unknown(broker: str, method: str, content_type: str) -> None:
    """A07: wrong content type, wrong charset."""
    body = fixture(
        broker, f"{'orders' if method == 'orders_by_tag' and BROKERS[broker].tag_lookup is None else method}.200"
    )
    one, _ = replying(broker, answer(body, content_type=content_type))

    with pytest.raises(Unknown):
        await call(one, method)


@EACH_METHOD
@pytest.mark.parametrize("status", STATUSES_THAT_PROVE_NOTHING)
@pytest.mark.parametrize("refusal", ["of the broker", "bare"])
async def test_a_status_that_proves_nothing_is_unknown(broker: str, status: int, refusal: str, method: str) -> None:
    """A06, A11: even around a code that would be a definite no."""
    known = fixture(broker, known_broker(broker).plain_refusal)
    one, client = replying(broker, answer(known if refusal == "of the broker" else b"", status))

    with pytest.raises(Unknown) as caught:
        await call(one, method)

    assert type(caught.value) is Unknown
    assert len(client.requests) == 1


@EACH_METHOD
@pytest.mark.parametrize(("sent", "error"), [(False, NotSent), (True, Unknown)])
async def test_a_lost_exchange_is_told_by_whether_a_byte_left(
    broker: str, method: str, sent: bool, error: type[BrokerError]
) -> None:
    """A01, A09, A10."""
    one, client = replying(broker, TransportFailure("connection lost", sent=sent))

    with pytest.raises(error) as caught:
        await call(one, method)

    assert type(caught.value) is error
    assert caught.value.message == "connection lost"
    assert len(client.requests) == 1


BEYOND = '"1E99999999999"'


@EACH_METHOD
async def test_one_value_beyond_reason_is_no_fault_of_ours(broker: str, method: str) -> None:
    """A08: in the place of each value in turn, the exchange too, the call ends in a value or in what is known."""
    told = "orders" if method == "orders_by_tag" and BROKERS[broker].tag_lookup is None else method
    body = fixture(broker, f"{told}.200").decode()

    for value in re.finditer(r'(?<=:)\s*("[^"]*"|-?[0-9.]+)(?=\s*[,}\]])', body):
        changed = answer(f"{body[: value.start(1)]}{BEYOND}{body[value.end(1) :]}")
        one, _ = replying(broker, *before(broker, method), changed)
        with suppress(BrokerError, LoginRefused):
            await call(one, method)


@BOTH
async def test_too_fast_is_paced_with_the_seconds_the_broker_names(broker: str) -> None:
    """S05."""
    refused = Answer(
        429,
        {"content-type": "application/json", "retry-after": "3"},
        fixture(broker, known_broker(broker).plain_refusal),
    )
    before_the_order_system = BROKERS[broker].capabilities.too_fast_is_refused
    for method in methods_of(broker, (*READS, *WRITES)):
        proves = RateLimited if method in READS or before_the_order_system else Unknown
        one, _ = replying(broker, *before(broker, method), refused)

        with pytest.raises(proves) as caught:
            await call(one, method)

        assert type(caught.value) is proves
        assert getattr(caught.value, "retry_after", None) == (3.0 if proves is RateLimited else None)


@BOTH
async def test_a_429_that_is_not_the_brokers_own_proves_nothing_about_an_order(broker: str) -> None:
    one, _ = replying(broker, answer(b"slow down", 429, "text/plain"))

    with pytest.raises(Unknown) as placing:
        await call(one, "place")
    with pytest.raises(RateLimited) as reading:
        await call(one, "orders")

    assert type(placing.value) is Unknown
    assert reading.value.retry_after is None


@BOTH
async def test_an_unseen_code_is_unknown_and_counted(broker: str) -> None:
    """A14."""
    unseen = answer(fixture(broker, max(known_broker(broker).unmapped)), 400)
    one, _ = replying(broker, *before(broker, "cancel"), unseen)

    with pytest.raises(Unknown) as caught:
        await call(one, "cancel")

    assert caught.value.unmapped


@BOTH
async def test_a_refused_read_proves_nothing(broker: str) -> None:
    """A18: a code that is a definite no to an order is none to a look-up."""
    known = fixture(broker, known_broker(broker).plain_refusal)

    for method in methods_of(broker, READS):
        one, _ = replying(broker, answer(known, 400))
        with pytest.raises(Unknown):
            await call(one, method)


@BOTH
async def test_a_login_is_refused_by_any_plain_no(broker: str) -> None:
    one, _ = replying(broker, answer(fixture(broker, max(known_broker(broker).unmapped)), 400))

    with pytest.raises(LoginRefused):
        await call(one, "finish_login")


def _own_failures(body: bytes) -> Sequence[Failure]:
    told = msgspec.json.decode(body, type=dict[str, str])
    return [Failure(told.get("code"), told.get("text", ""))] if "code" in told else []


def _over(refusal: object, success: object) -> object:
    """A refusal with what an answer of success has, wherever the refusal itself says nothing."""
    if isinstance(refusal, dict) and isinstance(success, dict):
        return {name: _over(refusal.get(name), success.get(name)) for name in {**success, **refusal}}
    if isinstance(refusal, list) and isinstance(success, list):
        return [_over(*both) for both in zip_longest(refusal, success)]
    silent = refusal is None or (refusal is not False and refusal in ("", 0, [], {}))
    return success if silent else refusal


@BOTH
async def test_a_refusal_of_an_order_that_names_one_by_its_id_proves_nothing(broker: str) -> None:
    """It stands where an answer of success has it. A cancellation is answered with the id that it named."""
    plain = known_broker(broker).plain_refusal
    refusal = json.loads(fixture(broker, plain))
    named = json.dumps(_over(refusal, json.loads(fixture(broker, "place.200"))))
    proven = []
    for method, body in [("place", json.dumps(refusal)), ("place", named), ("cancel", named)]:
        one, _ = replying(broker, *before(broker, method), answer(body, 400))
        with pytest.raises(BrokerError) as caught:
            await call(one, method)
        proven.append((type(caught.value), getattr(caught.value, "unmapped", False), caught.value.code))

    no = definite_no(broker)
    code = proven[0][2]
    assert proven == [(no, no is Unknown, code), (Unknown, False, code), (no, no is Unknown, code)]


def _dialect(*, too_fast_is_refused: bool = False, refuses_with_2xx: bool = False) -> Dialect:
    return Dialect(
        failures=_own_failures,
        order_ids=frozenset({"order"}),
        session_codes=frozenset({"LOGIN"}),
        rejections={"FUNDS": Reason.INSUFFICIENT_FUNDS},
        ambiguous_codes=frozenset({"BUSY"}),
        status_rejections={},
        ambiguous_texts=("maybe",),
        too_fast_is_refused=too_fast_is_refused,
        refuses_with_2xx=refuses_with_2xx,
    )


class Thing(msgspec.Struct):
    id: int


def test_a_broker_that_does_not_document_its_429_leaves_an_order_in_doubt() -> None:
    with pytest.raises(Unknown) as caught:
        read(answer(b'{"code":"SLOW"}', 429), Thing, _dialect(), Purpose.ORDER)

    assert type(caught.value) is Unknown


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"code":"FUNDS"}', Rejected),
        (b'{"code":"LOGIN"}', SessionEnded),
        (b'{"code":"FUNDS","text":"Maybe"}', Unknown),
    ],
)
def test_a_broker_that_says_no_under_a_200_is_understood(body: bytes, error: type[BrokerError]) -> None:
    with pytest.raises(error):
        read(answer(body), Thing, _dialect(refuses_with_2xx=True), Purpose.ORDER)
    with pytest.raises(Unknown):
        read(answer(body), Thing, _dialect(), Purpose.ORDER)


@pytest.mark.parametrize(
    ("body", "error", "code", "unmapped"),
    [
        (b'{"code":"FUNDS","text":"No money"}', Rejected, "FUNDS", False),
        (b'{"code":"BUSY","text":"Busy"}', Unknown, "BUSY", False),
        (b'{"code":"NEW","text":"Rule 7-Q"}', Unknown, "NEW", True),
        (b'{"code":"","text":"No code"}', Unknown, None, True),
        (b'{"code":"FUNDS","text":"MAYBE later"}', Unknown, "FUNDS", False),
    ],
)
def test_a_refused_order_says_with_which_code(
    body: bytes, error: type[BrokerError], code: str | None, *, unmapped: bool
) -> None:
    """A14."""
    with pytest.raises(BrokerError) as caught:
        read(answer(body, 400), Thing, _dialect(), Purpose.ORDER)

    assert type(caught.value) is error
    assert (caught.value.code, getattr(caught.value, "unmapped", False)) == (code, unmapped)


ORDER, READ, LOGIN = Purpose.ORDER, Purpose.READ, Purpose.LOGIN


@pytest.mark.parametrize(
    ("status", "code", "purpose", "error"),
    [
        (299, "FUNDS", ORDER, Rejected),
        (300, "FUNDS", ORDER, Unknown),
        (399, "FUNDS", ORDER, Unknown),
        (400, "FUNDS", ORDER, Rejected),
        (408, "FUNDS", ORDER, Unknown),
        (499, "FUNDS", ORDER, Rejected),
        (500, "FUNDS", ORDER, Unknown),
        (429, "FUNDS", ORDER, RateLimited),
        (429, "FUNDS", READ, RateLimited),
        (429, "FUNDS", LOGIN, RateLimited),
        (401, "LOGIN", ORDER, SessionEnded),
        (401, "LOGIN", READ, SessionEnded),
        (401, "LOGIN", LOGIN, LoginRefused),
        (503, "LOGIN", LOGIN, Unknown),
        (400, "FUNDS", LOGIN, LoginRefused),
        (404, "NOWHERE", READ, NotThere),
        (404, "NOWHERE", ORDER, Unknown),
        (500, "NOWHERE", READ, Unknown),
        (500, "NOTHING", READ, NotThere),
        (400, "NOTHING", READ, NotThere),
        (302, "NOTHING", READ, Unknown),
        (429, "NOTHING", READ, RateLimited),
        (500, "NOTHING", ORDER, Unknown),
        (500, "NOTHING", LOGIN, Unknown),
        (404, "FUNDS", READ, Unknown),
    ],
)
def test_an_error_of_the_brokers_says_what_it_proves_and_keeps_its_code(
    status: int, code: str, purpose: Purpose, error: type[BrokerError]
) -> None:
    dialect = replace(
        _dialect(too_fast_is_refused=True, refuses_with_2xx=True),
        not_there_codes=frozenset({"NOWHERE"}),
        nothing_codes=frozenset({"NOTHING"}),
    )

    with pytest.raises(BrokerError) as caught:
        read(answer(json.dumps({"code": code, "text": "words"}), status), Thing, dialect, purpose)

    assert type(caught.value) is error
    assert (caught.value.code, caught.value.message) == (code, "words")


def test_the_brokers_own_words_make_a_vague_refusal_plain() -> None:
    dialect = replace(
        _dialect(), rejections={"NO": Reason.OTHER}, fragments=(("kuch nahi", Reason.INSUFFICIENT_HOLDINGS),)
    )

    with pytest.raises(Rejected) as caught:
        read(answer(b'{"code":"NO","text":"Kuch nahi hai"}', 400), Thing, dialect, Purpose.ORDER)

    assert caught.value.reason is Reason.INSUFFICIENT_HOLDINGS


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"order": "7"}, Unknown),
        ({"order": 7}, Unknown),
        ({"data": [{}, {"order": ["7"]}]}, Unknown),
        ({"data": {"legs": [[{"order": "7"}]]}}, Unknown),
        ({"order": "", "data": {"order": None}}, Rejected),
        ({"order": "0", "legs": [{"order": 0}, {"order": []}]}, Rejected),
        ({"data": "order", "other": "7"}, Rejected),
    ],
)
@pytest.mark.parametrize("purpose", [ORDER, Purpose.CHANGE])
def test_an_id_of_an_order_counts_wherever_it_stands(
    told: dict[str, object], error: type[BrokerError], purpose: Purpose
) -> None:
    dialect = replace(_dialect(), failures=lambda body: [Failure("FUNDS", "words")])

    with pytest.raises(BrokerError) as caught:
        read(answer(json.dumps(told), 400), Thing, dialect, purpose)

    assert type(caught.value) is (error if purpose is ORDER else Rejected)
    assert (caught.value.code, caught.value.message) == ("FUNDS", "words")


def test_a_status_that_is_a_definite_no_is_one_whatever_the_code() -> None:
    dialect = replace(_dialect(), status_rejections={428: Reason.HOLDINGS_NOT_AUTHORISED})

    with pytest.raises(Rejected) as caught:
        read(answer(b'{"code":"NEW"}', 428), Thing, dialect, Purpose.ORDER)

    assert (caught.value.reason, caught.value.code) == (Reason.HOLDINGS_NOT_AUTHORISED, "NEW")


def test_an_order_whose_429_is_undocumented_keeps_the_code() -> None:
    with pytest.raises(Unknown) as caught:
        read(answer(b'{"code":"SLOW"}', 429), Thing, _dialect(), Purpose.ORDER)
    with pytest.raises(Unknown) as down:
        read(answer(b'{"code":"SLOW"}', 503), Thing, _dialect(), Purpose.ORDER)

    assert (caught.value.code, down.value.code) == ("SLOW", "SLOW")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("2", 2.0), ("0", 0.0), ("99999", 99_999.0), ("100000", None), ("", None), ("-1", None), ("1e9", None)],
)
def test_only_a_plain_number_of_seconds_is_obeyed(header: str, seconds: float | None) -> None:
    slow = Answer(429, {"content-type": "application/json", "retry-after": header}, b'{"code":"SLOW"}')

    with pytest.raises(RateLimited) as caught:
        read(slow, Thing, _dialect(), Purpose.READ)

    assert caught.value.retry_after == seconds


def test_a_read_that_something_on_the_way_found_too_fast_waits_as_long_as_it_says() -> None:
    slow = Answer(429, {"content-type": "text/html", "retry-after": "7"}, b"<html>")

    with pytest.raises(RateLimited) as caught:
        read(slow, Thing, _dialect(), Purpose.READ)

    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(("purpose", "rests"), [(Purpose.READ, True), (Purpose.ORDER, False), (Purpose.LOGIN, False)])
async def test_only_reads_are_held_back_while_a_broker_does_not_answer(purpose: Purpose, *, rests: bool) -> None:
    client = Replayer([answer(b'{"id":1}')])

    setup = Setup(client, Hosts({}, frozenset()), Keys({}), "https://torana.example", ExecutionMode.SERVER_API)
    await exchange(setup, Request("GET", "https://broker.example/"), None, purpose)

    assert [request.may_rest for request in client.requests] == [rests]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        'application/json; charset="UTF-8"',
        "application/json;charset=utf8",
        "application/vnd.broker+json;v=1",
    ],
)
def test_a_success_is_read_by_its_content_type(content_type: str) -> None:
    assert read(answer(b'{"id":1}', content_type=content_type), Thing, _dialect(), Purpose.READ) == Thing(1)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (200, b"{}", "HTTP 200: not the answer that is documented"),
        (200, b" ", "HTTP 200: empty"),
        (300, b"{}", "HTTP 300 without"),
    ],
)
def test_what_is_no_success_says_why(status: int, body: bytes, says: str) -> None:
    with pytest.raises(Unknown) as caught:
        read(answer(body, status), Thing, _dialect(), Purpose.ORDER)

    assert caught.value.message.startswith(says)


def test_a_brokers_text_is_kept_within_bounds() -> None:
    with pytest.raises(Rejected) as caught:
        read(answer(json.dumps({"code": "FUNDS", "text": "x" * 9000}), 400), Thing, _dialect(), Purpose.ORDER)

    assert len(caught.value.message) == 500


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
ANY_BODY = st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode())
STATUS = st.sampled_from((200, 201, 204, 301, 400, 401, 403, 404, 408, 422, 428, 429, 500, 503))
CONTENT_TYPE = st.sampled_from(("application/json", "application/json;charset=UTF-8", "text/html", "", "json;;="))


@EACH_METHOD
@given(body=ANY_BODY, status=STATUS, content_type=CONTENT_TYPE)
async def test_any_bytes_end_in_one_of_the_errors(
    broker: str, method: str, body: bytes, status: int, content_type: str
) -> None:
    assume(not _is_no_data(broker, method, status))
    assume(not (known_broker(broker).bare_lists and body.lstrip().startswith(b"[")))
    one, _ = replying(broker, answer(body, status, content_type))

    with pytest.raises((NotSent, Rejected, Unknown, LoginRefused)):
        await call(one, method)


@st.composite
def _mangled(draw: st.DrawFn, whole: bytes) -> bytes:
    """A real answer with one of its values replaced by something else."""
    value = json.loads(whole)
    at: list[object] = [value]
    while isinstance(at[-1], (dict, list)) and at[-1]:
        inner = at[-1]
        key = draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else list(range(len(inner)))))
        if draw(st.booleans()) or not isinstance(inner[key], (dict, list)):
            inner[key] = draw(ANY_JSON | st.integers(-(10**30), 10**30))
            break
        at.append(inner[key])
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("broker", "method"),
    [(one, method) for one in BROKERS for method in methods_of(one) if method not in ("orders_by_tag", "cancel")],
)
@given(data=st.data())
async def test_a_mangled_answer_is_read_or_unknown_and_never_a_float(
    broker: str, method: str, data: st.DataObject
) -> None:
    whole = fixture(broker, f"{method}.200")
    body = data.draw(_mangled(whole))
    one, _ = replying(broker, *before(broker, method), answer(body))

    try:
        ended: object = await call(one, method)
    except Unknown as error:
        ended = error.message
    except (LoginRefused, Rejected, NotSent) as refused:
        ended = refused.message
        assert known_broker(broker).says_no(json.loads(body)), "only an answer that says so is a refusal"

    assert "float" not in _types(ended)


def _types(value: object) -> set[str]:
    if isinstance(value, (list, tuple)):
        return set().union(*map(_types, value)) if value else set()
    if isinstance(value, dict):
        return _types([*value.keys(), *value.values()])
    if hasattr(value, "__dataclass_fields__"):
        return _types([getattr(value, name) for name in value.__dataclass_fields__])
    return {type(value).__name__}


@pytest.mark.parametrize("number", ["1e999999", "1e13", "-1e14", '"NaN"', '"Infinity"', "1e-999999"])
async def test_an_amount_beyond_reason_is_unknown(number: str) -> None:
    body = fixture("kite", "funds.200").replace(b"156000.05", number.encode(), 1)
    one, _ = replying("kite", answer(body.replace(f"{number}000000002".encode(), number.encode())))

    if number == "1e-999999":
        assert await call(one, "funds") == 0
    elif number == "1e13":
        assert await call(one, "funds") == 10**15
    else:
        with pytest.raises(Unknown):
            await call(one, "funds")


@BOTH
async def test_a_code_that_is_known_to_prove_nothing_is_no_refusal(broker: str) -> None:
    """A05: the order may exist, and nobody is told that it was refused."""
    told = dict(known_broker(broker).proves_nothing)
    one, _ = replying(broker, answer(json.dumps(told), 400))

    with pytest.raises(Unknown) as caught:
        await call(one, "place")

    assert not caught.value.unmapped


@pytest.mark.parametrize(("purpose", "kind"), [(Purpose.READ, NotThere), (Purpose.ORDER, Unknown)])
@pytest.mark.parametrize("status", [204, 222])
def test_a_status_for_no_data_is_an_empty_answer_to_a_read_where_the_broker_documents_it(
    status: int, purpose: Purpose, kind: type[BrokerError]
) -> None:
    silent = replace(_dialect(), no_data_statuses=frozenset({204, 222}))

    with pytest.raises(BrokerError) as told:
        read(Answer(status, {}, b""), Thing, silent, purpose)
    with pytest.raises(BrokerError) as unsaid:
        read(Answer(status, {}, b""), Thing, _dialect(), purpose)

    assert (type(told.value), type(unsaid.value)) == (kind, Unknown)
