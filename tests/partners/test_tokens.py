"""Auth tokens: what is taken, what is refused, what we issue. X02."""

import json
from datetime import timedelta
from typing import Any

import jwt
import msgspec
import pytest
from jwt.api_jws import PyJWS

from tests.support.clock import HandClock
from torana.partners.models import Gateway, Mode, PreviousSecret
from torana.partners.tokens import InvalidToken, issue_token, read_token

INVESTOR = "65f0c0ffee65f0c0ffee65f0"
SECRET = "a-signing-secret-of-a-good-length-for-hs256"


def gateway(secret: str = SECRET, name: str = "kiran") -> Gateway:
    return Gateway(
        gateway_id=f"gw_{name}",
        partner_id="prt_1",
        name=name,
        display_name="Kiran Invest",
        mode=Mode.TEST,
        secret=secret,
        api_secret="api-secret",
        brokers=None,
        allowed_origins=[],
        branding={},
    )


def signed(claims: Any, secret: str = SECRET, **how: Any) -> str:
    return jwt.encode(claims, secret, algorithm="HS256", **how)


def test_a_guest_token_names_nobody(clock: HandClock) -> None:
    assert read_token(gateway(), signed({"guest": True}), clock.now()).investor_id is None


def test_a_connected_token_names_its_investor(clock: HandClock) -> None:
    assert read_token(gateway(), signed({"smallcaseAuthId": INVESTOR}), clock.now()).investor_id == INVESTOR


def test_a_token_without_times_is_good_for_ever(clock: HandClock) -> None:
    token = signed({"guest": True})
    clock.advance(10 * 365 * 86400)

    assert read_token(gateway(), token, clock.now()).investor_id is None


def test_an_expired_token_is_refused(clock: HandClock) -> None:
    """X02."""
    token = signed({"guest": True, "exp": int(clock.now().timestamp()) + 60})
    assert read_token(gateway(), token, clock.now())
    clock.advance(60 + 31)

    with pytest.raises(InvalidToken, match="expired"):
        read_token(gateway(), token, clock.now())


@pytest.mark.parametrize(
    ("claim", "off", "good"), [("exp", -29, True), ("exp", -30, False), ("nbf", 30, True), ("nbf", 31, False)]
)
def test_clocks_may_differ_by_half_a_minute_and_no_more(clock: HandClock, claim: str, off: int, *, good: bool) -> None:
    token = signed({"guest": True, claim: clock.now().timestamp() + off})

    if good:
        assert read_token(gateway(), token, clock.now())
    else:
        with pytest.raises(InvalidToken):
            read_token(gateway(), token, clock.now())


def test_both_secrets_are_good_until_the_overlap_ends(clock: HandClock) -> None:
    until = clock.now() + timedelta(hours=1)
    previous = PreviousSecret("the-secret-of-before-of-a-good-length-too", until)
    rotated = msgspec.structs.replace(gateway(), previous_secret=previous)
    old, new = signed({"guest": True}, previous.secret), signed({"guest": True})

    assert read_token(rotated, old, clock.now()) == read_token(rotated, new, clock.now())
    assert read_token(rotated, new, until)
    with pytest.raises(InvalidToken, match="signature"):
        read_token(rotated, old, until)


def test_a_clock_that_is_a_little_off_does_no_harm(clock: HandClock) -> None:
    moment = int(clock.now().timestamp())

    assert read_token(gateway(), signed({"guest": True, "nbf": moment + 20, "iat": moment + 20}), clock.now())


def test_a_token_from_the_future_is_refused(clock: HandClock) -> None:
    token = signed({"guest": True, "nbf": int(clock.now().timestamp()) + 120})

    with pytest.raises(InvalidToken, match="not valid yet"):
        read_token(gateway(), token, clock.now())


def test_an_unsigned_token_is_refused(clock: HandClock) -> None:
    """X02."""
    token = jwt.encode({"smallcaseAuthId": INVESTOR}, "", algorithm="none")

    with pytest.raises(InvalidToken, match="HS256"):
        read_token(gateway(), token, clock.now())


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused(clock: HandClock, algorithm: str) -> None:
    token = jwt.encode({"guest": True}, SECRET * 2, algorithm=algorithm)

    with pytest.raises(InvalidToken, match="HS256"):
        read_token(gateway(SECRET * 2), token, clock.now())


def test_another_partners_token_is_refused(clock: HandClock) -> None:
    """X02."""
    theirs = gateway("the-secret-of-somebody-else-altogether-000", "theirs")

    with pytest.raises(InvalidToken, match="signature"):
        read_token(gateway(), issue_token(theirs, INVESTOR, clock.now()), clock.now())


@pytest.mark.parametrize("audience", ["elsewhere", "kirandom", ["elsewhere", "other"], ["kirandom"], []])
def test_a_token_for_another_audience_is_refused(clock: HandClock, audience: Any) -> None:
    """X02."""
    with pytest.raises(InvalidToken, match="somebody else"):
        read_token(gateway(), signed({"guest": True, "aud": audience}), clock.now())


def test_a_token_may_name_the_gateway_as_its_audience(clock: HandClock) -> None:
    for audience in ("kiran", ["kiran"], ["other", "kiran"]):
        assert read_token(gateway(), signed({"guest": True, "aud": audience}), clock.now()).investor_id is None


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"guest": False},
        {"guest": "true"},
        {"guest": 1},
        {"guest": True, "smallcaseAuthId": INVESTOR},
        {"smallcaseAuthId": ""},
        {"smallcaseAuthId": "not-an-id"},
        {"smallcaseAuthId": INVESTOR.upper()},
        {"smallcaseAuthId": 12},
        {"smallcaseAuthId": None},
        {"smallcaseAuthId": {"$ne": ""}},
        {"guest": True, "exp": "tomorrow"},
        {"guest": True, "exp": True},
    ],
)
def test_a_payload_that_says_nothing_clear_is_refused(clock: HandClock, claims: dict[str, Any]) -> None:
    token = PyJWS().encode(json.dumps(claims).encode(), SECRET, algorithm="HS256")

    with pytest.raises(InvalidToken, match=r"payload|guest|smallcaseAuthId"):
        read_token(gateway(), token, clock.now())


@pytest.mark.parametrize(
    "token",
    ["", "abc", "a.b", "a.b.c", "....", "é.é.é", "\x00", "e30.e30.", "x" * 5000, "null", "eyJhbGciOjF9.e30.e30"],
)
def test_what_is_no_token_is_refused(clock: HandClock, token: str) -> None:
    with pytest.raises(InvalidToken):
        read_token(gateway(), token, clock.now())


def test_a_token_of_ours_lives_one_hour(clock: HandClock) -> None:
    token = issue_token(gateway(), INVESTOR, clock.now())

    claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    assert claims["smallcaseAuthId"] == INVESTOR
    assert claims["exp"] - claims["iat"] == 3600
    assert set(claims) == {"smallcaseAuthId", "iat", "exp"}
    assert read_token(gateway(), token, clock.now()).investor_id == INVESTOR


def test_a_short_secret_from_an_old_gateway_works(clock: HandClock) -> None:
    short = gateway("gatewayDemo_secret")

    assert read_token(short, issue_token(short, None, clock.now()), clock.now()).investor_id is None


def test_a_refusal_repeats_neither_token_nor_secret(clock: HandClock) -> None:
    token = signed({"guest": True}, "wrong-secret-wrong-secret-wrong-secret-00")

    with pytest.raises(InvalidToken) as refusal:
        read_token(gateway(), token, clock.now())

    assert token not in str(refusal.value)
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
def test_a_moment_in_milliseconds_is_refused_and_named(clock: HandClock, claim: str) -> None:
    """An exp in milliseconds would be a token for fifty thousand years."""
    token = signed({"guest": True, claim: int(clock.now().timestamp() * 1000) + 60_000})

    with pytest.raises(InvalidToken, match=f"{claim} is not in seconds.*milliseconds"):
        read_token(gateway(), token, clock.now())
