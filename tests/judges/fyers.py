"""Runs Fyers' official client, unmodified, for a test: one call a line on the way in, one answer a line back.

A process of its own, because the client keeps its addresses in a class, and writes two logs where it stands. It raises
nothing: what is refused is an answer like any other.
"""

import contextlib
import json
import sys
from typing import Any

from fyers_apiv3 import fyersModel  # type: ignore[import-not-found]  # it has an environment of its own


def main(root: str, key: str, secret: str, back: str) -> None:
    fyersModel.Config.API, fyersModel.Config.DATA_API = f"{root}/api/v3", f"{root}/data"
    out, token = sys.stdout, ""
    with contextlib.redirect_stdout(sys.stderr):
        login = fyersModel.SessionModel(
            client_id=key, secret_key=secret, redirect_uri=back, response_type="code", grant_type="authorization_code",
            state="s-1",
        )  # fmt: skip
        for line in sys.stdin:
            asked = json.loads(line)
            call, args = asked["call"][-1], asked["args"]
            if call == "methods":
                told: Any = [
                    name
                    for one in (fyersModel.SessionModel, fyersModel.FyersModel)
                    for name in dir(one)
                    if not name.startswith("_") and callable(getattr(one, name))
                ]
            elif call == "login_url":
                told = login.generate_authcode()
            elif call == "log_in":
                login.set_token(*args)
                told = login.generate_token()
                token = told.get("access_token", token)
            else:
                told = getattr(fyersModel.FyersModel(client_id=key, token=token), call)(*args)
            print(json.dumps({"value": told}), file=out, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
