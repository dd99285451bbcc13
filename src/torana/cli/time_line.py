"""The time line of `torana try` in the terminal."""

from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from torana.cli.trial_outcome import Outcome, Step

_MARKS = {True: ("✓", "green"), False: ("✕", "red"), None: ("·", "dim")}


class TimeLine:
    """Draws while it happens on a terminal, and once at the end elsewhere."""

    def __init__(self, *, live: bool) -> None:
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False) if live else None

    def __enter__(self) -> None:
        if self._live is not None:
            self._live.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def note(self, text: str) -> None:
        """A line that is not part of the transaction."""
        if self._live is not None:
            self._console.print(text, style="dim")

    def show(self, outcome: "Outcome") -> None:
        if self._live is not None:
            self._live.update(_table(outcome.steps), refresh=True)

    def end(self, outcome: "Outcome") -> None:
        """The verdict, and the steps if they were not drawn already."""
        if self._live is None:
            self._console.print(_table(outcome.steps))
        seconds = outcome.steps[-1].seconds if outcome.steps else 0.0
        if outcome.good:
            verified = ", and its webhook verified," if outcome.webhook_verified else ""
            self._console.print(f"Completed{verified} in {seconds:.1f} s", style="bold green")
            self._console.print(outcome.transaction_id, style="dim")
        else:
            self._console.print(f"Not completed: {outcome.error or 'no verified webhook came'}", style="bold red")


def _table(steps: "list[Step]") -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim")
    for step in steps:
        mark, style = _MARKS[step.good]
        table.add_row(f"{step.seconds:.2f} s", Text(mark, style=style), Text(step.text))
    return table
