"""Notebooks for tests: made, typed in, and run under watch in this process."""

import json
import re

from losslab.doctor.notebook import Cell
from losslab.doctor.report import Report
from losslab.doctor.script import run_cells
from losslab.doctor.watching import close_session, intercept, open_session


def examine_cells(cells, names):
    """Run cells under watch and give the report."""
    session, report = open_session(), Report()
    with intercept(session):
        run_cells(cells, session, names, stop=False)
        close_session(session, report, None)
    return report


def typed_cells(code):
    """Read cells of the form ``In [3]: x = 1``."""
    parts = re.split(r"^In \[(\d+)\]: ", code, flags=re.M)[1:]
    return [
        Cell(name=f"page cell {n}", source=source, saved_count=int(count), skipped=())
        for n, (count, source) in enumerate(zip(parts[::2], parts[1::2], strict=True), 1)
    ]


def notebook(*cells, counts=None):
    """Give the JSON of a notebook; what starts with # and a blank line is text."""
    numbered = enumerate(counts or [None] * len(cells))
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"language_info": {"name": "python"}},
            "cells": [
                {"cell_type": "markdown", "metadata": {}, "source": [cells[n].strip()]}
                if cells[n].startswith("##")
                else {
                    "cell_type": "code",
                    "metadata": {},
                    "outputs": [],
                    "execution_count": count,
                    "source": cells[n].strip("\n").splitlines(keepends=True),
                }
                for n, count in numbered
            ],
        },
        indent=1,
    )
