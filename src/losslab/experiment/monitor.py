"""What a comparison tells whoever is watching."""

from typing import Protocol


class Monitor(Protocol):
    """Shows progress; every method may be called from any thread.

    ``higher_is_better`` says which test scores are better; it is set before any work begins.
    """

    higher_is_better: bool

    def say(self, text: str) -> None:
        """Show a line of text."""

    def start(self, runs: int, seconds: float | None) -> None:
        """Work on ``runs`` runs begins, estimated to take ``seconds``."""

    def advance(self, runs: float) -> None:
        """A part of a run is done."""

    def finished(self, name: str, score: float | None) -> None:
        """A run of candidate ``name`` has ended with a test score; None if it diverged."""

    def stop(self) -> None:
        """No more work comes."""


class Silent:
    """Shows nothing."""

    higher_is_better = True

    def say(self, text: str) -> None:
        """Drop the text."""

    def start(self, runs: int, seconds: float | None) -> None:
        """Note nothing."""

    def advance(self, runs: float) -> None:
        """Note nothing."""

    def finished(self, name: str, score: float | None) -> None:
        """Note nothing."""

    def stop(self) -> None:
        """Note nothing."""
