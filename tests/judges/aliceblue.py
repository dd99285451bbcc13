"""Runs Alice Blue's official client, unmodified, for a test: one call a line on the way in, one answer a line back.

A process of its own, because the client writes what it is told to the standard output, and an environment of its own
(`aliceblue.txt`).
"""

import contextlib
import json
import sys
from typing import Any


def main(root: str, user: str, code: str, secret: str) -> None:
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        from TradeMaster.TradeSync import TradeHub  # type: ignore[import-not-found]  # it says things at its import

        client = TradeHub(user_id=user, auth_code=code, secret_key=secret, base_url=f"{root}/")
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps(answer(client, asked["call"][-1], asked["args"])), file=out, flush=True)


def answer(client: Any, call: str, args: list[Any]) -> dict[str, Any]:
    """Fields by name where the last argument is an object: the client takes orders so."""
    if call == "methods":
        return {"value": [name for name in dir(client) if not name.startswith("_") and callable(getattr(client, name))]}
    try:
        if args and isinstance(args[-1], dict):
            return {"value": getattr(client, call)(*args[:-1], **args[-1])}
        return {"value": getattr(client, call)(*args)}
    except Exception as error:  # whatever the client raises is the test's to judge
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main(*sys.argv[1:])
