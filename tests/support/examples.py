"""How many random examples a test tries where each of them costs something (a request, a page).

`make test` tries few, in every run others; `make campaign` sets `TORANA_EXAMPLES` and tries so many times more.
"""

import os

_TIMES = int(os.environ.get("TORANA_EXAMPLES", "1"))
MANY = _TIMES > 1


def examples(few: int) -> int:
    return few * _TIMES
