"""`torana demo`: everything on this machine, and a small shop that sells through it."""

import click


@click.command()
@click.option("--port", default=8080, show_default=True, help="Port of the gateway.")
@click.option("--sandbox-port", default=8081, show_default=True, help="Port of the simulated exchange and brokers.")
@click.option("--shop-port", default=8082, show_default=True, help="Port of the demo shop.")
@click.option(
    "--market",
    type=click.Choice(["open", "real"]),
    default="open",
    show_default=True,
    help="open: when the market is closed, the simulated exchange is set to the next session.",
)
def demo(port: int, sandbox_port: int, shop_port: int, market: str) -> None:
    """Run the gateway, a worker, simulated brokers and a demo shop. Ctrl-C stops everything.

    Its data is kept apart from a real installation, in the folder `demo` of TORANA_HOME.
    """
    from torana.cli.demo_run import run_demo
    from torana.cli.stack import Ports

    run_demo(Ports(port, sandbox_port, shop_port), open_market=market == "open")
