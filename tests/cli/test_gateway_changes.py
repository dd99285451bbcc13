"""A gateway that is in use is changed on the command line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.brokers import ANY_BROKER
from torana.cli.main import main
from torana.connectors.registry import BROKERS


@pytest.fixture
def torana(own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The program with one gateway, acme."""
    monkeypatch.setenv("TORANA_DATABASE_URL", own_database_url)
    monkeypatch.setenv("TORANA_HOME", str(tmp_path))
    runner = CliRunner()
    run(runner, "gateway", "create", "acme", "--origin", "https://app.acme.in", "--accent", "#0A7F5A")
    return runner


def run(torana: CliRunner, *words: str) -> Result:
    return torana.invoke(main, words)


def update(torana: CliRunner, *words: str) -> dict[str, str]:
    done = run(torana, "gateway", "update", "acme", *words, "--json")
    assert done.exit_code == 0, done.output
    shown: dict[str, str] = json.loads(done.stdout)
    return shown


def test_what_is_given_changes_and_the_rest_stays(torana: CliRunner) -> None:
    first = update(torana, "--display-name", "Acme Wealth")
    in_test_mode = f"{ANY_BROKER.upper()}-leprechaun"
    second = update(torana, "--broker", in_test_mode, "--broker", ANY_BROKER, "--accent", "#FF0000")
    third = update(torana, "--all-brokers", "--no-accent")

    assert first["displayName"] == second["displayName"] == third["displayName"] == "Acme Wealth"
    assert (first["brokers"], second["brokers"], third["brokers"]) == ("all", ANY_BROKER, "all")
    assert (first["accent"], second["accent"], third["accent"]) == ("#0a7f5a", "#ff0000", "ours")
    assert third["allowedOrigins"] == "https://app.acme.in"


def test_links_are_set_and_removed_one_by_one(torana: CliRunner) -> None:
    both = update(torana, "--terms-url", "https://acme.in/terms", "--help-url", "tel:+912212345678")
    one = update(torana, "--terms-url", "")

    assert both["links"] == "terms https://acme.in/terms, help tel:+912212345678"
    assert one["links"] == "help tel:+912212345678"


def test_origins_are_added_removed_and_set_in_their_normal_form(torana: CliRunner) -> None:
    added = update(torana, "--add-origin", "HTTPS://Shop.Acme.in:443/", "--add-origin", "https://app.acme.in")
    removed = update(torana, "--remove-origin", "https://APP.acme.in/")
    replaced = update(torana, "--origin", "https://bücher.example", "--origin", "https://*.acme.in")
    none = update(torana, "--no-origins")

    assert added["allowedOrigins"] == "https://app.acme.in, https://shop.acme.in"
    assert removed["allowedOrigins"] == "https://shop.acme.in"
    assert replaced["allowedOrigins"] == "https://xn--bcher-kva.example, https://*.acme.in"
    assert none["allowedOrigins"].startswith("none")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--broker", "zeroda"], "no such broker"),
        (
            ["--broker", ANY_BROKER, "--broker", "groww-leprechaun"],
            f"no such broker; there is {', '.join(sorted(BROKERS))}",
        ),
        (["--add-origin", "*"], "cannot be an allowed origin"),
        (["--add-origin", "app.acme.in"], "begin with https://"),
        (["--remove-origin", "https://other.in"], "is not among the allowed origins"),
        (["--accent", "red"], "cannot be the accent"),
        (["--privacy-url", "http://acme.in"], "cannot be the link for privacy"),
        (["--display-name", "  "], "display name is empty"),
        (["--all-brokers", "--broker", ANY_BROKER], "opposite"),
        ([], "nothing to change"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(torana: CliRunner, words: list[str], why: str) -> None:
    before = run(torana, "gateway", "list").output

    refused = run(torana, "gateway", "update", "acme", *words)

    assert refused.exit_code != 0
    assert why in refused.output
    assert run(torana, "gateway", "list").output == before


@pytest.mark.parametrize("command", ["update --display-name X", "rotate --secret", "rotate --end-overlap", "suspend"])
def test_an_unknown_gateway_is_refused_in_words(torana: CliRunner, command: str) -> None:
    verb, *options = command.split()

    refused = run(torana, "gateway", verb, "nobody", *options)

    assert refused.exit_code == 1
    assert "there is no gateway named 'nobody'" in refused.output


def test_a_broker_that_is_none_is_refused_when_a_gateway_is_made(torana: CliRunner) -> None:
    refused = run(torana, "gateway", "create", "beta", "--broker", "zeroda")

    assert refused.exit_code == 1
    assert "no such broker" in refused.output


def test_a_new_secret_is_shown_once_with_the_end_of_the_old_one(torana: CliRunner) -> None:
    made = json.loads(run(torana, "gateway", "rotate", "acme", "--api-secret", "--overlap", "2", "--json").stdout)

    assert set(made) == {"name", "apiSecret", "oldWorksUntil"}
    assert made["apiSecret"] not in run(torana, "gateway", "list").output


def test_a_third_secret_waits_until_the_overlap_is_over(torana: CliRunner) -> None:
    run(torana, "gateway", "rotate", "acme", "--secret")

    refused = run(torana, "gateway", "rotate", "acme", "--secret")
    other = run(torana, "gateway", "rotate", "acme", "--api-secret")
    run(torana, "gateway", "rotate", "acme", "--end-overlap", "--secret")
    again = run(torana, "gateway", "rotate", "acme", "--secret")
    at_once = run(torana, "gateway", "rotate", "acme", "--secret", "--overlap", "0")

    assert refused.exit_code == 1
    assert "--end-overlap" in refused.output
    assert [one.exit_code for one in (other, again, at_once)] == [0, 0, 0]


def test_rotate_asks_which_secret(torana: CliRunner) -> None:
    refused = run(torana, "gateway", "rotate", "acme")

    assert refused.exit_code == 2
    assert "--secret, --api-secret or both" in refused.output


def test_a_change_is_dated_by_the_clock_of_the_installation(
    torana: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = tmp_path / "clock"
    ahead.write_text(str(timedelta(days=400).total_seconds()))
    monkeypatch.setenv("TORANA_CLOCK_FILE", str(ahead))

    suspended = run(torana, "gateway", "suspend", "acme").output

    since = datetime.fromisoformat(suspended.split("since ")[1].split(". ")[0])
    assert since - datetime.now(UTC) > timedelta(days=399)


def test_suspended_and_resumed_shows_in_the_list(torana: CliRunner) -> None:
    first = run(torana, "gateway", "suspend", "acme").output
    second = run(torana, "gateway", "suspend", "acme").output
    listed = run(torana, "gateway", "list").output
    run(torana, "gateway", "resume", "acme")

    assert first == second
    assert "suspended" in listed
    assert "suspended" not in run(torana, "gateway", "list").output
