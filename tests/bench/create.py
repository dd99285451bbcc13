"""Create a transaction: requests a core, beside the same insert behind a bare route.

The bare route is the yardstick of processor time, too: what one of its requests costs, the database counted, says how
fast the machine is at the moment.
"""

import json
import subprocess
import sys

from tests.bench.installation import Installation, free_port, ready
from tests.bench.load import Cost, drive, together
from tests.bench.meters import ServerMeter, postmaster
from torana.partners.tokens import issue_token

BODY = {
    "intent": "TRANSACTION",
    "orderConfig": {
        "type": "SECURITIES",
        "securities": [
            {"ticker": "TCS", "quantity": 1, "type": "BUY"},
            {"ticker": "INFY", "quantity": 2, "type": "BUY"},
            {"ticker": "SBIN", "quantity": 3, "type": "BUY"},
        ],
    },
}
ROUNDS, REQUESTS, CONNECTIONS = 4, 2000, 16


async def measure(place: Installation) -> tuple[float, float, float]:
    """Requests per second and core: ours, the baseline's, and the CPU seconds of one request of the baseline with
    PostgreSQL's. Rounds of both take turns."""
    port = free_port()
    bare = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bare", place.services.database.url, place.gateway.gateway_id, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await ready_to_post(port)
        ours, theirs = _request(place), _bare_request()
        costs: tuple[list[Cost], list[Cost]] = ([], [])

        async def round_of_both(server: ServerMeter) -> None:
            costs[0].append(await drive(place.serve.pid, place.port, ours, requests=REQUESTS, connections=CONNECTIONS))
            with server:
                costs[1].append(await drive(bare.pid, port, theirs, requests=REQUESTS, connections=CONNECTIONS))

        parent = await postmaster(place.services.database.url)
        await round_of_both(ServerMeter(parent))
        costs[0].clear()
        costs[1].clear()
        server = ServerMeter(parent)
        for _ in range(ROUNDS):
            await round_of_both(server)
        bare_cost = together(costs[1])
        of_database = server.seconds / bare_cost.requests
        return together(costs[0]).per_core, bare_cost.per_core, 1 / bare_cost.per_core + of_database
    finally:
        bare.terminate()
        bare.wait(20)


def _request(place: Installation) -> bytes:
    token = issue_token(place.gateway, None, place.services.clock.now())
    body = json.dumps(BODY).encode()
    return (
        f"POST /gateway/{place.gateway.name}/transaction HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"x-gateway-secret: {place.gateway.api_secret}\r\nx-gateway-authtoken: {token}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode() + body


def _bare_request() -> bytes:
    body = json.dumps(BODY).encode()
    head = f"POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def ready_to_post(port: int) -> None:
    await ready(f"http://127.0.0.1:{port}/ready")
