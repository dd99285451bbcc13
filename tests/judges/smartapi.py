"""Runs Angel One's official client, unmodified, for a test: one call a line on the way in, one answer a line back.

A process of its own, because importing the client asks a foreign host for this machine's address, and making one writes
a folder `logs` into the working directory.
"""

import json
import sys
from typing import Any

from SmartApi import SmartConnect


def main(root: str, api_key: str) -> None:
    # One of its calls takes the address from the class and not from what it was made with.
    SmartConnect._rootUrl = root
    client = SmartConnect(api_key=api_key, root=root)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(answer(client, asked["call"][-1], asked["args"])), flush=True)


def answer(client: Any, call: str, args: list[Any]) -> dict[str, Any]:
    if call == "methods":
        return {"value": [name for name in dir(client) if not name.startswith("_") and callable(getattr(client, name))]}
    try:
        return {"value": getattr(client, call)(*args)}
    except Exception as error:  # whatever the client raises is the test's to judge
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main(*sys.argv[1:])
