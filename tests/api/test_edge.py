"""Before a route is found: one reading of the path, who reads metrics, HSTS, the headers of the reference."""

from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from tests.support.gateway import calling
from torana.app import create_asgi
from torana.kit.errors import ConfigurationError
from torana.settings import Settings


async def get(
    home: Path,
    url: str,
    path: str,
    *,
    client: str = "127.0.0.1",
    headers: dict[str, str] | None = None,
    **given: Any,
) -> Response:
    app = create_asgi(Settings(home=home, database_url=url, **given))
    async with calling(app, client=client) as http:
        return await http.get(path, headers=headers)


@pytest.mark.parametrize("path", ["/v1/acme/x", "/v1//acme/x", "/gateway/acme/transaction"])
async def test_every_way_to_write_a_path_of_the_api_is_counted(
    own_database_url: str, tmp_path: Path, path: str
) -> None:
    for written in (path, f"/{path}", f"///{path}/"):
        answer = await get(tmp_path, own_database_url, f"http://gateway.test{written}")

        assert "ratelimit-limit" in answer.headers, written


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 404),
        ("10.1.2.3", {"x-forwarded-for": "127.0.0.1"}, 404),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 404),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, 404),
    ],
)
async def test_metrics_are_read_from_this_machine_alone(
    own_database_url: str, tmp_path: Path, client: str, headers: dict[str, str], status: int
) -> None:
    for path in ("/metrics", "http://gateway.test//metrics/"):
        answer = await get(tmp_path, own_database_url, path, client=client, headers=headers)

        assert answer.status_code == status


async def test_a_network_can_be_given_the_metrics(own_database_url: str, tmp_path: Path) -> None:
    answer = await get(tmp_path, own_database_url, "/metrics", client="10.1.2.3", metrics_networks=("10.0.0.0/8",))

    assert answer.status_code == 200


def test_what_is_no_network_is_refused(own_database_url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="TORANA_METRICS_NETWORKS"):
        create_asgi(Settings(home=tmp_path, database_url=own_database_url, metrics_networks=("here",)))


@pytest.mark.parametrize(("url", "sent"), [("https://gateway.acme.in", True), ("http://127.0.0.1:8080", False)])
async def test_hsts_is_sent_where_the_public_address_is_https(
    own_database_url: str, tmp_path: Path, url: str, sent: bool
) -> None:
    answer = await get(tmp_path, own_database_url, "/healthz", public_url=url)

    assert ("strict-transport-security" in answer.headers) is sent


@pytest.mark.parametrize("path", ["/docs", "/docs/errors"])
async def test_the_reference_has_a_policy(own_database_url: str, tmp_path: Path, path: str) -> None:
    answer = await get(tmp_path, own_database_url, path)

    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
