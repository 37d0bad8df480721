"""Progress of training on a terminal, or line by line elsewhere."""

import threading
import time

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from losslab.experiment.monitor import Monitor


class ConsoleMonitor(Monitor):
    """A progress bar for all runs: done, diverged, best so far, time left.

    If the console is not a terminal, it prints a line for every tenth of the runs instead.

    Args:
        console: usually on standard error, so that only results go to standard output.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._metric, self._higher_is_better = "", True
        self.notes: list[str] = []
        self._lock = threading.Lock()
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._runs, self._done, self._tenth = 0, 0.0, 0
        self._diverged = 0
        self._scores: dict[str, list[float]] = {}
        self._started = 0.0

    def say(self, text: str) -> None:
        """Show a line of text."""
        self.notes.append(text)
        self.console.print(escape(text), style="dim", highlight=False, soft_wrap=True)

    def set_metric(self, metric: str, higher_is_better: bool) -> None:
        """Set the metric that the best candidate so far is chosen by."""
        self._metric, self._higher_is_better = metric, higher_is_better

    def start(self, runs: int, seconds: float | None) -> None:
        """Open the bar, if there are runs."""
        self.stop()
        self._runs, self._done, self._tenth = runs, 0.0, 0
        self._started = time.monotonic()
        if runs and self.console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.completed:.0f}/{task.total:.0f} runs"),
                BarColumn(bar_width=None),
                TextColumn("{task.description}"),
                TimeRemainingColumn(),
                console=self.console,
                transient=True,
                refresh_per_second=5,
            )
            self._task = self._bar.add_task(self._format_status(), total=runs)
            self._bar.start()

    def advance(self, runs: float) -> None:
        """Advance by a part of a run."""
        with self._lock:
            self._done += runs
            if self._bar is not None:
                self._bar.update(self._task, completed=self._done)
                return
            tenth = int(10 * self._done / self._runs + 1e-9) if self._runs else 0
            if tenth > self._tenth:
                self._tenth = tenth
                seconds = time.monotonic() - self._started
                self.say(
                    f"{10 * tenth} % of {self._runs} runs, {seconds:.0f} s; {self._format_status()}"
                )

    def finish_run(self, name: str, score: float | None) -> None:
        """Count a run that has ended, and keep its score."""
        with self._lock:
            if score is None:
                self._diverged += 1
            else:
                self._scores.setdefault(name, []).append(score)
            if self._bar is not None:
                self._bar.update(self._task, description=escape(self._format_status()))

    def stop(self) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _format_status(self) -> str:
        status = f"{self._diverged} diverged"
        if not self._scores:
            return status
        means = {name: sum(scores) / len(scores) for name, scores in self._scores.items()}
        choose = max if self._higher_is_better else min
        best = choose(means, key=lambda name: means[name])
        return f"{status}, best so far {best}, {self._metric} {means[best]:.3g}"
