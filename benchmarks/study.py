"""The workload that is a whole comparison: one command against a grid search."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Study:
    """A comparison on a known table, in a new process each time.

    Args:
        name: as in ``--workload``.
        description: what it is, in a line.
        table: the data set's name.
        epochs, splits, repeats: as in ``losslab compare``; everything else is its default.
    """

    name: str
    description: str
    table: str
    epochs: int = 50
    splits: int = 5
    repeats: int = 2

    unit = "fit"
    part = "fit"
    parts = 1

    def quick(self) -> "Study":
        """Return the same study with few splits and epochs, to test that everything works."""
        return replace(self, epochs=2, splits=2, repeats=1)
