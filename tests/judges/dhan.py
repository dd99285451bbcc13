"""Runs Dhan's official client, unmodified, for a test: one call a line on the way in, one answer a line back.

A process of its own, because the client writes what it is told to the standard output and opens pages in the browser of
whoever runs it, and an environment of its own (`dhan.txt`).
"""

import contextlib
import json
import sys
from typing import Any


class Client:
    """The client's two halves: the login of an individual, and what is done with its token."""

    def __init__(self, root: str, client_id: str) -> None:
        import dhanhq  # type: ignore[import-not-found]  # it stands in an environment of its own
        from dhanhq import _security, auth

        auth.DhanLogin.AUTH_BASE_URL = f"{root}/dhan/auth"
        auth.DhanLogin.API_BASE_URL = dhanhq.DhanHTTP.API_BASE_URL = f"{root}/dhan/api/v2"
        dhanhq.Security.COMPACT_CSV_URL = f"{root}/dhan/files/api-data/api-scrip-master.csv"
        auth.webbrowser.open = _security.web_open = lambda url: True
        self._package, self._client_id = dhanhq, client_id
        self._login = auth.DhanLogin(client_id)
        self._parts: list[Any] = [self, self._login]

    def log_in(self, token_id: str, key: str, secret: str) -> Any:
        told = self._login.consume_token_id(token_id, key, secret)
        self.use(told["accessToken"])
        return told

    def use(self, token: str) -> None:
        context = self._package.DhanContext(self._client_id, token)
        self._parts = [self, self._login, self._package.dhanhq(context)]

    def scrips(self, symbol: str) -> Any:
        """Of the compact list, the rows of one symbol."""
        table = self._package.Security.fetch_security_list()
        return json.loads(table[symbol == table.SEM_TRADING_SYMBOL].to_json(orient="records"))

    def methods(self) -> list[str]:
        of = (type(self._login), self._package.dhanhq)
        return sorted(
            {name for one in of for name in dir(one) if not name.startswith("_") and callable(getattr(one, name))}
        )

    def called(self, name: str) -> Any:
        return next(getattr(part, name) for part in self._parts if hasattr(part, name))


def main(root: str, client_id: str) -> None:
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        client = Client(root, client_id)
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps(answer(client.called(asked["call"][-1]), asked["args"])), file=out, flush=True)


def answer(call: Any, args: list[Any]) -> dict[str, Any]:
    """Fields by name where the last argument is an object."""
    try:
        if args and isinstance(args[-1], dict):
            return {"value": call(*args[:-1], **args[-1])}
        return {"value": call(*args)}
    except Exception as error:  # whatever the client raises is the test's to judge
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main(*sys.argv[1:])
