"""The operator's kill switch on the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.brokers import ANY_BROKER
from torana.cli.main import main


@pytest.fixture
def torana(own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The program with one gateway, acme."""
    monkeypatch.setenv("TORANA_DATABASE_URL", own_database_url)
    monkeypatch.setenv("TORANA_HOME", str(tmp_path))
    runner = CliRunner()
    run(runner, "gateway", "create", "acme")
    return runner


def run(torana: CliRunner, *words: str) -> str:
    done = torana.invoke(main, words)
    assert done.exit_code == 0, done.output
    return done.output


def test_orders_are_stopped_listed_and_let_go_on_by_the_same_words(torana: CliRunner) -> None:
    before = run(torana, "halts")
    at_acme = run(torana, "halt", "--gateway", "acme", "--broker", ANY_BROKER, "--reason", " an audit ")
    again = run(torana, "halt", "--gateway", "acme", "--broker", ANY_BROKER, "--reason", "another")
    everywhere = run(torana, "halt", "--reason", "wrong prices")
    listed = run(torana, "halts").splitlines()
    gone_on = run(torana, "resume", "--gateway", "acme", "--broker", ANY_BROKER)
    never = run(torana, "resume", "--gateway", "acme")
    left = run(torana, "halts").splitlines()

    assert before == "New orders are stopped nowhere.\n"
    assert at_acme == f"New orders are stopped at acme, to {ANY_BROKER}.\n"
    assert again == f"New orders were already stopped at acme, to {ANY_BROKER}.\n"
    assert everywhere == "New orders are stopped at every gateway.\n"
    assert [line.partition(" since ")[0] for line in listed] == [
        f"New orders are stopped at acme, to {ANY_BROKER}",
        "New orders are stopped at every gateway",
    ]
    assert [line.partition("Z, ")[2] for line in listed] == [
        "by the operator: an audit",
        "by the operator: wrong prices",
    ]
    assert gone_on == f"New orders are accepted again at acme, to {ANY_BROKER}.\n"
    assert never == "You had not stopped new orders at acme.\n"
    assert left == listed[1:]


def test_the_doctor_names_the_halts_that_stand_and_calls_none_a_failure(torana: CliRunner) -> None:
    before = run(torana, "doctor")
    run(torana, "halt", "--gateway", "acme", "--reason", "an audit")
    run(torana, "halt", "--broker", ANY_BROKER, "--reason", "wrong prices")
    standing = [line for line in run(torana, "doctor").splitlines() if line.startswith("Kill switch: ")]
    listed = run(torana, "halts").splitlines()
    run(torana, "resume", "--gateway", "acme")
    run(torana, "resume", "--broker", ANY_BROKER)

    assert "Kill switch" not in before
    assert standing == [f"Kill switch: {line}" for line in listed]
    assert len(standing) == 2
    assert "Kill switch" not in run(torana, "doctor")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--gateway", "", "--reason", "an audit"), "no gateway named ''"),
        (("--gateway", "acm", "--reason", "an audit"), "no gateway named 'acm'"),
        (("--broker", "", "--reason", "an audit"), "there is "),
        (("--reason", " "), "one line of at most 200"),
        (("--reason", "two\nlines"), "one line of at most 200"),
    ],
)
def test_what_is_not_understood_stops_nothing(torana: CliRunner, words: tuple[str, ...], said: str) -> None:
    refused = torana.invoke(main, ("halt", *words))

    assert refused.exit_code != 0
    assert said in f"{refused.output} {refused.exception}"
    assert run(torana, "halts") == "New orders are stopped nowhere.\n"
