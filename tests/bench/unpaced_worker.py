"""A worker whose brokers set no rate: `python -m tests.bench.unpaced_worker`."""

import uvloop

from torana.cli.installation import load_settings
from torana.connectors.registry import BROKERS
from torana.worker import run_worker

if __name__ == "__main__":
    for broker in BROKERS.values():
        object.__setattr__(broker, "rates", ())
    uvloop.run(run_worker(load_settings()))
