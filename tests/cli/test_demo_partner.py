"""The demo shop is a partner: it stands outside."""

import ast
from pathlib import Path

import torana.cli.demo_partner

FOLDER = Path(torana.cli.demo_partner.__file__).parent


def imported(source: str) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names


def test_it_imports_nothing_of_torana_but_itself() -> None:
    modules = sorted(FOLDER.glob("*.py"))
    assert len(modules) > 5

    for module in modules:
        ours = [name for name in imported(module.read_text()) if name.split(".")[0] == "torana"]
        assert [name for name in ours if not name.startswith("torana.cli.demo_partner")] == [], module.name


def test_what_the_browser_gets_holds_no_secret_and_loads_nothing_inline() -> None:
    sent = [FOLDER / "page.html", *(FOLDER / "static").iterdir()]

    for file in sent:
        text = file.read_text()
        assert "_secret" not in text, file.name
        assert "api_secret" not in text, file.name
        assert " style=" not in text, file.name
        assert " onclick=" not in text, file.name
