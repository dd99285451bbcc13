"""Origins, tickets, tokens: what is believed and what is not."""

from datetime import UTC, datetime, timedelta

import pytest

from torana.flows.context import csrf_of
from torana.partners.origins import is_allowed
from torana.portal.admission.browser_auth import (
    Purpose,
    browser_secret,
    hashed,
    is_on_allowed_origin,
    make_ticket,
    matches,
    read_ticket,
)

ALLOWED = ["https://app.acme.in", "http://localhost:3000", "https://*.acme.in", "https://*.shop.test:8443/"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.acme.in",
        "https://APP.acme.in",
        "http://localhost:3000",
        "https://a.b.acme.in",
        "https://x.shop.test:8443",
    ],
)
def test_an_origin_on_the_list_is_allowed(origin: str) -> None:
    assert is_allowed(origin, ALLOWED)


@pytest.mark.parametrize(
    "origin",
    [
        "https://acme.in",
        "http://app.acme.in",
        "https://app.acme.in:444",
        "http://localhost:3001",
        "https://evil.test/.acme.in",
        "https://evil.test:1.acme.in",
        "https://appacme.in",
        "https://.acme.in",
        "https://x.shop.test",
        "https://evil.com%2f.acme.in",
        "https://evil.com#.acme.in",
        "https://evil.com?.acme.in",
        "https://evil.com\\.acme.in",
        "https://user@evil.acme.in",
        "https://a..acme.in",
        "https://a.acme.in.",
        "https://[::1].acme.in",
        "https://a b.acme.in",
        "https://ａ.acme.in",
        "null",
        "",
        "file://",
    ],
)
def test_an_origin_that_is_not_on_the_list_is_not_allowed(origin: str) -> None:
    assert not is_allowed(origin, ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.acme.in/done?x=1#y",
        "http://localhost:3000",
        "https://app.acme.in:443/",
        "https://app.acme.in/X",
        "https://app.acme.in/u/@asha",
        "https://app.acme.in?mail=asha@example.in",
        "https://app.acme.in/#@",
    ],
)
def test_a_return_address_on_an_allowed_origin_is_taken(url: str) -> None:
    assert is_on_allowed_origin(url, ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/",
        "https://app.acme.in@evil.test/",
        "https://evil.test@app.acme.in/",
        "https://evil.test:x@app.acme.in/",
        "https://@app.acme.in/",
        "https://app.acme.in/é",
        "https://app.acme.in/\x7f",
        "https://app.acme.in/a b",
        "https://app.acme.in/a\\b",
        "https://evil.test\\@app.acme.in/",
        "//app.acme.in/",
        "/done",
        "javascript:alert(1)//https://app.acme.in",
        "https:app.acme.in",
        "https://app.acme.in\n.evil.test/",
        "https://app.acme.in:port/",
        "https://[app.acme.in/",
    ],
)
def test_any_other_return_address_is_refused(url: str) -> None:
    """F05."""
    assert not is_on_allowed_origin(url, ALLOWED)


def test_a_ticket_survives_the_broker_and_nothing_else_is_one() -> None:
    given_at = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
    ticket = make_ticket("cookie", "acme", "0123456789abcdef01234567", Purpose.LOGIN, given_at)

    assert read_ticket(str(ticket)) == ticket
    assert ticket.nonce not in repr(ticket)
    visit = "acme.0123456789abcdef01234567"
    for text in ("", "acme", visit, f"{visit}.", f"{visit}.l", f"{visit}.x{'0' * 32}", f"{visit}.l{'0' * 31}", "..l1"):
        assert read_ticket(text) is None


def test_a_ticket_is_the_same_until_it_is_given_anew() -> None:
    given_at = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
    ticket = make_ticket("cookie", "acme", "0123456789abcdef01234567", Purpose.LOGIN, given_at)

    assert ticket == make_ticket("cookie", "acme", "0123456789abcdef01234567", Purpose.LOGIN, given_at)
    assert ticket.nonce != make_ticket("other", "acme", "0123456789abcdef01234567", Purpose.LOGIN, given_at).nonce
    assert ticket.nonce != make_ticket("cookie", "acme", "0123456789abcdef01234567", Purpose.BASKET, given_at).nonce
    later = given_at + timedelta(microseconds=1)
    assert ticket.nonce != make_ticket("cookie", "acme", "0123456789abcdef01234567", Purpose.LOGIN, later).nonce


def test_a_secret_matches_its_hash_only() -> None:
    assert matches("secret", hashed("secret"))
    assert not matches("Secret", hashed("secret"))
    assert not matches("secret", None)
    assert csrf_of("cookie") != csrf_of("cookie2")
    assert "cookie" not in csrf_of("cookie")


@pytest.mark.parametrize("given", ["", "x", "a" * 42, "a" * 44, "a" * 42 + ".", "a" * 43 + "\n", "é" * 43])
def test_a_browser_without_a_secret_of_ours_gets_a_new_one(given: str) -> None:
    made = browser_secret(given)

    assert made != given
    assert len(made) == 43
    assert browser_secret(made) == made
