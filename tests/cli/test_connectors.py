"""`torana connector new`: what it makes is found and whole, and says what is left to write; what it refuses."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

import tests.brokers
from tests.brokers import known, uncovered
from tests.contract.test_t00_covered import require_written
from torana import connectors
from torana import sandbox as simulators
from torana.cli.connectors import FIXTURES, MARK
from torana.cli.main import main
from torana.connectors.contract import ExecutionMode
from torana.connectors.hosts import sandbox_hosts
from torana.connectors.registry import find_brokers
from torana.sandbox.dialect import dialects

KEY = "examplebroker"
PLACES = (f"src/torana/connectors/{KEY}", f"src/torana/sandbox/{KEY}", f"tests/brokers/{KEY}.py")


def run(into: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["connector", "new", *words, "--into", str(into)])
    return done.exit_code, done.output


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the files of a new broker, in which Python looks beside our own."""
    code, output = run(tmp_path, KEY, "--name", "Example & Sons")
    assert code == 0, output
    for package, place in ((connectors, "src/torana/connectors"), (simulators, "src/torana/sandbox")):
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path / place)])
    monkeypatch.setattr(tests.brokers, "__path__", [*tests.brokers.__path__, str(tmp_path / "tests/brokers")])
    yield tmp_path
    for name in [name for name in sys.modules if KEY in name.split(".")]:
        del sys.modules[name]


def test_what_is_made_is_found_as_a_broker_a_simulator_and_what_the_tests_know(made: Path) -> None:
    broker = find_brokers()[KEY]
    simulated = {one.broker: one for one in dialects.__wrapped__()}[KEY]
    instruments = import_module(f"torana.connectors.{KEY}.instruments").FILE

    app = broker.sandbox_keys[ExecutionMode.SERVER_API]
    assert (broker.key, broker.name, broker.guess) == (KEY, "Example & Sons", "everything")
    assert uncovered([KEY]) == []
    assert known(KEY).pages.log_in is not None
    assert (app["api_key"], app["api_secret"]) == (simulated.apps[0].key, simulated.apps[0].secret)
    roles = sandbox_hosts(broker, "http://127.0.0.1:9").urls.values()
    assert {url.removeprefix("http://127.0.0.1:9") for url in roles} == set(simulated.prefixes)
    assert instruments.sandbox_path in simulated.prefixes


def test_the_contract_suite_fails_with_the_list_of_what_is_left_to_write(made: Path) -> None:
    with pytest.raises(pytest.fail.Exception) as failed:
        require_written(made, KEY)

    told = str(failed.value)
    assert told.startswith(f"of {KEY} there is left to write:\n  {PLACES[0]}/")
    assert f"{PLACES[0]}/connector.py:" in told
    assert f"{PLACES[1]}/dialect.py:" in told
    assert f"{PLACES[2]}:" in told
    assert told.count(": what the broker answers") == len(FIXTURES)
    assert MARK not in told


def test_the_suite_passes_once_every_mark_and_every_answer_is_written(made: Path) -> None:
    for path in [path for path in made.rglob("*") if path.is_file()]:
        text = path.read_text(encoding="utf-8")
        assert MARK in text, path
        path.write_text(text.replace(MARK, "Written"), encoding="utf-8")
    for name in FIXTURES:
        (made / PLACES[0] / "fixtures" / f"{name}.json").write_text("{}", encoding="utf-8")

    require_written(made, KEY)


def test_the_command_prints_the_same_list_and_what_it_made(tmp_path: Path) -> None:
    _, output = run(tmp_path, KEY)

    with pytest.raises(pytest.fail.Exception) as failed:
        require_written(tmp_path, KEY)
    assert "\n".join(str(failed.value).splitlines()[1:]) in output
    made = [line.removeprefix("made ") for line in output.splitlines() if line.startswith("made ")]
    assert sorted(made) == sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "key", ["", "a", "Example", "exa-mple", "exa_mple", "9th", "a" * 17, "class", "../example", "é"]
)
def test_an_ill_formed_key_is_refused_and_nothing_is_written(tmp_path: Path, key: str) -> None:
    code, output = run(tmp_path, key)

    assert code == 1
    assert "is no key: 2 to 16 small letters and digits" in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["two\nlines", 'quo"ted', "$part", "a" * 31])
def test_an_ill_formed_name_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    code, output = run(tmp_path, KEY, "--name", name)

    assert code == 1
    assert "is no name" in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", [*PLACES, f"src/torana/connectors/{KEY}.py", f"src/torana/sandbox/{KEY}.py"])
def test_a_key_that_is_taken_anywhere_is_refused_and_nothing_is_written(tmp_path: Path, place: str) -> None:
    taken = tmp_path / place
    taken.parent.mkdir(parents=True)
    taken.touch()

    code, output = run(tmp_path, KEY)

    assert code == 1
    assert f"{place} is there already: nothing was written." in output
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [taken]


def test_what_is_made_passes_formatter_and_linter_whatever_the_length_of_the_key(tmp_path: Path) -> None:
    """`make check` has it checked by mypy as well, which takes longer."""
    ruff = Path(sys.executable).parent / "ruff"
    settings = ["--config", str(Path(__file__).parents[2] / "pyproject.toml"), "--no-cache", str(tmp_path)]
    for key, name in (("ab", "A"), ("zz" + "z" * 14, "W" * 30)):
        run(tmp_path, key, "--name", name)

    for command in (["format", "--check"], ["check"]):
        done = subprocess.run([ruff, *command, *settings], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
