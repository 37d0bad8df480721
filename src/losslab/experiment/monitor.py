"""The monitor, which shows the progress of an experiment."""


class Monitor:
    """Receives the progress of an experiment and shows nothing; subclass it to show something.

    Every method may be called from any thread.
    """

    def say(self, text: str) -> None:
        """Show a line of text."""

    def set_metric(self, metric: str, higher_is_better: bool) -> None:
        """Announce the metric of the scores, before any work begins."""

    def start(self, runs: int, seconds: float | None) -> None:
        """Announce that work on ``runs`` runs begins, estimated to take ``seconds``."""

    def advance(self, runs: float) -> None:
        """Count a part of a run as done."""

    def finish_run(self, name: str, score: float | None) -> None:
        """Count a run of candidate ``name`` with its test score; None if it diverged."""

    def stop(self) -> None:
        """Announce that no more work comes."""
