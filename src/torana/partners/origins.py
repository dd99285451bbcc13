"""Allowed origins: as an operator writes them, as they are kept, and which origin fits."""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from yarl import URL

from torana.kit.errors import ConfigurationError

_NAME = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(rf"{_NAME}(?:\.{_NAME})*", re.ASCII)
_ORIGIN = re.compile(rf"(https?)://({_HOST.pattern})(:[0-9]{{1,5}})?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def normal_origin(given: str) -> str:
    """The origin as browsers send it, `https://app.example.in`, or a wildcard of that form, `https://*.example.in`.

    Letter case, the scheme's own port, a last slash and an international name are put right. Raises
    `ConfigurationError` with the reason for what cannot be meant as one origin.
    """
    text = given.strip()
    scheme, separator, host = text.partition("://")
    scheme = scheme.lower()
    if text == "*":
        raise _unusable(given, "every page of the web could speak for your investors; name your own")
    if not separator or scheme not in _DEFAULT_PORTS:
        raise _unusable(given, "begin with https:// (or http:// for a machine of your own)")
    host = host.removesuffix("/")
    if any(character in host for character in "/?#@\\%") or not host.isprintable() or " " in host:
        raise _unusable(given, "an origin is scheme, host and port, without path, query, fragment or user")
    star = "*." if host.startswith("*.") else ""
    host = host.removeprefix("*.")
    if "*" in host:
        raise _unusable(given, "a * stands alone before the first dot: https://*.example.in")
    try:
        url = URL(f"{scheme}://{host}")
        name, port = (url.raw_host or "").rstrip("."), url.port
    except ValueError:
        raise _unusable(given, "its host or port cannot be read") from None
    return f"{scheme}://{star}{_checked(given, name, star)}{'' if port == _DEFAULT_PORTS[scheme] else f':{port}'}"


def _checked(given: str, name: str, star: str) -> str:
    if ":" in name and not star:
        try:
            return f"[{ip_address(name).compressed}]"
        except ValueError:
            raise _unusable(given, "its host cannot be read") from None
    if _HOST.fullmatch(name) is None:
        raise _unusable(given, "its host cannot be read")
    if star and ("." not in name or name.rsplit(".", 1)[1].isdigit()):
        raise _unusable(given, "a wildcard needs a name of your own below it: https://*.example.in")
    return name


def _unusable(given: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"{given!r} cannot be an allowed origin: {why}")


def is_allowed(given: str, allowed: Sequence[str]) -> bool:
    """Whether an origin is on a gateway's list. `https://*.example.in` stands for every name below `example.in`."""
    if not given.isascii():
        return False
    return any(_fits(given.lower(), one.lower().rstrip("/")) for one in allowed)


def _fits(given: str, pattern: str) -> bool:
    head, star, tail = pattern.partition("*.")
    if not star:
        return given == pattern
    # Only what is a plain host name fits a wildcard: nothing that two readers could read differently.
    return _ORIGIN.fullmatch(given) is not None and given.startswith(head) and given.endswith(f".{tail}")
