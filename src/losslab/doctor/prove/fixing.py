"""In the script's process: fixes calls in the lines where mistakes were found."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from losslab.doctor.catalog import find_fixable_rules
from losslab.doctor.evidence.source import read_source
from losslab.doctor.fixes.call_fix import Call, CallFix, Line
from losslab.doctor.fixes.expression import Edit, Expression, find_expression, format_diff
from losslab.doctor.intercept.losses import list_loss_functions
from losslab.doctor.intercept.reader import disable_interception
from losslab.doctor.location import find_users_frame
from losslab.doctor.render import format_file
from losslab.doctor.session import Session


class Fixing:
    """Changes calls before they happen, and records what it did.

    Args:
        session: whose thread is watched and whose origins are looked up.
        wanted: rules and lines of the findings to fix.
    """

    def __init__(self, session: Session, wanted: Sequence[Line]) -> None:
        self._session = session
        self._lines = {
            code: frozenset((file, line) for rule, file, line in wanted if rule == code)
            for code in {rule for rule, _, _ in wanted}
        }
        self._fixes: dict[Any, list[tuple[str, CallFix]]] = {}
        for code in sorted(self._lines):
            fix = find_fixable_rules()[code]
            for function in find_functions(fix):
                self._fixes.setdefault(function, []).append((code, fix))
        self._edits: dict[Edit, None] = {}
        self._expressions: dict[tuple[Any, int], Expression | None] = {}
        self._calls: Counter[str] = Counter()

    def __call__(
        self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments to call a function with."""
        fixes = self._fixes.get(function)
        if fixes is None or not self._session.is_watched_here():
            return args, kwargs
        frame = find_users_frame()
        if frame is None:
            return args, kwargs
        line = (frame.f_code.co_filename, frame.f_lineno)
        here = [(code, fix) for code, fix in fixes if fix.anywhere or line in self._lines[code]]
        if not here:
            return args, kwargs
        loss = list_loss_functions().get(function)
        call = Call(
            args=args,
            kwargs=kwargs,
            state=self._session.state,
            loss_parameters=() if loss is None else loss.parameters,
            lines=frozenset(),
            expression=self._find_expression(frame),
        )
        with disable_interception():
            for code, fix in here:
                call = self._apply(code, fix, replace(call, lines=self._lines[code]))
        return call.args, call.kwargs

    def _apply(self, code: str, fix: CallFix, call: Call) -> Call:
        try:
            change = fix.apply(call)
        except Exception as error:  # a fix must not end the script
            self._session.note(f"the fix of {code} failed: {type(error).__name__}: {error}")
            return call
        if change is None:
            return call
        self._calls[code] += 1
        self._edits |= dict.fromkeys(change.edits)
        return replace(call, args=change.args, kwargs=change.kwargs)

    def _find_expression(self, frame: FrameType) -> Expression | None:
        key = (frame.f_code, frame.f_lasti)
        if key not in self._expressions:
            self._expressions[key] = find_expression(frame)
        return self._expressions[key]

    def write(self, path: Path) -> None:
        """Write how many calls of each rule were fixed, and the diff that does the same."""
        files = dict.fromkeys(edit.file for edit in self._edits)
        text = "".join(
            format_diff(
                [edit for edit in self._edits if edit.file == file],
                read_source(file),
                format_file(file),
            )
            for file in files
        )
        path.write_text(json.dumps({"calls": self._calls, "diff": text}), encoding="utf-8")


def find_functions(fix: CallFix) -> set[Any]:
    """Find PyTorch's functions that a fix acts on."""
    homes = (torch, torch.Tensor, torch.nn.functional, torch.autograd)
    found = {getattr(home, name, None) for home in homes for name in fix.functions}
    found |= {
        function
        for function, loss in list_loss_functions().items()
        if loss.name in fix.losses or fix.losses == ("all",)
    }
    return found - {None}


def seed_everything(seed: int) -> None:
    """Seed the generators that scripts draw from, for scripts that don't do it themselves."""
    import random

    import numpy as np

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  it is the scripts' generator
    torch.manual_seed(seed)
