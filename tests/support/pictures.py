"""Whether the tests keep pictures of the pages that they pass, for people to look at. `make pictures` does; to encode
them takes longer than to measure the pages."""

import os

PICTURES = bool(os.environ.get("TORANA_PICTURES"))
