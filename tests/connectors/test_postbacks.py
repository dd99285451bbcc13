"""Postbacks: a right proof, a wrong one, none (K04); and bytes that nobody expects."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.replay import KEYS, TAG, answer, connector, fixture, replying
from tests.connectors.whole import Whole
from torana.connectors.contract import ExecutionMode, Postback, Setup
from torana.connectors.hosts import live_hosts
from torana.connectors.registry import BROKERS

SECRET = KEYS["postback_secret"]


def _kite(**changed: object) -> bytes:
    return json.dumps({**json.loads(fixture("kite", "parse_postback")), **changed}).encode()


def test_a_kite_postback_is_proved_by_its_checksum() -> None:
    one, _ = replying("kite", answer(b""))

    assert one.parse_postback({}, _kite(), None) == Postback("TR0007", "261118000417201", TAG)


@pytest.mark.parametrize(
    "changed",
    [
        {"checksum": "0" * 64},
        {"checksum": ""},
        {"checksum": None},
        {"checksum": "é"},
        {"order_id": "261118000417202"},
        {"order_timestamp": "2026-11-18 10:32:02"},
        {"order_timestamp": None},
    ],
)
def test_a_kite_postback_with_a_wrong_or_missing_proof_is_refused(changed: dict[str, object]) -> None:
    """K04."""
    one, _ = replying("kite", answer(b""))

    with pytest.raises(ValueError, match=r".+"):
        one.parse_postback({}, _kite(**changed), None)


def test_a_kite_checksum_of_another_app_is_refused() -> None:
    one, _ = replying("kite", answer(b""))
    told = json.loads(_kite())
    foreign = sha256(f"{told['order_id']}{told['order_timestamp']}another_secret".encode()).hexdigest()

    with pytest.raises(ValueError, match="checksum"):
        one.parse_postback({}, _kite(checksum=foreign), None)


def test_a_tag_of_ours_is_found_among_those_that_a_kite_postback_has_beside_its_first() -> None:
    one, _ = replying("kite", answer(b""))

    told = one.parse_postback({}, _kite(tag="amo", tags=["amo", TAG]), None)

    assert told == Postback("TR0007", "261118000417201", TAG)


def test_an_upstox_postback_is_proved_by_the_secret_in_its_url() -> None:
    one, _ = replying("upstox", answer(b""))

    told = one.parse_postback({}, fixture("upstox", "parse_postback"), SECRET)

    assert told == Postback("4TR007", "261118025001101", TAG)


def test_an_older_upstox_postback_names_its_user_differently() -> None:
    one, _ = replying("upstox", answer(b""))

    told = one.parse_postback({}, b'{"order_id":"7","userId":"4TR007","average_price":null}', SECRET)

    assert told == Postback("4TR007", "7", None)


@pytest.mark.parametrize("secret", [None, "", "sample-postback-secreT", SECRET + "x", "é", "\ud800"])
def test_an_upstox_postback_with_a_wrong_or_missing_secret_is_refused(secret: str | None) -> None:
    """K04."""
    one, _ = replying("upstox", answer(b""))

    with pytest.raises(ValueError, match="secret"):
        one.parse_postback({}, fixture("upstox", "parse_postback"), secret)


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_configured_secret_no_upstox_postback_is_taken(secret: str | None) -> None:
    _, client = replying("upstox", answer(b""))
    keys = KEYS.changed(postback_secret="")
    hosts = live_hosts(BROKERS["upstox"], keys)
    setup = Setup(client, hosts, keys, "https://torana.example", ExecutionMode.SERVER_API)
    one = Whole(BROKERS["upstox"].bound(setup))

    with pytest.raises(ValueError, match="secret"):
        one.parse_postback({}, fixture("upstox", "parse_postback"), secret)


@pytest.mark.parametrize("broker", [name for name, one in BROKERS.items() if one.postbacks])
@given(body=st.binary(max_size=100) | st.text(max_size=100).map(str.encode) | st.just(b"[" * 100_000))
def test_any_bytes_are_refused_as_a_postback(broker: str, body: bytes) -> None:
    one = connector(broker, replying(broker, answer(b""))[1])

    with pytest.raises(ValueError, match=r".+"):
        one.parse_postback({}, body, SECRET)
