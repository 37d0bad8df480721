"""The IPython extension ``%load_ext losslab``, which prints findings below a notebook's cells.

Evidence is collected over cells, as a model, its optimizer and the loop are often in three. The
line magic ``%doctor`` shows the whole report, with what could not be checked.
"""

from contextlib import ExitStack
from typing import Any

from losslab.doctor.render import render_findings

_ATTRIBUTE = "_losslab_doctor"


class Doctor:
    """Watch of one IPython shell.

    Args:
        shell: IPython's shell, whose cells are watched.
    """

    def __init__(self, shell: Any) -> None:
        from losslab.doctor.watching import open_session

        self._shell = shell
        self._session = open_session()
        self._watch = ExitStack()
        self._depth = 0
        self._reported: set[tuple[str, str, int]] = set()

    def before_cell(self, *info: Any) -> None:
        """Start to watch; a cell that another one runs belongs to it."""
        from losslab.doctor.watching import intercept

        if not self._depth:
            self._watch.enter_context(intercept(self._session))
        self._depth += 1

    def after_cell(self, *result: Any) -> None:
        """Stop watching and print new findings."""
        if not self._depth:  # the cell that loaded the extension
            return
        self._depth -= 1
        if self._depth:
            return
        from losslab.doctor.intercept.exceptions import diagnose

        self._watch.close()
        diagnose(self._session, getattr(result[0], "error_in_exec", None) if result else None)
        findings = {
            (one.rule, one.file, one.line): one for one in self._session.report(None).findings
        }
        new = [one for key, one in findings.items() if key not in self._reported]
        self._reported |= findings.keys()
        if new:
            self._print(render_findings(new))

    def magic(self, line: str = "") -> None:
        """Show the whole report."""
        self._print(str(self._session.report(None)))

    def leave(self) -> None:
        """Stop watching for good."""
        self._depth = 0
        self._watch.close()

    def _print(self, text: str) -> None:
        # IPython compiles cells under names such as /tmp/ipykernel_7/12345.py.
        compiler = getattr(self._shell, "compile", None)
        name_cell: Any = getattr(compiler, "format_code_name", lambda file: None)
        for file in {one.file for one in self._session.report(None).findings}:
            kind_and_label = name_cell(file)
            if kind_and_label is not None:
                text = text.replace(f"{file}:", f"{' '.join(kind_and_label)} line ")
        print(text, end="")  # noqa: T201  a cell's output is where it is read


def load_ipython_extension(shell: Any) -> None:
    """Start to watch the cells that follow; IPython calls it."""
    if getattr(shell, _ATTRIBUTE, None) is not None:
        return
    doctor = Doctor(shell)
    setattr(shell, _ATTRIBUTE, doctor)
    shell.events.register("pre_run_cell", doctor.before_cell)
    shell.events.register("post_run_cell", doctor.after_cell)
    shell.register_magic_function(doctor.magic, "line", "doctor")
    print(  # noqa: T201  as above
        "losslab doctor watches the cells from the next one on; "
        "%doctor shows all it found, and what it could not check"
    )


def unload_ipython_extension(shell: Any) -> None:
    """Stop watching; IPython calls it."""
    doctor = getattr(shell, _ATTRIBUTE, None)
    if doctor is not None:
        doctor.leave()
        shell.events.unregister("pre_run_cell", doctor.before_cell)
        shell.events.unregister("post_run_cell", doctor.after_cell)
        setattr(shell, _ATTRIBUTE, None)
