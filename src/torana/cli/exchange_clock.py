"""What the sandbox's exchange lives in, for people."""

import json
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit

from torana.kit.clock import IST

_NOTICEABLE = 60.0


def other_time(sandbox_url: str) -> str | None:
    """The exchange's moment in India when it is not ours, such as `Monday 23 November 2026, 10:30`; None otherwise."""
    with closing(HTTPConnection(urlsplit(sandbox_url).netloc, timeout=5)) as connection:
        connection.request("GET", "/sandbox/clock")
        clock = json.loads(connection.getresponse().read())
    if abs(clock["offsetSeconds"]) < _NOTICEABLE:
        return None
    return f"{datetime.fromisoformat(clock['now']).astimezone(IST):%A %-d %B %Y, %H:%M}"
