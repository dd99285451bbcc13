"""Runs Samco's official client, unmodified, for a test: one call a line on the way in, one answer a line back.

A process of its own, because of what the client brings along, and because it is not asynchronous.
"""

import contextlib
import json
import sys
from typing import Any


def client_at(host: str) -> Any:
    from snapi_py_client.api_client import ApiClient  # type: ignore[import-not-found]
    from snapi_py_client.configuration import Configuration  # type: ignore[import-not-found]
    from snapi_py_client.snapi_bridge import StocknoteAPIPythonBridge  # type: ignore[import-not-found]

    configuration = Configuration()
    configuration.host = host
    return StocknoteAPIPythonBridge(api_client=ApiClient(configuration))


def main(host: str) -> None:
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        client = client_at(host)
        for line in sys.stdin:
            asked = json.loads(line)
            if asked["call"] == ["methods"]:
                print(json.dumps({"value": methods_of(client)}), file=out, flush=True)
                continue
            told = getattr(client, asked["call"][-1])(**dict(*asked["args"]))
            # The client gives every answer, refusals too, as a text.
            print(json.dumps({"value": read(told)}), file=out, flush=True)


def methods_of(client: Any) -> list[str]:
    return [name for name in dir(client) if not name.startswith("_") and callable(getattr(client, name))]


def read(told: Any) -> Any:
    try:
        return json.loads(told)
    except (TypeError, ValueError):
        return told


if __name__ == "__main__":
    main(*sys.argv[1:])
