"""What all schedules of a session came to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass
class Tally:
    """Counts; the last three are rows at the ends of the schedules."""

    schedules: int = 0
    runs: int = 0
    killed: int = 0
    failed: int = 0
    faults: int = 0
    changes: int = 0
    changes_in_runs: int = 0
    truth: int = 0
    lost_by_the_taps: int = 0
    lost_by_the_naive_reader: int = 0

    def __add__(self, other: Self) -> Self:
        counts = asdict(other)
        return type(self)(**{name: count + counts[name] for name, count in asdict(self).items()})

    @classmethod
    def from_counts(cls, counts: dict[str, Any]) -> Self:
        """Return the tally that ``asdict`` made these counts of."""
        return cls(**counts)

    def __str__(self) -> str:
        return (
            f"{self.schedules} schedules, {self.runs} runs ({self.killed} killed, {self.failed} "
            f"failed), {self.faults} faults, {self.changes} changes ({self.changes_in_runs} of "
            f"them during a run); rows in the truth {self.truth}, lost by the taps "
            f"{self.lost_by_the_taps}, lost by the naive reader {self.lost_by_the_naive_reader}"
        )
