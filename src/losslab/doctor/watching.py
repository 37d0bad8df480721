"""Watching a block of code: ``with losslab.doctor.watch() as report:``."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from losslab.doctor.report import Report
from losslab.doctor.selection import read_selection
from losslab.doctor.session import Session
from losslab.doctor.watch_state import WatchState

if TYPE_CHECKING:
    from losslab.doctor.intercept.mode import ArgumentFix
    from losslab.doctor.rule import Rule


@contextmanager
def watch(
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    rules: "Sequence[Rule] | None" = None,
) -> Iterator[Report]:
    """Watch the training code in a ``with`` block and report what is wrong with it.

    The code runs as it would without; only its own thread is watched. Watches may be nested.
    An exception passes through, and is diagnosed.

    Args:
        select: codes, beginnings of codes or names of the only rules to check; one text may hold
            several, with commas.
        ignore: of rules not to check.
        rules: the rules themselves, if not the catalogue.

    Raises:
        OptionError: if a code fits no rule.

    Examples:
        >>> import torch, losslab
        >>> net = torch.nn.Linear(3, 1)
        >>> x, y = torch.ones(8, 3), torch.ones(8)
        >>> with losslab.doctor.watch() as report:
        ...     loss = ((net(x) - y) ** 2).mean()
        ...     loss.backward()
        >>> [(finding.rule, finding.severity) for finding in report.findings]
        [('LL101', 'error')]
    """
    session = open_session(select, ignore, rules)
    report = Report()
    with intercept(session):
        try:
            yield report
        except GeneratorExit:
            raise
        except BaseException as error:
            close_session(session, report, error)
            raise
        else:
            close_session(session, report, None)


def open_session(
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    rules: "Sequence[Rule] | None" = None,
    *,
    keep_sources: bool = False,
) -> Session:
    """Make a session without starting to watch.

    Args:
        select: as in :func:`watch`.
        ignore: as in :func:`watch`.
        rules: as in :func:`watch`.
        keep_sources: as in :class:`~losslab.doctor.evidence.provenance.Provenance`.
    """
    from losslab.doctor.catalog import RULES

    selection = read_selection(Path.cwd(), select, ignore)
    return Session(
        RULES if rules is None else rules, selection, WatchState(keep_sources=keep_sources)
    )


@contextmanager
def intercept(session: Session, fix: "ArgumentFix | None" = None) -> Iterator[None]:
    """Intercept PyTorch for a session; everything is undone on leaving.

    Args:
        session: what is told.
        fix: as in :class:`~losslab.doctor.intercept.mode.WatchMode`.
    """
    from losslab.doctor.intercept.hooks import install_hooks
    from losslab.doctor.intercept.mode import WatchMode

    mode = WatchMode(session, fix)
    with install_hooks(session, mode), mode:
        yield


def close_session(session: Session, report: Report, error: BaseException | None) -> None:
    """Diagnose the exception that ended the run, if one did, and fill the report."""
    from losslab.doctor.intercept.exceptions import diagnose
    from losslab.doctor.intercept.reader import disable_interception

    with disable_interception():
        if error is not None:
            diagnose(session, error)
        report.fill(session.report(_describe_ending(error)))


def _describe_ending(error: BaseException | None) -> str:
    if error is None:
        return "finished"
    if isinstance(error, SystemExit):
        return "exit"
    return "raised" if isinstance(error, Exception) else "stopped"
