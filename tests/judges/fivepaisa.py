"""Runs 5paisa's official client, unmodified, for a test: one call a line on the way in, one answer a line back.

A process of its own, because the client works out its addresses while it is imported, writes what it is told to the
standard output, and keeps one body for all of its calls: what an order put into it goes along with the next read.
"""

import contextlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

REAL = "https://Openapi.5paisa.com/"


def client_at(root: str) -> Any:
    """The class, with every address of the service below `root`."""
    package = importlib.util.find_spec("py5paisa")
    assert package is not None
    assert package.submodule_search_locations is not None
    name = "py5paisa.urlconst"
    spec = importlib.util.spec_from_file_location(name, Path(package.submodule_search_locations[0]) / "urlconst.py")
    assert spec is not None
    assert spec.loader is not None
    addresses = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(addresses)
    for constant, value in vars(addresses).items():
        if isinstance(value, str) and value.startswith(REAL):
            setattr(addresses, constant, f"{root}/{value.removeprefix(REAL)}")
    sys.modules[name] = addresses
    from py5paisa import FivePaisaClient  # type: ignore[import-not-found]  # its addresses have to be there before

    return FivePaisaClient


def main(root: str, key: str, encryption: str, user: str) -> None:
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        made = client_at(root)({
            "APP_SOURCE": "1", "APP_NAME": "torana", "USER_ID": user, "PASSWORD": "", "USER_KEY": key,
            "ENCRYPTION_KEY": encryption,
        })  # fmt: skip
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps(answer(made, asked["call"][-1], asked["args"])), file=out, flush=True)


def answer(client: Any, call: str, args: list[Any]) -> dict[str, Any]:
    """Fields by name where the last argument is an object: the client takes orders so. It raises nothing, and answers
    nothing where it failed."""
    if call == "methods":
        return {"value": [name for name in dir(client) if not name.startswith("_") and callable(getattr(client, name))]}
    if call == "get_scrips":
        return {"value": client.get_scrips().to_dict("records")}
    if args and isinstance(args[-1], dict):
        return {"value": getattr(client, call)(*args[:-1], **args[-1])}
    return {"value": getattr(client, call)(*args)}


if __name__ == "__main__":
    main(*sys.argv[1:])
