"""Runs the one public client of Axis Direct's API, which is not the broker's own: one call a line on the way in, one
answer a line back.

Its paths, its bodies and how it seals and opens bodies (the code that the broker publishes) are used as they are. Two
things of it cannot work and are replaced: its way of sending (for a POST it reads a variable that nobody has set, and
what it decrypts stays a text where its own methods want an object), and the sealing of the key, which hands its library
a hash of another one.
"""

import base64
import json
import sys
from typing import Any

REAL = {
    "welcome-api": "auth",
    "invest-api": "api",
    "funds-api": "funds",
    "invest-static-assets": "assets",
}


def client_at(root: str, key: str, authorization: str) -> Any:
    """The client, with every address of its below `root`."""
    from Crypto.Cipher import PKCS1_OAEP  # type: ignore[import-not-found]
    from Crypto.Hash import SHA256  # type: ignore[import-not-found]
    from Crypto.PublicKey import RSA  # type: ignore[import-not-found]
    from rapidapi_axisdirect.rapid_client import AxisAPIClient  # type: ignore[import-not-found]
    from rapidapi_axisdirect.utils import decrypt_data, encrypt_aes  # type: ignore[import-not-found]

    class Sending(AxisAPIClient):  # type: ignore[misc]
        def _request(self, url: str, method: str, params: Any = None) -> Any:
            public = RSA.import_key(base64.b64decode(self._get_public_key()))
            sealed = PKCS1_OAEP.new(public, SHA256).encrypt(self.secret_key.encode())
            headers = self._get_headers(base64.b64encode(sealed).decode())
            body = {"payload": encrypt_aes(json.dumps(params), self.secret_key)}
            told = self.session.request(method, url, json=body, headers=headers).json()
            return json.loads(decrypt_data(told["data"]["payload"], self.secret_key)) if "data" in told else told

    for name, value in vars(AxisAPIClient).items():
        if isinstance(value, str) and value.startswith("https://"):
            host, _, path = value.removeprefix("https://").partition("/")
            setattr(Sending, name, f"{root}/{REAL[host.partition('.')[0]]}/{path}")
    return Sending(key, authorization)


def methods_of(client: Any) -> list[str]:
    return [name for name in dir(client) if not name.startswith("_") and callable(getattr(client, name))]


def main(root: str, key: str, authorization: str) -> None:
    made = client_at(root, key, authorization)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["call"] == ["methods"]:
            print(json.dumps({"value": methods_of(made)}), flush=True)
            continue
        args = asked["args"]
        named = args.pop() if args and isinstance(args[-1], dict) else {}
        print(json.dumps({"value": getattr(made, asked["call"][-1])(*args, **named)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
