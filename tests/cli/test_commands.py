"""The commands as an operator types them, against a real database."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from torana.cli.main import main
from torana.kit.database import Database
from torana.migrations import HEAD, migrate

HEAVY = {"litestar", "asyncpg", "rich", "aiohttp", "uvicorn", "alembic", "sqlalchemy", "msgspec", "cryptography"}


@pytest.fixture
def torana(own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The program on a database and a home of this test's."""
    monkeypatch.setenv("TORANA_DATABASE_URL", own_database_url)
    monkeypatch.setenv("TORANA_HOME", str(tmp_path))
    return CliRunner()


def run(torana: CliRunner, *words: str) -> Result:
    return torana.invoke(main, words)


def test_help_names_every_command_and_says_what_it_does() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output

    for command in main.commands.values():
        assert command.name is not None
        assert command.name in shown
        assert command.help
    assert set(main.commands) == {
        "baskets",
        "broker",
        "connector",
        "demo",
        "doctor",
        "gateway",
        "halt",
        "halts",
        "instruments",
        "investor",
        "keys",
        "lead",
        "migrate",
        "order",
        "prices",
        "resume",
        "sandbox",
        "serve",
        "try",
        "version",
        "worker",
    }


@pytest.mark.parametrize("command", [*main.commands, "gateway create", "gateway list", "gateway endpoint add"])
def test_every_command_has_help_of_its_own(command: str) -> None:
    shown = CliRunner().invoke(main, [*command.split(), "--help"])

    assert shown.exit_code == 0
    assert f"Usage: main {command}" in shown.output


def test_help_loads_nothing_that_only_a_running_command_needs() -> None:
    look = "import sys; from torana.cli.main import main; print(*{name.partition('.')[0] for name in sys.modules})"

    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout.split()

    assert "click" in loaded
    assert not HEAVY & set(loaded)


def test_version_prints_the_version_of_the_package() -> None:
    assert CliRunner().invoke(main, ["version"]).output == f"{version('torana')}\n"


def test_a_gateway_is_made_with_two_secrets_that_are_shown_once(torana: CliRunner) -> None:
    made = run(torana, "gateway", "create", "acme", "--origin", "https://app.acme.in", "--json")

    shown = json.loads(made.output)
    assert shown["name"] == "acme"
    assert shown["mode"] == "test"
    assert shown["secret"] != shown["apiSecret"]
    assert min(len(shown["secret"]), len(shown["apiSecret"])) >= 40
    listed = run(torana, "gateway", "list").output
    assert "acme" in listed
    assert "https://app.acme.in" in listed
    assert shown["secret"] not in listed
    assert shown["apiSecret"] not in listed


def test_a_name_that_is_taken_is_refused_in_words(torana: CliRunner) -> None:
    run(torana, "gateway", "create", "acme")

    again = run(torana, "gateway", "create", "acme")

    assert again.exit_code == 1
    assert "there is a gateway named 'acme' already" in again.output


def test_an_endpoint_is_registered_and_its_secret_shown(torana: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORANA_WEBHOOK_ALLOWED_HOSTS", "127.0.0.0/8")
    run(torana, "gateway", "create", "acme")

    added = run(torana, "gateway", "endpoint", "add", "acme", "http://127.0.0.1:9/hook", "--json")

    shown = json.loads(added.output)
    assert shown["secret"].startswith("whsec_")
    assert shown["url"] == "http://127.0.0.1:9/hook"


def test_an_endpoint_on_a_private_address_is_refused(torana: CliRunner) -> None:
    run(torana, "gateway", "create", "acme")

    added = run(torana, "gateway", "endpoint", "add", "acme", "http://127.0.0.1:9/hook")

    assert added.exit_code == 1
    assert "url cannot be an endpoint" in added.output


def test_an_endpoint_of_an_unknown_gateway_is_refused(torana: CliRunner) -> None:
    added = run(torana, "gateway", "endpoint", "add", "nobody", "https://hooks.example.in/torana")

    assert added.exit_code == 1
    assert "there is no gateway named 'nobody'" in added.output


def test_migrate_does_nothing_when_there_is_nothing_to_do(torana: CliRunner) -> None:
    assert run(torana, "migrate").output == f"The database is at {HEAD} already.\n"


def test_a_database_of_another_revision_is_refused_with_the_cure(torana: CliRunner, own_database_url: str) -> None:
    migrate(own_database_url, "base")

    refused = run(torana, "doctor")

    assert refused.exit_code == 1
    assert "Run: torana migrate" in refused.output
    assert run(torana, "migrate").output == f"From empty to {HEAD}.\n"
    assert run(torana, "doctor").exit_code == 0


def test_a_database_that_cannot_be_reached_is_said_so(torana: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORANA_DATABASE_URL", "postgresql://127.0.0.1:9/nothing")

    refused = run(torana, "gateway", "list")

    assert refused.exit_code == 1
    assert "cannot reach the database" in refused.output


def test_a_setting_that_cannot_be_used_is_named(torana: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORANA_LEASE_SECONDS", "soon")

    refused = run(torana, "gateway", "list")

    assert refused.exit_code == 1
    assert "lease_seconds" in refused.output


async def test_the_doctor_finds_an_event_that_is_missing(torana: CliRunner, own_database_url: str) -> None:
    """I8."""
    await put_a_transaction(own_database_url, event_count=3)

    found = run_in_a_process("doctor")

    assert found.returncode == 1
    assert "I8" in found.stdout
    assert "TRX_1" in found.stdout
    assert "1 violation(s). Nothing was changed." in found.stderr


async def put_a_transaction(url: str, *, event_count: int) -> None:
    database = Database(url, size=1)
    await database.open()
    await database.execute("insert into partners values ('p', 'P', now())")
    await database.execute(
        "insert into gateways (gateway_id, partner_id, name, display_name, mode, secret, api_secret, created_at) "
        "values ('g', 'p', 'acme', 'Acme', 'test', '', '', now())"
    )
    await database.execute(
        "insert into transactions (gateway_id, transaction_id, intent, status, event_count, created_at, expires_at) "
        "values ('g', 'TRX_1', 'CONNECT', 'INITIALIZED', $1, now(), now())",
        event_count,
    )
    await database.close()


def run_in_a_process(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "torana.cli", *words], capture_output=True, text=True, check=False)
