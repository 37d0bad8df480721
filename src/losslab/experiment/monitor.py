"""What a comparison tells whoever is watching."""

from typing import Protocol


class Monitor(Protocol):
    """Shows progress; every method may be called from any thread."""

    def say(self, text: str) -> None:
        """Show a line of text."""

    def rank_by(self, metric: str, higher_is_better: bool) -> None:
        """Scores will be of this metric; said before any work begins."""

    def start(self, runs: int, seconds: float | None) -> None:
        """Work on ``runs`` runs begins, estimated to take ``seconds``."""

    def advance(self, runs: float) -> None:
        """A part of a run is done."""

    def finished(self, name: str, score: float | None) -> None:
        """A run of candidate ``name`` has ended with a test score; None if it diverged."""

    def stop(self) -> None:
        """No more work comes."""


class SilentMonitor:
    """Shows nothing."""

    def say(self, text: str) -> None:
        """Drop the text."""

    def rank_by(self, metric: str, higher_is_better: bool) -> None:
        """Note nothing."""

    def start(self, runs: int, seconds: float | None) -> None:
        """Note nothing."""

    def advance(self, runs: float) -> None:
        """Note nothing."""

    def finished(self, name: str, score: float | None) -> None:
        """Note nothing."""

    def stop(self) -> None:
        """Note nothing."""
