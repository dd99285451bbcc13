"""A worker whose broker sets no rate: `python -m tests.bench.unpaced_worker`."""

import uvloop

from torana.cli.installation import load_settings
from torana.connectors import kite
from torana.worker import run_worker

if __name__ == "__main__":
    object.__setattr__(kite.BROKER, "rates", ())
    uvloop.run(run_worker(load_settings()))
