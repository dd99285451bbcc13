"""`torana serve`, `worker`, `sandbox`, `migrate`: one process each."""

import signal
from contextlib import suppress

import click

_host = click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")


@click.command()
@_host
@click.option("--port", default=8080, show_default=True, help="Port to listen on.")
def serve(host: str, port: int) -> None:
    """Run the gateway: API, SDK files, pop-up pages."""
    from torana.cli.installation import join_database, load_settings

    settings = join_database(load_settings(public_url=f"http://{host}:{port}"))
    _end_on_sigterm()

    import uvicorn

    from torana.app import create_asgi
    from torana.kit.http_server import Limits, guarded, raise_file_limit, sockets_for

    limits = Limits(
        head_seconds=settings.head_seconds,
        body_seconds=settings.body_seconds,
        sockets=sockets_for(raise_file_limit(), settings.most_sockets),
        sockets_per_address=settings.sockets_per_address,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.run(
            create_asgi(settings),
            host=host,
            port=port,
            loop="uvloop",
            http=guarded(limits),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )


@click.command()
@click.option("--metrics-port", type=int, help="Serve this worker's metrics on this port, at /metrics.")
def worker(metrics_port: int | None) -> None:
    """Run the work that is due: orders, deliveries, expiries. Any number of workers share it."""
    import asyncio

    from torana.cli.installation import join_database, load_settings

    settings = join_database(load_settings())
    _end_on_sigterm()

    from torana.kit.http_server import raise_file_limit
    from torana.worker import run_worker

    raise_file_limit()
    if metrics_port is not None:
        from prometheus_client import start_http_server

        start_http_server(metrics_port, addr="127.0.0.1")
    import uvloop

    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_worker(settings))


@click.command()
@_host
@click.option("--port", default=8081, show_default=True, help="Port to listen on.")
@click.option(
    "--trading-hours", is_flag=True, help="When the market is closed, set the exchange's clock to the next session."
)
def sandbox(host: str, port: int, trading_hours: bool) -> None:
    """Run the simulated exchange and the simulated brokers."""
    from torana.cli.installation import load_settings
    from torana.kit.clock import machine_clock
    from torana.kit.logs import set_up_logging

    settings = load_settings(sandbox_url=f"http://{host}:{port}")
    _end_on_sigterm()

    from torana.sandbox.server import run

    set_up_logging(settings.log_format)
    with suppress(KeyboardInterrupt):
        run(
            host,
            port,
            url=settings.sandbox_url,
            gateway_url=settings.public_url,
            clock=machine_clock(settings.clock_file),
            trading_hours=trading_hours,
        )


@click.command()
@click.option("--to", "revision", default="head", help="Revision to migrate to; going back to an older one loses data.")
def migrate(revision: str) -> None:
    """Bring the database schema to the newest revision. Does nothing if it is there already."""
    from torana.cli.installation import bring_up_to_date, load_settings, start_embedded
    from torana.migrations import HEAD

    settings = load_settings()
    before = bring_up_to_date(settings.database_url or start_embedded(settings.home), revision)
    now = HEAD if revision == "head" else revision
    click.echo(f"The database is at {now} already." if before == now else f"From {before or 'empty'} to {now}.")


def _end_on_sigterm() -> None:
    """SIGTERM ends the process as Ctrl-C does: everything is closed. Shells have Ctrl-C ignored in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
