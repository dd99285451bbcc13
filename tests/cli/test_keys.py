"""An encryption key is replaced and retired, on the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from torana.cli.main import main
from torana.kit.cipher import new_key

OLD, NEW = new_key("2026a"), new_key("2026b")


@pytest.fixture
def torana(own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("TORANA_DATABASE_URL", own_database_url)
    monkeypatch.setenv("TORANA_HOME", str(tmp_path))
    monkeypatch.setenv("TORANA_ENCRYPTION_KEYS", OLD)
    runner = CliRunner()
    run(runner, "gateway", "create", "acme")
    run(runner, "gateway", "rotate", "acme", "--api-secret")
    return runner


def run(torana: CliRunner, *words: str) -> Result:
    return torana.invoke(main, words)


def test_an_old_key_is_retired(torana: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """T07."""
    monkeypatch.setenv("TORANA_ENCRYPTION_KEYS", f"{NEW},{OLD}")
    before = run(torana, "keys", "status").output
    rotated = run(torana, "keys", "rotate")
    after = run(torana, "keys", "status").output
    monkeypatch.setenv("TORANA_ENCRYPTION_KEYS", NEW)

    assert rotated.exit_code == 0
    assert "key 2026a: has sealed 3 values; keep it" in before
    assert "key 2026b: seals; has sealed 3 values" in after
    assert "key 2026a: has sealed nothing that is left; it can be removed" in after
    assert run(torana, "gateway", "rotate", "acme", "--secret").exit_code == 0


def test_a_key_that_is_missing_is_named_and_its_values_are_left(
    torana: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T06."""
    monkeypatch.setenv("TORANA_ENCRYPTION_KEYS", NEW)

    rotated = run(torana, "keys", "rotate")
    shown = run(torana, "keys", "status").output
    monkeypatch.setenv("TORANA_ENCRYPTION_KEYS", f"{NEW},{OLD}")

    assert rotated.exit_code == 1
    assert "3 values do not open" in rotated.output
    assert "key 2026a: has sealed 3 values and is not in TORANA_ENCRYPTION_KEYS: put it back" in shown
    assert run(torana, "keys", "rotate").exit_code == 0
