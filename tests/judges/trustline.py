"""Runs Symphony's official XTS client, unmodified, for a test: one call a line on the way in, one answer a line back.

A process of its own, because its files have names that hide Python's own and its settings lie beside them.
"""

import contextlib
import json
import os
import sys
from typing import Any


def client_of(folder: str, root: str, key: str, secret: str) -> Any:
    """The client out of its repository."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    from Connect import XTSConnect  # type: ignore[import-not-found]  # it lies in that folder

    return XTSConnect(key, secret, "WEBAPI", root=root)


def main(folder: str, root: str, key: str, secret: str) -> None:
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        client = client_of(folder, root, key, secret)
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps(answer(client, asked["call"][-1], asked["args"])), file=out, flush=True)


def answer(client: Any, call: str, args: list[Any]) -> dict[str, Any]:
    """Fields by name where the last argument is an object. Where the platform calls a token or an input wrong, the
    client falls over its own answer: that is told as an error."""
    if call == "methods":
        return {"value": [name for name in dir(client) if not name.startswith("_") and callable(getattr(client, name))]}
    if call == "third_party_login":  # what users do, who find no method for it
        client._set_common_variables(None, None, None)  # with a token it would say that its form is JSON
        told = client._post("user.login", {"appKey": client.apiKey, "secretKey": client.secretKey, **args[0]})
        if told["type"] == "success":
            client._set_common_variables(told["result"]["token"], told["result"]["userID"], True)
        return {"value": told}
    named = args.pop() if args and isinstance(args[-1], dict) else {}
    try:
        return {"value": getattr(client, call)(*args, **named)}
    except UnboundLocalError as error:
        return {"error": str(error.__context__)}


if __name__ == "__main__":
    main(*sys.argv[1:])
