"""A worker whose broker sets no rate: `python -m tests.bench.unpaced_worker`."""

from dataclasses import replace

import uvloop

from torana.cli.installation import load_settings
from torana.connectors.kite import connector
from torana.worker import run_worker

if __name__ == "__main__":
    connector.KiteOrders.rules = replace(connector.KiteOrders.rules, orders_per_second=0)
    uvloop.run(run_worker(load_settings()))
