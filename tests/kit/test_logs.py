"""Log lines: one JSON object each, with what identifies the work, without secrets."""

import json
import logging
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from torana.kit.errors import ConfigurationError
from torana.kit.logs import redact, set_up_logging

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJndWVzdCI6dHJ1ZX0.c2lnbmF0dXJlLW9mLWl0"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_json_object_with_time_level_and_what_was_bound(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json")
    with structlog.contextvars.bound_contextvars(request_id="req_1", transaction_id="TRX_1"):
        structlog.get_logger("x").info("orders.placed", count=2)
    structlog.get_logger("x").debug("not shown")

    (line,) = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "orders.placed",
        "level": "info",
        "count": 2,
        "request_id": "req_1",
        "transaction_id": "TRX_1",
    }


@pytest.mark.parametrize(
    "key",
    [
        "secret", "api_secret", "apiSecret", "password", "token", "access_token", "accessToken", "request_token",
        "Authorization", "x-gateway-secret", "x-gateway-authtoken", "cookie", "Set-Cookie", "checksum", "signature",
        "api_key", "otp", "mpin", "smallcaseAuthToken",
    ],
)  # fmt: skip
def test_a_secret_is_hidden_by_its_key_at_any_depth(key: str, capsys: pytest.CaptureFixture[str]) -> None:
    """I10."""
    set_up_logging("json")
    structlog.get_logger().info("x", **{key: "canary"}, deep={"list": [{key: "canary"}]}, bare=({key: b"canary"},))

    out = capsys.readouterr().err
    assert "canary" not in out
    assert out.count("[hidden]") == 3


@pytest.mark.parametrize(
    "text",
    [
        f"token {JWT} of a user",
        "GET /connect?request_token=canary&action=login",
        "https://api.example/v2?code=canary&state=canary2",
        "https://user:canary@api.example/",
        "postgresql://torana:canary@db/torana",
        "Authorization: token somekey:canary123",
        "Bearer canary.12345",
        '{"access_token": "canary", "x": 1}',
        "{'password': 'canary'}",
        "x-gateway-secret: canary",
        "whsec_canaryCANARYcanary",
        "api_secret=canary",
        "otp=canary",
    ],
)
def test_a_secret_is_hidden_in_any_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """I10."""
    set_up_logging("json")
    structlog.get_logger().info(text, note=text, exc_info=ValueError(text))
    logging.getLogger("library").warning("%s", text)

    out = capsys.readouterr().err
    assert "canary" not in out
    assert JWT not in out
    assert "[hidden]" in out


def test_what_is_no_secret_stays_readable(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json")
    structlog.get_logger().info(
        "due.failed",
        key=("gw_1", "job_1"),
        lease_token=7,
        state="PLACED",
        code="UDAPI100050",
        url="https://a.example/b?c=d",
    )

    (line,) = lines(capsys)
    assert line["key"] == ["gw_1", "job_1"]
    assert (line["lease_token"], line["state"], line["code"]) == (7, "PLACED", "UDAPI100050")
    assert line["url"] == "https://a.example/b?c=d"


def test_an_exception_is_told_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json")
    try:
        raise RuntimeError("out of paper")
    except RuntimeError:
        structlog.get_logger().exception("printer.failed")

    (line,) = lines(capsys)
    assert "RuntimeError: out of paper" in line["exception"]
    assert "test_logs.py" in line["exception"]


def test_libraries_are_heard_from_warning_on_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json")
    logging.getLogger("some.library").info("chatter")
    logging.getLogger("some.library").error("trouble", extra={"attempt": 3})

    (line,) = lines(capsys)
    assert (line["event"], line["level"], line["logger"], line["attempt"]) == ("trouble", "error", "some.library", 3)


def test_values_that_json_does_not_know_are_written_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json")
    structlog.get_logger().info("x", odd=object, raw=b"\xff\xfe", tags={"one"})

    (line,) = lines(capsys)
    assert (line["raw"], line["tags"]) == ("[2 bytes]", ["one"])
    assert "object" in line["odd"]


def test_the_console_form_hides_secrets_too(capsys: pytest.CaptureFixture[str]) -> None:
    """I10."""
    set_up_logging("console")
    structlog.get_logger().info("partner.seen", api_secret="canary", name="kiran")

    out = capsys.readouterr().err
    assert "kiran" in out
    assert "canary" not in out


def test_another_form_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="xml"):
        set_up_logging("xml")


@given(st.text())
def test_hiding_twice_changes_nothing_more(text: str) -> None:
    assert redact(redact(text)) == redact(text)
