"""`torana try`: one transaction from create to webhook, without a browser."""

import click


@click.command("try")
@click.option("--broker", default="kite", show_default=True, help="Key of the simulated broker.")
@click.option("--flow", default="securities", show_default=True, help="The flow to run; `list` prints the names.")
@click.option("--user", help="User name at that broker (see the magic inputs). Default: one that fits the flow.")
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Address of a running demo to use.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def trial(broker: str, flow: str, user: str | None, url: str, as_json: bool) -> None:
    """Run a flow from create to webhook, without a browser: by default it buys a basket.

    Uses the demo at --url if it is running, otherwise an installation of its own that is removed afterwards. Exits 0
    only if the transaction completed and, where the flow sends a webhook, its signature verified.
    """
    from torana.cli.trial_place import run_trial
    from torana.cli.trial_run import flow_names, user_of

    names = flow_names()
    if flow == "list":
        click.echo("\n".join(names))
        return
    if flow not in names:
        raise click.BadParameter(f"there is {', '.join(names)}", param_hint="--flow")
    raise SystemExit(
        0 if run_trial(url, names[flow], broker=broker, user=user or user_of(names[flow]), as_json=as_json) else 1
    )
