"""A look at what is kept, beside a bare route that reads one row and sends as many bytes."""

import subprocess
import sys
from dataclasses import dataclass

import aiohttp

from tests.bench.create import ready_to_post
from tests.bench.installation import Installation, free_port
from tests.bench.load import Cost, drive, together
from torana.partners.tokens import issue_token

ROUNDS, CONNECTIONS = 3, 8
_BARE = b"GET /holdings HTTP/1.1\r\nhost: x\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Looks:
    """Requests per second and core, ours and the baseline's; the answer of both."""

    ours: float
    bare: float
    answer: bytes


def request_for(place: Installation, investor_id: str, path: str) -> bytes:
    """A look at this path of the partner's API, for that investor, as it is sent."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in _headers(place, investor_id).items())
    return f"GET {path} HTTP/1.1\r\nhost: x\r\n{lines}\r\n".encode()


def _headers(place: Installation, investor_id: str) -> dict[str, str]:
    token = issue_token(place.gateway, investor_id, place.services.clock.now())
    return {"x-gateway-secret": place.gateway.api_secret, "x-gateway-authtoken": token}


async def beside_a_bare_route(place: Installation, investor_id: str, path: str, *, requests: int) -> Looks:
    """This path of the partner's API, for that investor. Rounds of both, of so many requests, take turns."""
    headers = _headers(place, investor_id)
    look, port = request_for(place, investor_id, path), free_port()
    bare = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bare", place.services.database.url, place.gateway.gateway_id, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await ready_to_post(port)
        async with aiohttp.ClientSession() as http:
            async with http.get(f"http://127.0.0.1:{place.port}{path}", headers=headers) as answer:
                told = await answer.read()
            async with http.post(f"http://127.0.0.1:{port}/holdings", data=told) as kept:
                await kept.read()
        costs: tuple[list[Cost], list[Cost]] = ([], [])
        for _ in range(ROUNDS + 1):
            for at, (pid, where, request) in enumerate(((place.serve.pid, place.port, look), (bare.pid, port, _BARE))):
                costs[at].append(await drive(pid, where, request, requests=requests, connections=CONNECTIONS))
        ours, theirs = (together(each[1:]).per_core for each in costs)
        return Looks(ours, theirs, told)
    finally:
        bare.terminate()
        bare.wait(20)
