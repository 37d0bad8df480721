"""The pytest plugin: ``pytest --losslab-doctor`` watches every test and fails on errors.

Each test is watched by itself, its fixtures included; findings are shown once, at the end of the
run. Without the option nothing happens and nothing is imported. With pytest-xdist the workers
watch, and the controller merges their reports.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from losslab.doctor.report import Report
    from losslab.doctor.session import Session

_OPTION = "--losslab-doctor"
_NAME = "losslab-doctor-watch"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("losslab").addoption(
        _OPTION,
        action="store_true",
        dest="losslab_doctor",
        help="watch the training code in tests and fail if the doctor finds errors",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start to watch if the option is given."""
    if config.getoption("losslab_doctor"):
        config.pluginmanager.register(Watching(), _NAME)


class Watching:
    """Watch of one run of pytest."""

    def __init__(self) -> None:
        self._reports: list[Report] = []
        self._session: Session | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        """Watch a test, from the setup of its fixtures to their teardown."""
        from losslab.doctor.report import Report
        from losslab.doctor.watching import close_session, intercept, open_session

        report, session = Report(), open_session()
        self._session = session
        with intercept(session):
            result = yield
            close_session(session, report, None)
        self._session = None
        if report.watched:
            self._reports.append(report)
        return result

    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """Diagnose the exception of a failed test."""
        if self._session is None or call.excinfo is None:
            return
        from losslab.doctor.intercept.exceptions import diagnose
        from losslab.doctor.intercept.reader import disable_interception

        with disable_interception():
            diagnose(self._session, call.excinfo.value)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send the reports to the controller, or let errors fail the run."""
        output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_NAME] = [report.to_dict() for report in self._reports]
        elif self._merge_workers().errors and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Collect the reports of a worker of pytest-xdist."""
        from losslab.doctor.report import Report

        output = getattr(node, "workeroutput", None) or {}
        self._reports += [Report.from_dict(values) for values in output.get(_NAME, [])]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the merged report."""
        terminalreporter.section("losslab doctor")
        terminalreporter.write(str(self._merge_workers()))

    def _merge_workers(self) -> "Report":
        from losslab.doctor.session import merge_reports

        return merge_reports(self._reports)
