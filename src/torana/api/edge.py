"""What holds for every request before a route is found: one reading of its path, who may see metrics, HSTS."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from re import compile as pattern

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from torana.kit.errors import ConfigurationError

METRICS_PATH = "/metrics"
HSTS = b"max-age=31536000"
_SLASHES = pattern("/{2,}")
_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


class Edge:
    """Wraps the application. `metrics_networks` may read `/metrics`; `https`: browsers reach us by https alone.

    Raises `ConfigurationError` for a network that is none.
    """

    def __init__(self, app: ASGIApp, *, metrics_networks: Sequence[str], https: bool) -> None:
        self._app = app
        try:
            self._networks = [ip_network(network, strict=False) for network in metrics_networks]
        except ValueError as error:
            raise ConfigurationError(f"cannot use TORANA_METRICS_NETWORKS: {error}") from None
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        # Routes are found with repeated slashes as one; whatever else looks at the path has to see the same.
        path = one_path(scope["path"])
        scope["path"] = path
        if path == METRICS_PATH and not self._may_read_metrics(scope):
            scope["path"] = "/closed"  # answered as any path that is not there

        async def send_with_hsts(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"strict-transport-security", HSTS)]
            await send(message)

        await self._app(scope, receive, send_with_hsts if self._https else send)

    def _may_read_metrics(self, scope: Scope) -> bool:
        """By the address of the socket. What came through a proxy came from somebody else, whom only it knows."""
        if any(name in _FORWARDED for name, _ in scope["headers"]):
            return False
        client = scope.get("client")
        try:
            address = ip_address(client[0]) if client else None
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return address is not None and any(address in network for network in self._networks)


def one_path(path: str) -> str:
    """The path as routes are found by it: repeated slashes are one, one at the end is none."""
    return _SLASHES.sub("/", path).rstrip("/") or "/"
