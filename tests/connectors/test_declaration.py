"""What a broker's file declares: each field where it belongs, and nothing that is not as it has to be."""

from pathlib import Path

import pytest

from torana.connectors import declaration
from torana.connectors.contract import BrokerStatus, Calls, ExecutionMode, FromKey, Host, Rate
from torana.connectors.declaration import read
from torana.connectors.opening_link import OPENING_KEYS, OpeningLink
from torana.connectors.order_words import COMMON

FILE = """
name = "Example"
monogram = "E"
hue = 200

[hosts]
api = { from_key = "base_url", sandbox_path = "/example/api" }
web = { real = "https://login.example", sandbox_path = "/example/web", called = false }

[[keys]]
name = "base_url"
help = "the address of the server"
secret = false
required = true

[rates]
orders = 10
book = { most = 3, seconds = 5.0 }

[sandbox_keys.server_api]
api_key = "sandbox-example"

[instruments]
at = "https://files.example"
sandbox_path = "/example/files"
path = "/all.csv"

[words]
states_like = "common"
delivery = ["CNC"]
other_products = ["MIS"]

[words.states]
OPEN = ["resting", "waiting"]

[verified]
login = "guess"

[onboarding]
keys = "Ask for them."
"""


def test_what_the_file_says_is_what_the_broker_is_made_of() -> None:
    told = read("example", FILE)

    assert (told["key"], told["name"], told["default_mode"]) == ("example", "Example", ExecutionMode.SERVER_API)
    assert told["hosts"] == {
        "api": Host(FromKey("base_url"), "/example/api"),
        "web": Host("https://login.example", "/example/web", called=False),
    }
    assert told["rates"] == (Rate(Calls.ORDERS, 10), Rate(Calls.BOOK, 3, 5.0))
    assert dict(told["sandbox_keys"][ExecutionMode.SERVER_API]) == {"api_key": "sandbox-example"}
    assert told["onboarding"].keys == "Ask for them."
    assert (told["account_opening"], told["key_proof"], told["guess"]) == (None, None, "")


def test_words_mean_what_the_file_says_beside_those_that_brokers_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broker.toml").write_text(FILE, encoding="utf-8")
    monkeypatch.setattr(declaration, "files", lambda package: tmp_path)

    words = declaration.words_of("example")

    assert words["statuses"] == {**COMMON, "resting": BrokerStatus.OPEN, "waiting": BrokerStatus.OPEN}
    assert words["delivery"] == {"CNC": True, "MIS": False}


def test_its_instruments_are_where_the_file_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broker.toml").write_text(FILE, encoding="utf-8")
    monkeypatch.setattr(declaration, "files", lambda package: tmp_path)

    told = declaration.file_of("listed")

    assert (told["broker"], told["at"], told["path"]) == ("listed", "https://files.example", "/all.csv")
    assert (told["sandbox_path"], told["also"], told["headers"]) == ("/example/files", (), {})


def test_an_account_opening_by_link_brings_its_host_its_keys_and_its_part() -> None:
    told = read("example", 'account_opening = "link"' + FILE)

    assert told["account_opening"] is OpeningLink
    assert told["keys"][1:] == OPENING_KEYS
    assert not told["hosts"]["opening"].called
    assert "opening_secret" in told["sandbox_keys"][ExecutionMode.SERVER_API]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("hue = 200", "", "hue"),
        ("hue = 200", 'hue = "red"', "hue"),
        ("hue = 200", "hue = 200\ncolour = 1", "colour"),
        ("required = true", 'required = true\nform = "a date"', "form"),
        ("orders = 10", "order = 10", "order"),
        ("OPEN = [", "AJAR = [", "AJAR"),
        ('path = "/all.csv"', 'page = "/all.csv"', "page"),
        ("OPEN = [", 'COMPLETE = ["waiting"]\nOPEN = [', "'waiting' .* twice"),
        ('["MIS"]', '["MIS", "CNC"]', "'CNC' .* twice"),
        ('"resting"', '"Resting"', "'Resting' .* small letters"),
        ('states_like = "common"', 'states_like = "another"', "another"),
        ('from_key = "base_url", ', "", "from_key"),
        ('real = "https://login.example"', 'real = "https://login.example", from_key = "base_url"', "from_key"),
        ('login = "guess"', 'login = "hearsay"', "hearsay"),
        ('keys = "Ask for them."', "keys = 1", "keys"),
        ('keys = "Ask for them."', 'key = "Ask for them."', "key"),
        ("[onboarding]", "[onboarding", "end of a table"),
    ],
)
def test_what_is_not_as_it_has_to_be_is_refused_and_named(right: str, wrong: str, said: str) -> None:
    assert right in FILE

    with pytest.raises(ValueError, match=said):
        read("example", FILE.replace(right, wrong))


def test_a_fault_names_the_file_that_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broker.toml").write_text(FILE.replace("hue = 200", ""), encoding="utf-8")
    monkeypatch.setattr(declaration, "files", lambda package: tmp_path)

    with pytest.raises(ValueError, match=r"broker\.toml of torana\.connectors\.faulty: .*hue"):
        declaration.declared("torana.connectors.faulty")
