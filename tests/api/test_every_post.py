"""Every POST that the API reference knows takes an Idempotency-Key, also one that is added later."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from httpx import AsyncClient

from tests.support.gateway import Running
from torana.baskets.reference import EXAMPLE

_PATHS = msgspec.json.decode((Path(__file__).parents[2] / "docs" / "openapi.json").read_bytes())["paths"]
POSTS = [path for path, item in _PATHS.items() if "post" in item]
RECONCILE = "/v1/{name}/engine/user/investments/reconcile"
"""Of a connected investor alone."""
GOOD: dict[str, dict[str, Any]] = {
    "/gateway/mf/getOtp": {"json": {"transactionId": "TRX_none"}},
    "/gateway/mf/verifyOtp": {"json": {"transactionId": "TRX_none"}},
    "/gateway/{name}/transaction": {"json": {"intent": "CONNECT"}},
    "/v1/{name}/halts": {"json": {"reason": "We are looking into wrong prices."}},
    "/v1/{name}/baskets": {"json": EXAMPLE},
    "/v1/{name}/baskets/news": {"json": {"news": []}},
    "/v1/{name}/baskets/dividends": {"json": {"dividends": []}},
    "/v1/{name}/baskets/isin-changes": {"json": {"changes": []}},
    RECONCILE: {"json": {"iscid": "c" * 24, "left": [{"ticker": "TCS", "shares": 1}]}},
    "/v1/{name}/webhooks/endpoints": {"json": {"url": "https://hooks.example/in"}},
    "/v1/{name}/webhooks/endpoints/{endpoint_id}/replay": {"params": {"since": "2026-11-18T00:00:00Z"}},
}
"""What a request needs beside its path, so that nothing but its key can be wrong with it."""


def test_there_are_posts() -> None:
    assert len(POSTS) >= 5


@pytest.mark.parametrize("path", POSTS)
async def test_a_post_with_a_key_that_cannot_be_used_is_refused(running: Running, path: str) -> None:
    url = path.replace("{name}", running.gateway.name).replace("{endpoint_id}", "ep_none")
    investor_id = "c" * 24 if path == RECONCILE else None
    headers = {**running.headers(investor_id=investor_id), "idempotency-key": "x" * 256}

    async with AsyncClient(base_url=running.url) as client:
        answer = await client.post(url, headers=headers, **GOOD.get(path, {}))

    assert answer.status_code == 400
    assert answer.json()["docUrl"].endswith("#idempotency")
