"""Runs scripts under the doctor, each in a fork of one process that has imported torch.

``python -m doctor_support.forks FILE...`` writes one line of JSON per script: its path, its
findings as [rule, line, severity], and what could not be checked.
"""

import contextlib
import gc
import json
import os
import runpy
import sys

import losslab
from doctor_support.notebooks import examine_cells
from losslab.doctor.notebook import is_notebook, read_cells

LONGEST_SECONDS = 300


def examine(file):
    """Run one script under watch; what it prints and raises is not of interest."""
    with (
        contextlib.suppress(Exception),
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        losslab.doctor.watch() as report,
    ):
        if is_notebook(file):
            report = examine_cells(read_cells(file, file), {"__name__": "__main__"})
        else:
            runpy.run_path(file, run_name="__main__")
    findings = [
        (one.rule, one.line, one.severity) for one in report.findings if one.file.startswith(file)
    ]
    symptoms = [
        (one.rule, one.line, one.severity) for cause in report.findings for one in cause.symptoms
    ]
    return {"file": file, "findings": findings + symptoms, "unchecked": report.unchecked}


def main(files):
    import signal

    # Loaded once, before the forks.
    import torch._dynamo  # with a script's first optimizer

    from losslab.doctor import catalog  # noqa: F401

    torch.set_num_threads(1)
    examine(files[0])  # for what is imported at the first use
    gc.collect()
    gc.freeze()  # so that a fork's collector leaves the pages that it shares
    for file in files:
        child = os.fork()
        if child == 0:
            signal.alarm(LONGEST_SECONDS)
            answer = examine(file)
            sys.__stdout__.write(json.dumps(answer) + "\n")
            sys.__stdout__.flush()
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
