"""Compare docs/openapi.json with what the application says of itself; with --write, write it anew."""

import difflib
import json
import sys
from pathlib import Path

from torana.app import create_app
from torana.settings import Settings

FILE = Path(__file__).parent.parent / "docs" / "openapi.json"


def described() -> str:
    # Nothing is opened before the application starts: neither the database nor the home need to exist.
    app = create_app(Settings(home=Path(".torana/openapi"), database_url="postgresql://nowhere/nothing"))
    return json.dumps(app.openapi_schema.to_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> str | None:
    now = described()
    if "--write" in sys.argv:
        FILE.write_text(now)
        return None
    then = FILE.read_text() if FILE.exists() else ""
    if then == now:
        return None
    changes = difflib.unified_diff(then.splitlines(), now.splitlines(), "docs/openapi.json", "the application", n=2)
    shown = "\n".join([*changes][:80])
    return f"{shown}\n\nThe API is not what docs/openapi.json says. If it should be, run make openapi."


if problem := main():
    sys.exit(problem)
sys.stdout.write("OpenAPI: docs/openapi.json is what the application says.\n")
