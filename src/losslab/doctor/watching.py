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
        select: Codes, prefixes of codes or names of the only rules to check; one string may hold
            several, separated by commas.
        ignore: Codes, prefixes of codes or names of rules not to check.
        rules: Rules to check instead of the catalogue.

    Raises:
        OptionError: If a code matches no rule.

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
        select: As in :func:`watch`.
        ignore: As in :func:`watch`.
        rules: As in :func:`watch`.
        keep_sources: As in :class:`~losslab.doctor.evidence.provenance.Provenance`.
    """
    from losslab.doctor.catalog import RULES

    return Session(
        RULES if rules is None else rules,
        read_selection(Path.cwd(), select, ignore),
        WatchState(keep_sources=keep_sources),
    )


@contextmanager
def intercept(session: Session, fix: "ArgumentFix | None" = None) -> Iterator[None]:
    """Intercept PyTorch for a session; everything is undone on leaving.

    Args:
        session: Session to notify.
        fix: As in :class:`~losslab.doctor.intercept.mode.WatchMode`.
    """
    from losslab.doctor.intercept.hooks import install_hooks
    from losslab.doctor.intercept.mode import WatchMode

    mode = WatchMode(session, fix)
    with install_hooks(session, mode), mode:
        yield


def close_session(session: Session, report: Report, error: BaseException | None) -> None:
    """Diagnose the exception that ended the run, if any, and fill the report."""
    from losslab.doctor.intercept.exceptions import diagnose
    from losslab.doctor.intercept.reader import disable_interception

    with disable_interception():
        diagnose(session, error)
        report.fill(session.report(_describe_ending(error)))


def _describe_ending(error: BaseException | None) -> str:
    if error is None:
        return "finished"
    if isinstance(error, SystemExit):
        return "exit"
    return "raised" if isinstance(error, Exception) else "stopped"
