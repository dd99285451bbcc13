"""The browser of all browser tests. `make test` says which one there is."""

import os

CHROMIUM = os.environ.get("TORANA_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
