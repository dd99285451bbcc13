"""Runs Motilal Oswal's official client, unmodified, for a test: one call a line on the way in, one answer a line back.

A process of its own, because it is no package, writes its log into the working directory and is not asynchronous.
"""

import contextlib
import json
import sys
from importlib import import_module
from types import ModuleType
from typing import Any


def client_of(folder: str, base_url: str, key: str, source: str) -> Any:
    """The client out of its repository, the file for Linux. Where a machine is on the earth it asks nobody, but the
    module for that has to be there; its public address it would ask of a stranger's server."""
    sys.modules["geocoder"] = ModuleType("geocoder")
    sys.path[:0] = [f"{folder}/LinuxFile", folder]
    client: Any = import_module("MOFSLOPENAPI")
    client.GetPublicIPAddress = lambda: "203.0.113.7"
    return client.MOFSLOPENAPI(key, base_url, None, source, "chrome", "104")


def main(folder: str, base_url: str, key: str, source: str) -> None:
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        client = client_of(folder, base_url, key, source)
        for line in sys.stdin:
            asked = json.loads(line)
            if asked["call"] == ["methods"]:
                names = [name for name in dir(client) if not name.startswith("_") and callable(getattr(client, name))]
                print(json.dumps({"value": names}), file=out, flush=True)
                continue
            told = getattr(client, asked["call"][-1])(*asked["args"])
            print(json.dumps({"value": told}, default=str), file=out, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
