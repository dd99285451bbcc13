"""Writes the API reference and the error guide into the documentation: `python -m torana.openapi [docs] [--check]`.

With `--check` nothing is written; the program ends with 1 if a file is not what it would write.
"""

import sys
import tempfile
from pathlib import Path

import msgspec

from torana.api.documented import completed
from torana.api.guide import REFUSALS
from torana.api.sdk_rejections import REJECTIONS
from torana.app import create_app
from torana.settings import Settings


def openapi_json() -> str:
    """The OpenAPI document of the whole application, as the file holds it."""
    with tempfile.TemporaryDirectory() as home:
        # Never opened: the document needs the routes alone.
        app = create_app(Settings(home=Path(home), database_url="postgresql://nobody@127.0.0.1:1/nothing"))
        document = completed(app.openapi_schema.to_schema())
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


def errors_markdown() -> str:
    """The error guide as a page of the documentation."""
    lines = [
        "# Errors",
        "",
        "<!-- Made from src/torana/api/guide.py and sdk_rejections.py by `python -m torana.openapi`: change those. -->",
        "",
        "A refused request gets this body, whatever the reason:",
        "",
        "```json",
        '{"success": false, "errors": ["Invalid JWT"], "error": ["Invalid JWT"], "errorType": "AccessDenied",',
        ' "message": "Invalid JWT: it has expired: sign a new one", "data": null,',
        ' "requestId": "req_…", "docUrl": "https://…/docs/errors#invalid-jwt"}',
        "```",
        "",
        "Let your program look at the status and at `errors`; `message` is for people. `requestId` is also the header",
        "`x-request-id`: quote it when you ask for help.",
        "",
        "## Answers of the API",
        "",
    ]
    for refusal in REFUSALS:
        names = "".join(f", `{name}`" for name in refusal.errors)
        lines += [
            f'<a id="{refusal.anchor}"></a>',
            "",
            f"### {refusal.title}",
            "",
            f"Status {', '.join(map(str, refusal.statuses))}, `errorType` `{refusal.error_type}`{names}",
            "",
            refusal.means,
            "",
            f"**What to do.** {refusal.do}",
            "",
        ]
    lines += [
        "## Rejections of the web SDK",
        "",
        "`err.message` is the name, `err.code` the number.",
        "",
        "| code | name | what happened | what to do |",
        "|---|---|---|---|",
    ]
    lines += [f"| {item.code or ''} | `{item.name}` | {item.means} | {item.do} |" for item in REJECTIONS]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    folder = Path(next((argument for argument in arguments if not argument.startswith("-")), "docs"))
    stale = False
    for name, text in (("openapi.json", openapi_json()), ("errors.md", errors_markdown())):
        path = folder / name
        if path.exists() and path.read_text("utf-8") == text:
            continue
        if check:
            stale = True
            sys.stderr.write(f"{path} is not up to date: run python -m torana.openapi\n")
        else:
            path.write_text(text, "utf-8")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
