"""Checks of whether a head, a loss and a target encoding fit together."""

from dataclasses import dataclass

from losslab.contracts.domain import ALL_KINDS, Kind
from losslab.losses.spec import Loss
from losslab.objectives.spec import Codec, Head, describe_interval, describe_numbers, format_kinds


@dataclass(frozen=True)
class Misfit:
    """Why two parts do not fit: what was needed, what was passed, and how to fix it."""

    needed: str
    got: str
    fix: str

    def __str__(self) -> str:
        return f"{self.needed}, but got {self.got}"


def find_misfit(task: str, head: Head, loss: Loss, codec: Codec, usual_head: str) -> Misfit | None:
    """Return the first reason why the parts do not fit, or None if they do.

    A head fits a loss if they share a kind and the range of the head is in the domain of the loss.
    For a loss of scores, the head must reach all reals; for a loss of distributions, its rows must
    sum to one. A head for values must reach all targets.
    """
    return (
        _find_head_misfit(head, loss, codec, usual_head)
        or _find_codec_misfit(task, head, loss, codec)
        or _find_reach_misfit(task, head, loss, codec)
        or _find_width_misfit(task, head, codec)
    )


def _find_head_misfit(head: Head, loss: Loss, codec: Codec, usual_head: str) -> Misfit | None:
    domain = loss.prediction
    fix = f"use head {usual_head!r}"
    if not domain.shares_kind(head.emits):
        raw = "raw " if domain.kinds == (Kind.SCORES,) else ""
        needed = f"loss {loss.name!r} needs {raw}{format_kinds(domain.kinds)}"
        return Misfit(needed, _describe_output(head), fix)
    if domain.kinds == (Kind.SCORES,) and not head.reaches.covers(domain.within):
        needed = f"loss {loss.name!r} needs scores that can be any real number"
        return Misfit(needed, _describe_output(head), fix)
    if domain.sums_to_one and not head.sums_to_one:
        needed = f"loss {loss.name!r} needs {format_kinds(domain.kinds)} in rows, {domain.rule}"
        return Misfit(needed, f"{_describe_output(head)}, each output on its own", fix)
    # Values have no natural range, so any head fits a custom loss of values.
    free = set(domain.kinds) == set(ALL_KINDS) and codec.reads == "values"
    if not free and not domain.within.covers(head.reaches):
        needed = f"loss {loss.name!r} needs predictions {describe_interval(domain.within)}"
        outputs = f"{format_kinds(head.emits)} {describe_interval(head.reaches)}"
        return Misfit(needed, f"{outputs} from head {head.name!r}", fix)
    return None


def _find_codec_misfit(task: str, head: Head, loss: Loss, codec: Codec) -> Misfit | None:
    if not loss.target.shares_kind(codec.emits):
        return Misfit(
            f"loss {loss.name!r} needs {format_kinds(loss.target.kinds)} as target",
            f"{format_kinds(codec.emits)} from target encoding {codec.name!r}",
            f"use a loss for task {task!r}, which reads {format_kinds(codec.emits)}",
        )
    if not loss.target.within.covers(codec.within):
        return Misfit(
            f"loss {loss.name!r} needs targets {describe_interval(loss.target.within)}",
            f"{format_kinds(codec.emits)} {describe_interval(codec.within)} "
            f"from target encoding {codec.name!r}",
            f"use a loss for task {task!r}, which reads all of these",
        )
    return None


def _find_reach_misfit(task: str, head: Head, loss: Loss, codec: Codec) -> Misfit | None:
    if codec.reads == "values" and set(head.emits).isdisjoint(codec.emits):
        needed = f"task {task!r} needs a head that gives values of any size"
        return Misfit(needed, _describe_output(head), "use head 'identity'")
    read = set(head.emits) & set(loss.prediction.kinds)
    if Kind.VALUE in read and not head.reaches.covers(codec.within):
        return Misfit(
            f"task {task!r} needs a head for values {describe_interval(codec.within)}, the range "
            f"of target encoding {codec.name!r}",
            _describe_output(head),
            "use head 'identity'",
        )
    return None


def _find_width_misfit(task: str, head: Head, codec: Codec) -> Misfit | None:
    if codec.width >= head.min_width:
        return None
    return Misfit(
        f"head {head.name!r} needs at least {head.min_width} outputs",
        f"{codec.width} for task {task!r}: one output alone has nothing to be compared with",
        "use head 'sigmoid' for one output",
    )


def _describe_output(head: Head) -> str:
    return f"{describe_numbers(head.emits, head.reaches)} from head {head.name!r}"
