"""Writes `pages/texts/keys.py`, the types of the portal's texts, from the English file; `--check` compares only."""

import sys
import tomllib
from pathlib import Path

from babel import Locale

from torana.pages.texts.message import Message, compiled

FOLDER = Path(__file__).parents[1] / "src/torana/pages/texts"
WIDTH = 121
HEAD = '''"""Made by scripts/texts.py from en.toml: the keys of the portal's texts and the types of their arguments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from markupsafe import Markup

from torana.kit.money import Paise

'''


def keys(source: str) -> str:
    given = tomllib.loads(source)
    locale = Locale.parse(given.pop("locale"))
    given.pop("name")
    parts = [HEAD]
    for section, texts in given.items():
        read = {key: compiled(text, locale) for key, text in texts.items()}
        plain = [f"    {key}: str\n" for key, text in read.items() if isinstance(text, str)]
        filled = [_method(key, text) for key, text in read.items() if isinstance(text, Message)]
        between = ["\n"] if plain and filled else []
        parts.append(f"\nclass {_name(section)}(Protocol):\n" + "".join([*plain, *between, *filled]) + "\n")
    sections = "".join(f"    {section}: {_name(section)}\n" for section in given)
    parts.append(
        "\nclass Texts(Protocol):\n    language: str\n"
        '    """Its code, as browsers name it."""\n'
        "    language_name: str\n"
        '    """As its speakers name it."""\n'
        "    script_words: Markup\n"
        '    """The section `script`, as JSON for an attribute of a page."""\n' + sections
    )
    return "".join(parts)


def _name(section: str) -> str:
    return "".join(word.capitalize() for word in section.split("_")) + "Texts"


def _method(key: str, text: Message) -> str:
    arguments = ", ".join(f"{name}: {kind}" for name, kind in sorted(text.arguments.items()))
    line = f"    def {key}(self, *, {arguments}) -> str: ...\n"
    if len(line) <= WIDTH:
        return line
    return f"    def {key}(\n        self, *, {arguments}\n    ) -> str: ...\n"


def main() -> int:
    made = keys((FOLDER / "en.toml").read_text("utf-8"))
    file = FOLDER / "keys.py"
    if "--check" in sys.argv:
        if file.read_text("utf-8") == made:
            return 0
        sys.stderr.write("pages/texts/keys.py is not what scripts/texts.py makes of en.toml: run it\n")
        return 1
    file.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
