"""What came of `torana try`, step by step."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the time line; `good` is None for what is neither."""

    seconds: float
    text: str
    good: bool | None = None


@dataclass(slots=True)
class Outcome:
    transaction_id: str | None = None
    completed: bool = False
    webhook_verified: bool = False
    webhook_expected: bool = True
    error: str | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return self.completed and (self.webhook_verified or not self.webhook_expected) and self.error is None
