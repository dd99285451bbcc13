"""One bad row, text or number of a broker's: what is foreign is left out, what may be ours proves nothing."""

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.brokers import definite_no, shows_tags
from tests.brokers import known as known_broker
from tests.connectors.replay import (
    INFY,
    KEYS,
    MANDM,
    SESSION,
    TAG,
    Replayer,
    answer,
    before,
    call,
    connector,
    fixture,
    replying,
)
from torana.connectors.contract import BrokerError, BrokerOrder, ExecutionMode, Hosts, Setup, TagRule, Unknown
from torana.connectors.decoding import Unreadable, clean_text, decode
from torana.connectors.kite import mapping, wire
from torana.connectors.registry import BROKERS
from torana.connectors.tags import on_wire
from torana.connectors.transport import Part
from torana.kit.http import Answer
from torana.kit.metrics import ROWS_UNREADABLE

BOTH = pytest.mark.parametrize("broker", sorted(BROKERS))
SHOWS_TAGS = list(filter(shows_tags, sorted(BROKERS)))
TAGGED = pytest.mark.parametrize("broker", SHOWS_TAGS)
FOREIGN_ID = "990000000000001"
SHORT = TagRule(10)

BAD: dict[str, dict[str, Any]] = {
    "no symbol": {"symbol": None, "older_symbol": None},
    "a fraction of a share": {"quantity": 10.5},
    "no quantity": {"quantity": None},
    "an amount of any size": {"average_price": "1E99999999999"},
    "no amount": {"average_price": float("nan")},
    "an endless amount": {"average_price": float("inf")},
    "a quantity of any size": {"quantity": 10**400},
    "no status": {"status": None},
    "another kind": {"status": ["complete"]},
    "a long id": {"order_id": "9" * 3000},
}


def rows_of(broker: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = known_broker(broker).data(json.loads(fixture(broker, "orders.200")))
    return rows


def wired(broker: str, fields: dict[str, Any]) -> dict[str, Any]:
    return dict(known_broker(broker).row(fields))


def order_id_of(broker: str, row: dict[str, Any]) -> str:
    return str(row[known_broker(broker).names.get("order_id", "order_id")])


def enveloped(broker: str, rows: Sequence[object]) -> bytes:
    return json.dumps(known_broker(broker).enveloped(rows)).encode()


async def book(
    broker: str, rows: Sequence[object], known: Sequence[str] = (), body: bytes | None = None
) -> Sequence[BrokerOrder]:
    told = body if body is not None else enveloped(broker, rows)
    one, _ = replying(broker, *before(broker, "orders"), answer(told))
    return await one.orders(SESSION, known)


@TAGGED
@pytest.mark.parametrize("bad", BAD)
async def test_a_foreign_row_that_cannot_be_read_is_left_out_and_counted(broker: str, bad: str) -> None:
    good = rows_of(broker)[0]
    foreign = good | wired(broker, {"order_id": FOREIGN_ID, "tag": "elsewhere", "tags": ["elsewhere"]} | BAD[bad])
    counted = ROWS_UNREADABLE.labels(broker, "foreign")
    before = counted._value.get()

    read = await book(broker, [foreign, good])

    assert [row.broker_order_id for row in read] == [order_id_of(broker, good)]
    assert counted._value.get() == before + 1


@pytest.mark.parametrize("broker", sorted(BROKERS.keys() - SHOWS_TAGS))
@pytest.mark.parametrize("bad", BAD)
async def test_any_row_that_cannot_be_read_fails_the_look_where_no_tags_are_shown(broker: str, bad: str) -> None:
    """A18: it may be ours."""
    good = rows_of(broker)[0]

    with pytest.raises(Unknown, match="ours"):
        await book(broker, [good, good | wired(broker, {"order_id": FOREIGN_ID} | BAD[bad])])


@TAGGED
@pytest.mark.parametrize("row", [None, 1, "row", [], {}, [[]]])
async def test_what_is_no_row_at_all_is_left_out(broker: str, row: object) -> None:
    good = rows_of(broker)[0]

    assert len(await book(broker, [good, row])) == 1


@BOTH
@pytest.mark.parametrize("bad", [one for one in BAD if one != "a long id"])
@pytest.mark.parametrize("by", ["tag", "tags", "id"])
async def test_a_row_of_ours_that_cannot_be_read_fails_the_look(broker: str, bad: str, by: str) -> None:
    """A18: unavailable is never empty."""
    marks: dict[str, dict[str, object]] = {
        "tag": {"order_id": FOREIGN_ID, "tag": TAG},
        "tags": {"order_id": FOREIGN_ID, "tag": None, "tags": ["mktp", TAG]},
        "id": {"order_id": FOREIGN_ID, "tag": None, "tags": []},
    }
    good = rows_of(broker)[0]

    with pytest.raises(Unknown, match="ours"):
        await book(broker, [good, good | wired(broker, marks[by] | BAD[bad])], [FOREIGN_ID] if by == "id" else [])


async def test_an_unreadable_row_of_a_look_up_by_tag_fails_it() -> None:
    told = json.loads(fixture("upstox", "orders_by_tag.200"))
    told["data"][0] |= {"quantity": None, "tag": None}
    one, _ = replying("upstox", answer(json.dumps(told)))

    with pytest.raises(Unknown):
        await one.orders_by_tag(SESSION, TAG)


async def test_a_look_up_by_tag_takes_no_order_with_another_tag() -> None:
    told = json.loads(fixture("upstox", "orders_by_tag.200"))
    for row in told["data"]:
        row["tag"] = "somebody"
    one, _ = replying("upstox", answer(json.dumps(told)))

    assert await one.orders_by_tag(SESSION, TAG) == []


@BOTH
@pytest.mark.parametrize("ten", ["10.0", "10", "1e1", "1.0E1", "10.000"])
async def test_a_count_may_be_written_in_every_way_of_json(broker: str, ten: str) -> None:
    row = rows_of(broker)[0] | wired(broker, {"quantity": "@", "filled_quantity": "@"})
    body = enveloped(broker, [row]).decode().replace('"@"', ten).encode()

    (read,) = await book(broker, [], body=body)

    assert (read.quantity, read.filled_quantity) == (10, 10)


@BOTH
@pytest.mark.parametrize("spoilt", [b"\\u0000", b"\\ud800", b"\\udfff", b"\x00", b"\x1b[2J", b"\xff", b"\\u202e"])
async def test_a_bad_byte_in_a_text_harms_neither_the_book_nor_what_is_kept_of_it(broker: str, spoilt: bytes) -> None:
    row = rows_of(broker)[0] | wired(broker, {"status": "rejected", "status_message": "no @ funds", "user_note": "@"})
    body = enveloped(broker, [row]).replace(b"@", spoilt)

    (read,) = await book(broker, [], body=body)

    assert read.message is not None
    assert read.message == clean_text(read.message)
    assert read.message.encode()
    assert "\x00" not in read.message


@BOTH
async def test_a_refusal_with_a_bad_byte_is_still_a_refusal_and_its_text_is_safe(broker: str) -> None:
    """The database takes no U+0000: one such text stopped a whole basket."""
    told = json.loads(fixture(broker, known_broker(broker).plain_refusal))
    problem, text = known_broker(broker).refusal(told)
    said = problem[text]
    problem[text] = f"{said}: not \x00en\ud800ough \u202e" + "x" * 9000
    one, _ = replying(broker, answer(json.dumps(told), 400))

    with pytest.raises(definite_no(broker)) as caught:
        await call(one, "place")

    assert caught.value.message.startswith(f"{said}: not enough x")
    assert len(caught.value.message) == 500


@BOTH
@pytest.mark.parametrize("size", ["1E99999999999", "1E999999999999999999999999", "NaN", "-Infinity", "9" * 5000])
async def test_an_amount_that_is_none_is_refused(broker: str, size: str) -> None:
    one_connector, _ = replying(broker, _with_amounts(broker, "funds", size))

    with pytest.raises(Unknown):
        await call(one_connector, "funds")


@pytest.mark.parametrize("broker", [one for one in sorted(BROKERS) if "average_price" not in known_broker(one).untold])
@pytest.mark.parametrize("size", ["1E99999999999", "1E999999999999999999999999", "NaN", "-Infinity", "9" * 5000])
async def test_shares_at_a_price_that_is_none_are_told_as_unread(broker: str, size: str) -> None:
    one_connector, _ = replying(broker, _with_amounts(broker, "holdings", size))
    portfolio = one_connector.parts.portfolio
    assert portfolio is not None

    told = await portfolio.holdings(SESSION)

    assert told.read == []
    assert told.unread
    assert all(row.isin for row in told.unread)
    assert all(row.symbol for row in told.unread) is known_broker(broker).names_holdings


def _with_amounts(broker: str, method: str, size: str) -> Answer:
    """The fixture with this number wherever an amount stands."""
    body = json.loads(fixture(broker, f"{method}.200"))
    names = known_broker(broker).row(dict.fromkeys(("average_price", "net", "available_margin"), "@"))
    _put_everywhere(body, names)
    return answer(json.dumps(body).replace('"@"', size))


def _put_everywhere(tree: object, names: dict[str, object]) -> None:
    """Set fields of these names wherever they stand."""
    for one in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        _put_everywhere(one, names)
    if isinstance(tree, dict):
        tree.update({name: value for name, value in names.items() if name in tree})


@pytest.mark.parametrize(
    "broker", [name for name, one in sorted(BROKERS.items()) if one.quotes and known_broker(name).prices_at_once > 1]
)
async def test_one_unreadable_price_leaves_the_others(broker: str) -> None:
    told = json.loads(fixture(broker, "quotes.200"))
    rows = known_broker(broker).price_rows(known_broker(broker).data(told))
    rows[0].update(known_broker(broker).row({"last_price": None}))
    one, _ = replying(broker, answer(json.dumps(told)))

    prices = await one.quotes(SESSION, [INFY, MANDM])

    assert len(prices) == len(rows) - 1


@pytest.mark.parametrize("broker", [name for name, one in sorted(BROKERS.items()) if one.postbacks])
@given(body=st.binary(max_size=60) | st.sampled_from([b"[" * 100_000, b'{"order_id":' + b"9" * 5000 + b"}"]))
def test_a_postback_of_any_bytes_is_refused_and_nothing_else(broker: str, body: bytes) -> None:
    _, client = replying(broker, answer(b""))

    with pytest.raises(ValueError, match=r".*"):
        connector(broker, client).parse_postback({}, body, KEYS["postback_secret"])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters(), max_size=8)
    | st.sampled_from([TAG, "mktp", "10.0", "NaN", "1E99999999999", "\x00", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["tag", "a"]), inner, max_size=2),
    max_leaves=5,
)


@BOTH
@given(
    changed=st.dictionaries(
        st.sampled_from(sorted({name for broker in BROKERS for name in rows_of(broker)[0]})), JSON, max_size=4
    )
)
async def test_a_row_of_any_shape_is_read_left_out_or_fails_the_look(broker: str, changed: dict[str, Any]) -> None:
    """Whatever is read can be kept: no unsafe text, no number beyond reason; and our good row is never lost."""
    good = rows_of(broker)[0] | wired(broker, {"tag": TAG})
    odd = good | wired(broker, {"order_id": FOREIGN_ID, "tag": None, "tags": None}) | changed
    try:
        read = await book(broker, [odd, good])
    except Unknown:
        assert broker not in SHOWS_TAGS or re.search(
            "[1-9][0-9]{14}", json.dumps([odd.get(name) for name in wired(broker, {"tag": 0, "tags": 0})])
        ), "nothing in it may be ours"
        return

    assert order_id_of(broker, good) in [row.broker_order_id for row in read]
    for row in read:
        for text in (row.broker_order_id, row.exchange_order_id, row.symbol, row.raw_status, row.message):
            assert text is None or (text == clean_text(text) and len(text) <= 500)
        assert abs(row.quantity) <= 10**12
        assert abs(row.average_price) <= 10**16


@BOTH
@given(body=st.binary(max_size=200))
async def test_bytes_of_any_kind_end_in_an_error_of_the_contract(broker: str, body: bytes) -> None:
    _, client = replying(broker, answer(body))

    with pytest.raises(BrokerError):
        await connector(broker, client).orders(SESSION)


def test_what_is_nested_too_deeply_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        decode(b'{"\\u0041":' * 50_000, msgspec.Raw)


@pytest.mark.parametrize("rule", [SHORT, TagRule(15)])
def test_a_row_that_cannot_be_read_is_ours_by_its_brokers_rule_for_tags(rule: TagRule) -> None:
    """15 digits stand for our tag in any field; a shorter form only where the broker's rule says so."""
    hosts, url = Hosts({}, frozenset()), "https://torana.example"
    part = Part(Setup(Replayer(()), hosts, KEYS, url, ExecutionMode.SERVER_API, broker="kite"))

    def read(tag: str) -> list[BrokerOrder]:
        row = {"order_id": FOREIGN_ID, "tag": tag}
        return part.book_rows([row], wire.Order, mapping.ROWS.order, (), rule=rule)

    with pytest.raises(Unknown):
        read(on_wire(TAG, rule))
    if rule is SHORT:
        assert read(on_wire(TAG, SHORT).upper()) == []
