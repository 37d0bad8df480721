"""In the script's process: mends calls in the lines where mistakes were found."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from losslab.doctor.intercept.reader import quiet
from losslab.doctor.location import users_frame
from losslab.doctor.prove.catalog import MENDS
from losslab.doctor.prove.expression import Edit, Expression, diff, expression_at, source_of
from losslab.doctor.prove.fix import Call, Fix
from losslab.doctor.render import shown_file
from losslab.doctor.session import Session

Line = tuple[str, str, int]  # rule, file, line


class Fixing:
    """Changes calls before they happen, and remembers what it did.

    Args:
        session: whose thread counts and whose origins are asked for.
        wanted: rules and lines of the findings to mend.
    """

    def __init__(self, session: Session, wanted: Sequence[Line]) -> None:
        self._session = session
        self._lines = {
            mend.rule: frozenset((file, line) for rule, file, line in wanted if rule == mend.rule)
            for mend in MENDS
        }
        self._mends: dict[Any, list[Fix]] = {}
        for mend in MENDS:
            for function in mend.functions() if self._lines[mend.rule] else ():
                self._mends.setdefault(function, []).append(mend)
        self._edits: dict[Edit, None] = {}
        self._where: dict[tuple[str, int], Expression | None] = {}
        self._calls: Counter[str] = Counter()

    def __call__(
        self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Give what to call a function with."""
        mends = self._mends.get(function)
        if mends is None or not self._session.is_watched_here():
            return args, kwargs
        frame = users_frame()
        if frame is None:
            return args, kwargs
        line = (frame.f_code.co_filename, frame.f_lineno)
        here = [mend for mend in mends if mend.anywhere or line in self._lines[mend.rule]]
        if not here:
            return args, kwargs
        call = Call(
            function=function,
            args=args,
            kwargs=kwargs,
            state=self._session.state,
            lines=frozenset(),
            expression=self._expression(frame),
        )
        with quiet():
            for mend in here:
                call = self._mended(mend, replace(call, lines=self._lines[mend.rule]))
        return call.args, call.kwargs

    def _mended(self, mend: Fix, call: Call) -> Call:
        try:
            change = mend.change(call)
        except Exception as error:  # a mend must not end the script
            self._session.note(f"the mend of {mend.rule} failed: {type(error).__name__}: {error}")
            return call
        if change is None:
            return call
        self._calls[mend.rule] += 1
        if change.edits:
            self._edits |= dict.fromkeys(change.edits)
        return replace(call, args=change.args, kwargs=change.kwargs)

    def _expression(self, frame: Any) -> Expression | None:
        key = (frame.f_code, frame.f_lasti)
        if key not in self._where:
            self._where[key] = expression_at(frame)
        return self._where[key]

    def write(self, path: Path) -> None:
        """Write how many calls of each rule were mended, and the diff that does the same."""
        files = dict.fromkeys(edit.file for edit in self._edits)
        text = "".join(
            diff(
                [one for one in self._edits if one.file == file], source_of(file), shown_file(file)
            )
            for file in files
        )
        path.write_text(json.dumps({"calls": self._calls, "diff": text}), encoding="utf-8")


@cache
def fixable_rules() -> dict[str, str]:
    """Give the codes of rules that have a mend, with what it does."""
    return {mend.rule: mend.how for mend in MENDS}


def seed_everything(seed: int) -> None:
    """Seed what scripts draw from, for those that do not do it themselves."""
    import random

    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  it is the scripts' generator
    torch.manual_seed(seed)
