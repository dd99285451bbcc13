"""`torana try`: one transaction from create to webhook, without a browser."""

import click


@click.command("try")
@click.option("--broker", default="kite", show_default=True, help="Key of the simulated broker.")
@click.option("--user", default="torana-try", show_default=True, help="User name at that broker; see the magic names.")
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="A running demo to use.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def trial(broker: str, user: str, url: str, as_json: bool) -> None:
    """Buy a basket from create to webhook, without a browser.

    Uses the demo at --url, or an installation of its own that is gone afterwards. Exits 0 only if the transaction
    completed and the signature of its webhook verified.
    """
    from torana.cli.trial_run import run_trial

    raise SystemExit(0 if run_trial(url, broker=broker, user=user, as_json=as_json) else 1)
