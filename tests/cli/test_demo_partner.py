"""The demo shop is a partner: it stands outside."""

import ast
from pathlib import Path

import torana.cli.demo_partner
from torana.cli.demo_partner.app import STATIC
from torana.cli.demo_partner.people import MOST_PEOPLE, MOST_PURCHASES, People

FOLDER = Path(torana.cli.demo_partner.__file__).parent


def imported(source: str) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names


def test_what_is_remembered_of_purchases_goes_with_whoever_made_them() -> None:
    """Given a shop that is open for long, when others have come in somebody's place, then their purchases lead to
    nobody, and nothing of them is kept."""
    people = People()
    _, first = people.arrive()
    people.begin(first, "TRX_first", "one")
    assert people.whose("TRX_first") is first

    for number in range(MOST_PEOPLE):
        _, person = people.arrive()
        people.begin(person, f"TRX_{number}", "one")

    assert people.whose("TRX_first") is None
    assert people.whose("TRX_0") is not None


def test_somebody_who_buys_for_ever_is_remembered_by_their_newest_purchases() -> None:
    people = People()
    _, person = people.arrive()

    for number in range(MOST_PURCHASES + 1):
        people.begin(person, f"TRX_{number}", "one")

    assert (len(person.purchases), people.whose("TRX_0")) == (MOST_PURCHASES, None)
    assert people.whose(f"TRX_{MOST_PURCHASES}") is person


def test_it_imports_nothing_of_torana_but_itself() -> None:
    modules = sorted(FOLDER.glob("*.py"))
    assert len(modules) > 5

    for module in modules:
        ours = [name for name in imported(module.read_text()) if name.split(".")[0] == "torana"]
        assert [name for name in ours if not name.startswith("torana.cli.demo_partner")] == [], module.name


def test_what_the_browser_gets_holds_no_secret_and_loads_nothing_inline() -> None:
    sent = [FOLDER / "page.html", *(file for folder in STATIC for file in folder.iterdir())]

    for file in sent:
        text = file.read_text()
        assert "_secret" not in text, file.name
        assert "api_secret" not in text, file.name
        assert " style=" not in text, file.name
        assert " onclick=" not in text, file.name
